/** The report of an analysis. All rates in it are ideal: relative entropies and log-likelihoods, not bits of a file. */
import type { ReverseVariance } from './reverse-process.ts';

/** Version of the JSON form of {@link AnalysisReport}. */
export const ANALYSIS_SCHEMA_VERSION = 1;

/** One evaluated time step. */
export interface AnalysisTerm {
  /** Time step of the analysed process, T..1. */
  readonly t: number;
  /** The same time step on the schedule that the model was trained on. */
  readonly timestep: number;
  /** Noise level sqrt((1 - abar) / abar) of x_t. */
  readonly sigma: number;
  /** Number of reverse steps from x_T to x_t: T - t. */
  readonly reverseSteps: number;
  /** L_{t-1}: ideal bits a dimension of the step from x_t to x_{t-1}; for t = 1 this is L_0, the lossless rest. */
  readonly bitsPerDim: number;
  /** Number of steps that this one stands for; 1 unless `stride` is above 1. */
  readonly weight: number;
  /** Ideal bits a dimension that the decoder has received when it has x_t: L_T + ... + L_t. */
  readonly rateBitsPerDim: number;
  /**
   * Root mean squared error of the estimate of x_0 from x_t, in grey levels 0..255. The estimate is not rounded to
   * bytes.
   */
  readonly rmse: number;
  /** 20 log10(255 / rmse), dB; null where `rmse` is 0. */
  readonly psnr: number | null;
}

/** The variational bound in ideal bits a dimension, and its parts. */
export interface CodelengthParts {
  /** L_T + sum of all L_{t-1}. */
  readonly total: number;
  /** L_T: the information that x_T contains about the image. */
  readonly prior: number;
  /** L_1 + ... + L_{T-1}, the paper's "rate". */
  readonly steps: number;
  /** L_0, the paper's "distortion": discretised decoder, eq. 13. */
  readonly decoder: number;
  /** Standard error of `total` over the images; null for one image. */
  readonly standardError: number | null;
}

/** The share of the code length that describes imperceptible details (paper, section 4.3). */
export interface ImperceptibleShare {
  /** Root mean squared error in grey levels below which differences count as imperceptible. */
  readonly rmse: number;
  /**
   * Ideal rate at which the error falls below `rmse`, linearly interpolated between evaluated steps; null if no step's
   * error is below it.
   */
  readonly rateBitsPerDim: number | null;
  /** 1 - rateBitsPerDim / total; null if rateBitsPerDim is null. */
  readonly share: number | null;
  /** L_0 / total: the share after x_1, which is the paper's own measure. */
  readonly decoderShare: number;
}

/** Result of an analysis. */
export interface AnalysisReport {
  readonly schemaVersion: typeof ANALYSIS_SCHEMA_VERSION;
  /** All rates are computed from the model's probabilities; no bitstream was made. */
  readonly kind: 'ideal';
  /** Id of the model. */
  readonly model: string;
  readonly images: number;
  /** Number of dimensions: samples (pixels times 3) of all images. */
  readonly dims: number;
  /** T of the analysed process. */
  readonly steps: number;
  /** T of the schedule that the model was trained on. */
  readonly trainedSteps: number;
  /** Largest number of steps that one evaluated step stands for. */
  readonly stride: number;
  /** True if `stride` is above 1. Then sums over t are Monte Carlo estimates from some of the steps. */
  readonly estimated: boolean;
  readonly variance: ReverseVariance;
  readonly clip: boolean;
  readonly seed: number;
  readonly codelength: CodelengthParts;
  readonly imperceptible: ImperceptibleShare;
  /** From T down to 1. */
  readonly terms: readonly AnalysisTerm[];
}

/** Finds the rate at which the error falls below `rmse`; see {@link ImperceptibleShare}. */
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

/** Formats the terms of a report as CSV (RFC 4180), with a row for each evaluated step, from T down to 1. */
export function analysisCsv(report: Pick<AnalysisReport, 'terms'>): string {
  const rows = report.terms.map((term) => CSV_COLUMNS.map(([, key]) => term[key]));
  return toCsv([CSV_COLUMNS.map(([name]) => name), ...rows]);
}

/**
 * Formats a table as CSV (RFC 4180): lines end with CR LF; fields with commas, quotes or line breaks are quoted; null
 * is an empty field.
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
