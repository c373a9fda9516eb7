/** Tables of lossless sizes, time and memory, layers, and all points of a codec. */
import type { BenchResult } from './bench-result.ts';
import { qualityMeasure } from './quality-measures.ts';
import { RateCurve } from './rate-curve.ts';
import { type Curve, commonPoints, type MeanPoint } from './summary.ts';
import { brief, fixed, type Table, withRows } from './table.ts';

const MEGA = 1e6;

/** Table: time and memory of each codec at its highest rate. */
export function costTable(result: BenchResult): Table {
  const rows = result.codecs.flatMap(({ label, largest }) => {
    if (!largest) return [];
    const times = [
      brief(largest.encodeSeconds),
      brief(largest.decodeSeconds),
      brief(largest.encodeSecondsPerMegapixel),
      brief(largest.decodeSecondsPerMegapixel),
    ];
    return [[label, brief(largest.bpp), ...times, (largest.peakRssBytes / MEGA).toFixed(0)]];
  });
  const head = ['codec', 'bpp', 'encode, s', 'decode, s', 'encode, s/Mpixel', 'decode, s/Mpixel', 'peak memory, MB'];
  return {
    title: 'Time and memory',
    note: 'At each picture’s largest file, on one thread, means over the images; memory is the highest peak of the measuring process, in which Node itself takes about 50 MB.',
    head,
    rows,
  };
}

/** Table: sizes of lossless codecs. */
export function losslessTable(result: BenchResult): Table {
  const exact = result.codecs.flatMap(({ label, exact }) => (exact ? [{ label, exact }] : []));
  return {
    title: 'Lossless',
    note: 'Means over the images.',
    head: ['codec', 'bpp', 'bits/dim', 'bpp without fixed cost'],
    rows: exact
      .sort((a, b) => a.exact.bpp - b.exact.bpp)
      .map(({ label, exact: { bpp, bitsPerDim, bppWithoutFixed } }) => [
        label,
        fixed(bpp, 3),
        fixed(bitsPerDim, 3),
        fixed(bppWithoutFixed, 3),
      ]),
  };
}

/** Ideal rate at a PSNR, through the points that stand for all images. */
function idealCurve(ideal: readonly MeanPoint[], images: number): RateCurve | undefined {
  return RateCurve.through(
    commonPoints(ideal, images).flatMap(({ bpp, psnrOfMeanMse }) =>
      psnrOfMeanMse === null ? [] : [{ rate: bpp, quality: psnrOfMeanMse }],
    ),
  );
}

/** Table: our codec layer by layer, and the ideal rates if they were computed. */
export function layerTable(result: BenchResult): Table {
  const images = result.images.length;
  const real = result.codecs.find(({ codec }) => codec === 'ddpm')?.points ?? [];
  const ideal = result.codecs.find(({ codec }) => codec === 'ddpm-ideal')?.points ?? [];
  const curve = idealCurve(ideal, images);
  const ratio = ({ bpp, psnrOfMeanMse, images: own }: MeanPoint): string => {
    const rate = psnrOfMeanMse === null || own < images ? undefined : curve?.rateAt(psnrOfMeanMse);
    return fixed(rate === undefined ? undefined : bpp / rate, 3);
  };
  // Where pictures differ in size, the number of a layer says nothing, and no order by rate.
  const isMixed = real.some((point) => point.images < images);
  const shown = isMixed
    ? [...real].sort((a, b) => Number(b.level) - Number(a.level) || Number(b.sigma) - Number(a.sigma))
    : real;
  const idealHead = ideal.length > 0 ? ['ideal bpp', 'ideal PSNR, dB', 'real / ideal bits at equal PSNR'] : [];
  const mixed = isMixed
    ? ' Layers depend on the size of a picture: each row is a mean over the pictures that have the layer.'
    : '';
  return {
    title: 'ddpm-codec, layer by layer',
    note: `PSNR is that of the mean squared error over the pictures. Ideal: KL divergence with exact Gaussian samples in the same loop, no real codec.${mixed}`,
    head: [...(isMixed ? ['level', 'pictures'] : ['layer', 'level']), 'sigma', 'real bpp', 'PSNR, dB', ...idealHead],
    rows: shown.map((point) => {
      const own = [
        ...(isMixed ? [point.level, point.images] : [point.layer, point.level]).map(String),
        fixed(point.sigma, 4),
        fixed(point.bpp, 4),
        fixed(point.psnrOfMeanMse, 2),
      ];
      if (ideal.length === 0) return own;
      const other = ideal.find(({ level, sigma }) => level === point.level && sigma === point.sigma);
      return [...own, fixed(other?.bpp, 4), fixed(other?.psnrOfMeanMse, 2), ratio(point)];
    }),
  };
}

/** Table: all points of a codec. */
export function pointsTable(result: BenchResult, curve: Curve): Table {
  const measures = result.measures.map(({ measure }) => qualityMeasure(measure));
  const isMixed = curve.points.some(({ images }) => images < result.images.length);
  return {
    title: curve.label,
    note: `${curve.version}. ${curve.description}.${isMixed ? ' Each row is a mean over the pictures that have the setting.' : ''}`,
    head: [
      'setting',
      ...(isMixed ? ['pictures'] : []),
      'bpp',
      'without fixed cost',
      'bits/dim',
      'RMSE',
      ...measures.map(({ label, unit }) => `${label}${unit && `, ${unit}`}`),
      'encode, s',
      'decode, s',
    ],
    rows: curve.points.map((point) => [
      point.setting,
      ...(isMixed ? [String(point.images)] : []),
      fixed(point.bpp, 4),
      fixed(point.bppWithoutFixed, 4),
      fixed(point.bitsPerDim, 4),
      fixed(point.rmse, 3),
      ...measures.map(({ name, decimals }) =>
        name === 'psnr' && point.mse === 0 ? 'exact' : fixed(point[name], decimals),
      ),
      brief(point.encodeSeconds),
      brief(point.decodeSeconds),
    ]),
  };
}

/** Tables of lossless sizes, time and memory, and layers. */
export function costTables(result: BenchResult): Table[] {
  return withRows([losslessTable(result), costTable(result), layerTable(result)]);
}
