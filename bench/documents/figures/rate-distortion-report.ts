/**
 * Reports of bench/rd.ts as the documents show them. Those of `schemaVersion` 1 hold means over the settings and comparisons of
 * these mean curves; since version 2 curves and comparisons are those of every picture.
 */
import type { BenchResult, Curve, DeltaRow, MeanPoint } from 'ddpm-codec/bench';
import type { Delta } from '#dist/benchmark/report/bjontegaard.js';
import { meansAtRates } from '#dist/benchmark/report/curve-means.js';
import { qualityMeasure } from '#dist/benchmark/report/quality-measures.js';
import { RateCurve } from '#dist/benchmark/report/rate-curve.js';

/** What is kept of a benchmark: all but the rows of single pictures. */
export type KeptReport = Omit<BenchResult, 'rows'>;

/** A comparison of one of our forms with another codec, or with a published curve. */
export interface Comparison extends Pick<DeltaRow, 'codec' | 'label' | 'anchor' | 'anchorLabel'> {
  /** BD-rate in per cent, by PSNR; its range is in dB. */
  readonly rate: Delta | null;
  readonly rateWithoutFixed: Delta | null;
  readonly rateAtMsSsim: Delta | null;
  /** Interval of 95 % for `rate`. */
  readonly interval: readonly [number, number] | null;
  /** Number of pictures with fewer bits, and of pictures that were compared. */
  readonly fewer: readonly [better: number, count: number] | null;
}

/** A report, and its comparisons. */
export interface ShownReport {
  readonly result: BenchResult;
  readonly ours: readonly Comparison[];
}

/** Measures that version 1 does not have. */
const UNMEASURED = { msSsimLuma: null, ssimulacra2: null, lpips: null, dists: null };

/** A report of `schemaVersion` 1. */
export interface MeanReport extends Pick<BenchResult, 'created' | 'command' | 'machine' | 'images' | 'references'> {
  readonly schemaVersion: 1;
  readonly codecs: readonly (Pick<Curve, 'codec' | 'label' | 'description' | 'version' | 'kind'> & {
    /** Means over all images. */
    readonly points: readonly Omit<MeanPoint, 'images' | keyof typeof UNMEASURED>[];
  })[];
  readonly ours: readonly (Omit<Comparison, 'interval' | 'fewer'> & {
    readonly images: { readonly count: number; readonly better: number } | null;
  })[];
}

/** Comparisons of the pictures. */
function ofPictures({ measures, codec, label, anchor, anchorLabel }: DeltaRow): Comparison {
  const [psnr, msSsim] = (['psnr', 'msSsim'] as const).map((name) => measures.find(({ measure }) => measure === name));
  const spread = psnr?.rate?.spread;
  return {
    codec,
    label,
    anchor,
    anchorLabel,
    rate: psnr?.rate ?? null,
    rateWithoutFixed: psnr?.rateWithoutFixed ?? null,
    rateAtMsSsim: msSsim?.rate ?? null,
    interval: spread?.interval ?? null,
    fewer: spread ? [spread.below, spread.pictures] : null,
  };
}

/** A mean curve in the place of the mean of the pictures' curves. */
function meanCurve(curve: MeanReport['codecs'][number], images: number): Curve {
  const psnr = qualityMeasure('psnr');
  const points = curve.points.map((point) => ({ ...UNMEASURED, ...point, images }));
  const through = RateCurve.through(
    points.flatMap(({ bpp, psnr }) => (psnr === null ? [] : [{ rate: bpp, quality: psnr }])),
  );
  const atRates = through ? meansAtRates([through], psnr, 1).map((mean) => ({ ...mean, pictures: images })) : [];
  return {
    ...curve,
    points,
    lossy: through !== undefined,
    means: through ? [{ measure: 'psnr', pictures: images, atRates, atRatesWithoutFixed: [], atLevels: [] }] : [],
    largest: null,
    exact: points.find(({ mse }) => mse === 0) ?? null,
  };
}

/** A report of either version, as the documents show it. */
export function shownReport(report: KeptReport | MeanReport): ShownReport {
  if (!isOfMeans(report)) return { result: { ...report, rows: [] }, ours: report.ours.map(ofPictures) };
  const images = report.images.length;
  return {
    result: {
      ...report,
      measures: [{ measure: 'psnr', images }],
      codecs: report.codecs.map((curve) => meanCurve(curve, images)),
      deltas: [],
      ours: [],
      leftOut: [],
      rows: [],
    },
    ours: report.ours.map(({ images: counts, ...row }) => ({
      ...row,
      interval: null,
      fewer: counts ? [counts.better, counts.count] : null,
    })),
  };
}

function isOfMeans(report: KeptReport | MeanReport): report is MeanReport {
  return report.schemaVersion === 1;
}
