/** What an analysis says, and its table. All rates are ideal: relative entropies and log-likelihoods, not bits of a file. */
import type { ReverseVariance } from './reverse-process.ts';

/** Version of {@link AnalysisReport} as JSON. */
export const ANALYSIS_SCHEMA_VERSION = 1;

/** One evaluated time step. */
export interface AnalysisTerm {
  /** Step of the analysed process, T..1. */
  readonly t: number;
  /** The same step on the schedule that the model was trained on. */
  readonly timestep: number;
  /** Noise level sqrt((1 - abar) / abar) of x_t. */
  readonly sigma: number;
  /** Reverse steps that have been taken when x_t is held: T - t. */
  readonly reverseSteps: number;
  /** L_{t-1}: ideal bits a sample (dimension) of the step from x_t to x_{t-1}; at t = 1 it is L_0, the lossless rest. */
  readonly bitsPerDim: number;
  /** How many steps this one stands for; 1 unless `stride` is above 1. */
  readonly weight: number;
  /** Ideal bits a sample that have been received when x_t is held: L_T + ... + L_t. */
  readonly rateBitsPerDim: number;
  /** Root mean squared error of the estimate of x_0 from x_t, in grey levels 0..255; not rounded to bytes. */
  readonly rmse: number;
  /** 20 log10(255 / rmse), dB; null where `rmse` is 0. */
  readonly psnr: number | null;
}

/** The variational bound in bits a sample, in parts; ideal. */
export interface CodelengthParts {
  /** L_T + sum of all L_{t-1}. */
  readonly total: number;
  /** L_T: what x_T tells of the image. */
  readonly prior: number;
  /** L_1 + ... + L_{T-1}, the paper's "rate". */
  readonly steps: number;
  /** L_0, the paper's "distortion": discretised decoder, eq. 13. */
  readonly decoder: number;
  /** Standard error of `total` over the images; null for one image. */
  readonly standardError: number | null;
}

/** How much of the codelength a viewer does not see (paper, section 4.3). */
export interface ImperceptibleShare {
  /** The error below which differences count as imperceptible, in grey levels. */
  readonly rmse: number;
  /** Ideal rate at which the error falls below `rmse`, between evaluated steps by linear interpolation; null if it never does. */
  readonly rateBitsPerDim: number | null;
  /** 1 - rateBitsPerDim / total; null if the error never falls below `rmse` before x_0 itself. */
  readonly share: number | null;
  /** L_0 / total: what comes after x_1, the paper's own measure. */
  readonly decoderShare: number;
}

/** Result of an analysis. */
export interface AnalysisReport {
  readonly schemaVersion: typeof ANALYSIS_SCHEMA_VERSION;
  /** All rates are estimates by the model's own probabilities; no bitstream was made. */
  readonly kind: 'ideal';
  /** Id of the model. */
  readonly model: string;
  readonly images: number;
  /** Samples (pixels times 3) of all images. */
  readonly dims: number;
  /** T of the analysed process. */
  readonly steps: number;
  /** T of the schedule the model was trained on. */
  readonly trainedSteps: number;
  /** Upper bound of the steps that one evaluated step stands for. */
  readonly stride: number;
  /** True if `stride` is above 1: sums over t are Monte-Carlo estimates from some of the steps. */
  readonly estimated: boolean;
  readonly variance: ReverseVariance;
  readonly clip: boolean;
  readonly seed: number;
  readonly codelength: CodelengthParts;
  readonly imperceptible: ImperceptibleShare;
  /** From T down to 1. */
  readonly terms: readonly AnalysisTerm[];
}

/** The rate at which the error falls below `rmse`, and its share. */
export function imperceptibleShare(
  terms: readonly Pick<AnalysisTerm, 'rmse' | 'rateBitsPerDim'>[],
  { total, decoder }: Pick<CodelengthParts, 'total' | 'decoder'>,
  rmse: number,
): ImperceptibleShare {
  const below = terms.findIndex((term) => term.rmse < rmse);
  const decoderShare = decoder / total;
  if (below === -1) return { rmse, rateBitsPerDim: null, share: null, decoderShare };
  const to = terms[below];
  const from = terms[Math.max(below - 1, 0)];
  const part = from.rmse > to.rmse ? (from.rmse - rmse) / (from.rmse - to.rmse) : 1;
  const rateBitsPerDim =
    from.rateBitsPerDim + Math.min(Math.max(part, 0), 1) * (to.rateBitsPerDim - from.rateBitsPerDim);
  return { rmse, rateBitsPerDim, share: 1 - rateBitsPerDim / total, decoderShare };
}

const CSV_COLUMNS = [
  ['t', 't'],
  ['timestep', 'timestep'],
  ['sigma', 'sigma'],
  ['reverse_steps', 'reverseSteps'],
  ['weight', 'weight'],
  ['ideal_term_bits_per_dim', 'bitsPerDim'],
  ['ideal_rate_bits_per_dim', 'rateBitsPerDim'],
  ['rmse', 'rmse'],
  ['psnr_db', 'psnr'],
] as const satisfies readonly (readonly [string, keyof AnalysisTerm])[];

/** The terms of a report as CSV (RFC 4180), a row for each evaluated step, from T down to 1. */
export function analysisCsv(report: Pick<AnalysisReport, 'terms'>): string {
  const rows = report.terms.map((term) => CSV_COLUMNS.map(([, key]) => term[key]));
  return toCsv([CSV_COLUMNS.map(([name]) => name), ...rows]);
}

/**
 * A table as CSV (RFC 4180): lines end with CR LF, fields with commas, quotes or line ends are quoted, null is an empty field.
 *
 * @param rows - the heading first
 */
export function toCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  const field = (value: string | number | null): string => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}
