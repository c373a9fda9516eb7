/** The measures of quality: their names, units and directions, and the axes on which curves are interpolated. */
import type { Row } from '../bench-types.ts';

/** Name of a quality measure; its column in the rows. */
export type MeasureName = keyof Pick<
  Row,
  'psnr' | 'ssim' | 'msSsim' | 'msSsimLuma' | 'ssimulacra2' | 'lpips' | 'dists'
>;

/** Axis on which curves of a measure are interpolated and Bjøntegaard deltas are computed. More is better on every axis. */
export interface QualityAxis {
  /** Unit of positions and of their differences: `dB`, or empty. */
  readonly unit: string;
  /** Decimals of a difference in tables. */
  readonly decimals: number;
  /** How plots space values: `linear`, `reversed` (linear, small values on top), or `similarity` (by the log of 1 - value). */
  readonly spacing: 'linear' | 'reversed' | 'similarity';
  /** Position of a value; null where there is no value, or none that is finite. */
  position(value: number | null): number | null;
  /** The value at a position. */
  value(position: number): number;
}

/** A measure of quality. */
export interface QualityMeasure {
  readonly name: MeasureName;
  /** Name in tables and plots. */
  readonly label: string;
  /** Name in names of files. */
  readonly slug: string;
  /** Unit of values: `dB`, or empty. */
  readonly unit: string;
  readonly higherIsBetter: boolean;
  /** Decimals of a value in tables. */
  readonly decimals: number;
  /** Pictures with a smaller side have no value, in pixels; 0: the measure sets no limit. */
  readonly smallestSide: number;
  readonly axis: QualityAxis;
  /** Values at which rates are compared. */
  readonly levels: readonly number[];
}

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

/** Values as they are. */
const AS_IT_IS: Omit<QualityAxis, 'unit' | 'decimals'> = {
  spacing: 'linear',
  position: finite,
  value: (position) => position,
};

/** Similarities with 1 for equal pictures, as -10 log10(1 - x) dB; an exact picture has no position. */
const SIMILARITY: QualityAxis = {
  unit: 'dB',
  decimals: 2,
  spacing: 'similarity',
  position: (value) => (value !== null && value < 1 ? -10 * Math.log10(1 - value) : null),
  value: (position) => 1 - 10 ** (-position / 10),
};

/** Distances with 0 for equal pictures, as they are but for the sign. */
const DISTANCE: QualityAxis = {
  unit: '',
  decimals: 4,
  spacing: 'reversed',
  position: (value) => (finite(value) === null ? null : -(value as number)),
  value: (position) => -position,
};

const SIMILARITY_OF = { unit: '', higherIsBetter: true, decimals: 4, axis: SIMILARITY } as const;
const DISTANCE_OF = { unit: '', higherIsBetter: false, decimals: 4, axis: DISTANCE, smallestSide: 0 } as const;
const SCALES_LEVELS = [0.8, 0.9, 0.95, 0.98, 0.99, 0.995];

/** All measures, in the order of tables and plots. */
export const QUALITY_MEASURES: readonly QualityMeasure[] = Object.freeze([
  {
    name: 'psnr',
    label: 'PSNR',
    slug: 'psnr',
    unit: 'dB',
    higherIsBetter: true,
    decimals: 2,
    smallestSide: 0,
    axis: { ...AS_IT_IS, unit: 'dB', decimals: 2 },
    levels: [20, 25, 30, 35, 40, 45],
  },
  {
    ...SIMILARITY_OF,
    name: 'ssim',
    label: 'SSIM',
    slug: 'ssim',
    smallestSide: 11,
    levels: [0.7, 0.8, 0.9, 0.95, 0.98, 0.99],
  },
  {
    ...SIMILARITY_OF,
    name: 'msSsim',
    label: 'MS-SSIM',
    slug: 'ms-ssim',
    smallestSide: 176,
    levels: SCALES_LEVELS,
  },
  {
    ...SIMILARITY_OF,
    name: 'msSsimLuma',
    label: 'MS-SSIM of luma',
    slug: 'ms-ssim-luma',
    smallestSide: 176,
    levels: SCALES_LEVELS,
  },
  {
    name: 'ssimulacra2',
    label: 'SSIMULACRA 2',
    slug: 'ssimulacra2',
    unit: '',
    higherIsBetter: true,
    decimals: 2,
    smallestSide: 8,
    axis: { ...AS_IT_IS, unit: '', decimals: 2 },
    levels: [10, 30, 50, 70, 80, 90],
  },
  { ...DISTANCE_OF, name: 'lpips', label: 'LPIPS', slug: 'lpips', levels: [0.5, 0.3, 0.2, 0.1, 0.05, 0.02] },
  { ...DISTANCE_OF, name: 'dists', label: 'DISTS', slug: 'dists', levels: [0.3, 0.2, 0.15, 0.1, 0.05, 0.02] },
]);

/** The measure of a name. */
export function qualityMeasure(name: MeasureName): QualityMeasure {
  return QUALITY_MEASURES.find((measure) => measure.name === name) as QualityMeasure;
}
