/** Figures of bench/calibration.ts: whether the model is as sure as it should be, by kind of picture. */
import { type Figure, number, range, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** A layer: sums over its samples in all pictures of a kind. */
export interface LayerSums {
  readonly level: number;
  /** Noise level at which the layer's step ends. */
  readonly sigma: number;
  readonly samples: number;
  /** Squared distance of the states after the step to the image. */
  readonly noise: number;
  /** Squared whitened residuals, each over its predicted variance. */
  readonly residual: number;
  /** Ideal bits that the model expects of a picture that is as it says. */
  readonly expectedBits: number;
  /** KL divergence of these pictures, in bits. */
  readonly idealBits: number;
  /** Bits in the files, with budgets and checksums. */
  readonly realBits: number;
}

/** A kind of picture. */
export interface CalibrationKind {
  readonly name: string;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly layers: readonly LayerSums[];
  /** Bits of the whole files. */
  readonly fileBits: number;
}

/** What bench/calibration.ts finds. */
export interface CalibrationReport {
  readonly kinds: readonly CalibrationKind[];
}

/** What is shown of some layers; each is 1 if the model is right and the transport ideal. */
interface Ratios {
  /** Noise of the state over the noise level of the schedule. */
  readonly noise: number;
  /** Mean square of the whitened residual over its predicted variance. */
  readonly residual: number;
  /** Ideal bits over those that the model expects. */
  readonly expected: number;
  /** Real bits over ideal bits. */
  readonly real: number;
}

/** The ratios, with the decimals that are shown. */
const DECIMALS: Readonly<Record<keyof Ratios, number>> = { noise: 3, residual: 2, expected: 2, real: 2 };
const RATIOS = Object.keys(DECIMALS) as (keyof Ratios)[];

/** Ranges of the noise level at which a step ends: the lowest of each. */
const RANGES: readonly { readonly name: string; readonly from: number }[] = [
  { name: '1 and more', from: 1 },
  { name: '0.3 to 1', from: 0.3 },
  { name: '0.1 to 0.3', from: 0.1 },
  { name: '0.05 to 0.1', from: 0.05 },
  { name: 'below 0.05', from: 0 },
];

/** Sum of a field over layers. */
function sum(layers: readonly LayerSums[], of: (layer: LayerSums) => number): number {
  return layers.reduce((total, layer) => total + of(layer), 0);
}

function ratiosOf(layers: readonly LayerSums[]): Ratios {
  const samples = sum(layers, (layer) => layer.samples);
  const idealBits = sum(layers, (layer) => layer.idealBits);
  return {
    noise: Math.sqrt(sum(layers, ({ noise, sigma }) => noise / sigma ** 2) / samples),
    residual: sum(layers, ({ residual }) => residual) / samples,
    expected: idealBits / sum(layers, ({ expectedBits }) => expectedBits),
    real: sum(layers, ({ realBits }) => realBits) / idealBits,
  };
}

/** The ratios over all layers, with the bits of whole files as the real ones. */
function wholeRatios({ fileBits, layers }: CalibrationKind): Ratios {
  return { ...ratiosOf(layers), real: fileBits / sum(layers, ({ idealBits }) => idealBits) };
}

function layersIn(layers: readonly LayerSums[], band: number): readonly LayerSums[] {
  const below = band === 0 ? Number.POSITIVE_INFINITY : RANGES[band - 1].from;
  return layers.filter(({ sigma }) => sigma >= RANGES[band].from && sigma < below);
}

function cells(ratios: Ratios): string[] {
  return RATIOS.map((key) => ratios[key].toFixed(DECIMALS[key]));
}

const COLUMNS = [
  'noise of the state / sigma',
  'squared residual / predicted variance',
  'ideal bits / expected',
  'real bits / ideal',
];

function calibrationTable({ kinds }: CalibrationReport): Figure {
  const rows = kinds.flatMap((kind) => [
    ...RANGES.flatMap(({ name }, i) => {
      const layers = layersIn(kind.layers, i);
      return layers.length === 0 ? [] : [[kind.name, name, ...cells(ratiosOf(layers))]];
    }),
    [`**${kind.name}**`, '**whole files**', ...cells(wholeRatios(kind))],
  ]);
  return table(['pictures', 'sigma after the layer', ...COLUMNS], rows);
}

/** Every layer of every kind. */
function layerTable({ kinds }: CalibrationReport): Figure {
  const rows = kinds.flatMap(({ name, layers }) =>
    layers.map((layer) => [name, `${layer.level}`, layer.sigma.toFixed(3), ...cells(ratiosOf([layer]))]),
  );
  return table(['pictures', 'level', 'sigma after the layer', ...COLUMNS], rows);
}

/** The figures of a kind: each ratio over all layers, and its range over the single layers. */
function kindFigures(kind: CalibrationKind): Record<string, Figure> {
  const name = kind.name.toLowerCase().replace('-', '');
  const whole = wholeRatios(kind);
  const layers = kind.layers.map((layer) => ratiosOf([layer]));
  const figures: Record<string, Figure> = { [`${name}.count`]: number(kind.count) };
  for (const key of RATIOS) {
    const values = layers.map((ratios) => ratios[key]);
    figures[`${name}.${key}`] = number(whole[key], DECIMALS[key]);
    figures[`${name}.${key}.range`] = range(values, DECIMALS[key]);
  }
  return figures;
}

/** The figures, by name. */
export function calibrationFigures(report: CalibrationReport): Record<string, Figure> {
  return {
    table: calibrationTable(report),
    layers: layerTable(report),
    ...Object.assign({}, ...report.kinds.map(kindFigures)),
  };
}

/** Measurement `calibration`. */
export const calibration: FigureSource = source<CalibrationReport>('calibration', calibrationFigures);
