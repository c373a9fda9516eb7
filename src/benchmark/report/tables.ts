/** Makes the tables of the report, as data and as Markdown. */

import type { BenchResult } from './bench-result.ts';
import { isComparable } from './bench-result.ts';
import { ascending, qualityAt, rateAt } from './bjontegaard.ts';
import { type DeltaRow, ratePoints } from './deltas.ts';
import type { Curve, MeanPoint } from './summary.ts';

/** A table. The first column contains text, the others numbers. */
export interface Table {
  readonly title: string;
  /** Explanation for the reader. */
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NONE = '–';
/** Rates in bpp at which codecs are compared. Those outside all curves are left out. */
const RATES = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 6];
const MEGA = 1e6;

function fixed(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NONE : value.toFixed(digits);
}

/** Formats a difference with its sign (U+2212 for minus). */
function signed(value: number | null | undefined, digits: number, unit: string): string {
  if (value === null || value === undefined) return NONE;
  const text = Math.abs(value).toFixed(digits);
  const sign = Number(text) === 0 ? '' : value < 0 ? '−' : '+';
  return `${sign}${text}${unit}`;
}

/** Formats a number with three significant digits, without an exponent. */
function brief(value: number | null): string {
  if (value === null) return NONE;
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/**
 * A curve counts as reaching a rate up to this factor beyond its last point, because files that are made for a size are
 * slightly smaller.
 */
const REACH = 1.01;

/** PSNR of a curve at a rate in bpp; undefined outside the curve. */
function psnrAt({ points }: Curve, rate: number): number | undefined {
  const measured = ratePoints(points, ({ psnr }) => psnr);
  const last = ascending(measured).at(-1);
  return (
    qualityAt(measured, rate) ?? (last && rate > last.rate && rate <= last.rate * REACH ? last.quality : undefined)
  );
}

/** Table: PSNR of all codecs at equal rates. */
export function equalRateTable(result: BenchResult): Table {
  const curves = result.codecs.filter(({ points }) => points.filter(({ psnr }) => psnr !== null).length >= 2);
  const rates = RATES.filter((rate) => curves.filter((curve) => psnrAt(curve, rate) !== undefined).length >= 2);
  return {
    title: 'PSNR at equal rate, dB',
    note: 'Interpolated between the measured points; – where a codec has no file so small or so large. The best real codec is marked *.',
    head: ['codec', ...rates.map((rate) => `${rate} bpp`)],
    rows: curves.map((curve) => [
      curve.kind === 'ideal' ? `${curve.label} (no files)` : curve.label,
      ...rates.map((rate) => {
        const all = curves.filter(({ kind }) => kind === 'real').map((other) => psnrAt(other, rate));
        const own = psnrAt(curve, rate);
        const best = Math.max(...all.filter((value) => value !== undefined));
        return `${fixed(own, 2)}${curve.kind === 'real' && own === best ? ' *' : ''}`;
      }),
    ]),
  };
}

function deltaCells({ rate, psnr, rateWithoutFixed, rateAtMsSsim, images }: DeltaRow): string[] {
  const percent = (value: number | undefined): string => signed(value, 1, ' %');
  return [
    percent(rate?.value),
    rate ? `${rate.from.toFixed(1)}–${rate.to.toFixed(1)} dB` : NONE,
    signed(psnr?.value, 2, ' dB'),
    psnr ? `${brief(psnr.from)}–${brief(psnr.to)} bpp` : NONE,
    percent(rateWithoutFixed?.value),
    percent(rateAtMsSsim?.value),
    images ? `${images.better} of ${images.count}` : NONE,
    images ? `${percent(images.best)} … ${percent(images.worst)}` : NONE,
  ];
}

const DELTA_HEAD = [
  'BD-rate',
  'valid for PSNR',
  'BD-PSNR',
  'valid for rates',
  'BD-rate without fixed cost',
  'BD-rate at MS-SSIM',
  'images with fewer bits',
  'BD-rate of single images',
];

/** Table: all codecs against the anchor. */
export function anchorTable(result: BenchResult): Table {
  const anchor = result.deltas[0]?.anchorLabel ?? NONE;
  return {
    title: `All codecs against ${anchor}`,
    note: `Negative BD-rate and positive BD-PSNR: better than ${anchor}.`,
    head: ['codec', ...DELTA_HEAD],
    rows: result.deltas.map((row) => [row.label, ...deltaCells(row)]),
  };
}

/** Tables: each form of our codec against all other codecs. */
export function oursTables(result: BenchResult): Table[] {
  return [...new Set(result.ours.map(({ label }) => label))].map((label) => ({
    title: `${label}, against the others`,
    note: 'Negative BD-rate: ours takes fewer bits than the codec of the row at equal quality; positive: it takes more, it loses.',
    head: ['against', ...DELTA_HEAD],
    rows: result.ours.filter((row) => row.label === label).map((row) => [row.anchorLabel, ...deltaCells(row)]),
  }));
}

/** Table: time and memory of each codec at its highest rate. */
export function costTable(result: BenchResult): Table {
  const pixels = result.images.reduce((sum, { width, height }) => sum + width * height, 0) / result.images.length;
  const perMega = (seconds: number | null): string => brief(seconds === null ? null : (seconds / pixels) * MEGA);
  const rows = result.codecs.flatMap(({ label, points }) => {
    const last = points[points.length - 1];
    if (!last) return [];
    const times = [
      brief(last.encodeSeconds),
      brief(last.decodeSeconds),
      perMega(last.encodeSeconds),
      perMega(last.decodeSeconds),
    ];
    return [[label, brief(last.bpp), ...times, (last.peakRssBytes / MEGA).toFixed(0)]];
  });
  const head = ['codec', 'bpp', 'encode, s', 'decode, s', 'encode, s/Mpixel', 'decode, s/Mpixel', 'peak memory, MB'];
  return {
    title: 'Time and memory',
    note: 'At each codec’s largest file, on one thread, means over the images; memory is the highest peak of the measuring process, in which Node itself takes about 50 MB.',
    head,
    rows,
  };
}

/** Table: sizes of lossless codecs. */
export function losslessTable(result: BenchResult): Table {
  const exact = result.codecs.flatMap((curve) => {
    const point = curve.points.find(({ mse }) => mse === 0);
    return point ? [{ curve, point }] : [];
  });
  return {
    title: 'Lossless',
    note: 'Means over the images.',
    head: ['codec', 'bpp', 'bits/dim', 'bpp without fixed cost'],
    rows: exact
      .sort((a, b) => a.point.bpp - b.point.bpp)
      .map(({ curve, point }) => [
        curve.label,
        fixed(point.bpp, 3),
        fixed(point.bitsPerDim, 3),
        fixed(point.bppWithoutFixed, 3),
      ]),
  };
}

/** Table: our codec layer by layer, and the ideal rates if they were computed. */
export function layerTable(result: BenchResult): Table {
  const real = result.codecs.find(({ codec }) => codec === 'ddpm')?.points ?? [];
  const ideal = result.codecs.find(({ codec }) => codec === 'ddpm-ideal')?.points ?? [];
  const idealCurve = ratePoints(ideal, ({ psnrOfMeanMse }) => psnrOfMeanMse);
  const ratio = ({ bpp, psnrOfMeanMse }: MeanPoint): string => {
    const rate = psnrOfMeanMse === null ? undefined : rateAt(idealCurve, psnrOfMeanMse);
    return fixed(rate === undefined ? undefined : bpp / rate, 3);
  };
  const idealHead = ideal.length > 0 ? ['ideal bpp', 'ideal PSNR, dB', 'real / ideal bits at equal PSNR'] : [];
  return {
    title: 'ddpm-codec, layer by layer',
    note: 'PSNR is that of the mean squared error over the pictures. Ideal: KL divergence with exact Gaussian samples in the same loop, no real codec.',
    head: ['layer', 'level', 'sigma', 'real bpp', 'PSNR, dB', ...idealHead],
    rows: real.map((point) => {
      const own = [
        String(point.layer),
        String(point.level),
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
export function pointsTable(curve: Curve): Table {
  const left =
    curve.incomplete.length > 0 ? ` Left out, since not every image has it: ${curve.incomplete.join('; ')}.` : '';
  return {
    title: curve.label,
    note: `${curve.version}. ${curve.description}.${left}`,
    head: [
      'setting',
      'bpp',
      'without fixed cost',
      'bits/dim',
      'PSNR, dB',
      'RMSE',
      'SSIM',
      'MS-SSIM',
      'encode, s',
      'decode, s',
    ],
    rows: curve.points.map((point) => [
      point.setting,
      fixed(point.bpp, 4),
      fixed(point.bppWithoutFixed, 4),
      fixed(point.bitsPerDim, 4),
      point.mse === 0 ? 'exact' : fixed(point.psnr, 2),
      fixed(point.rmse, 3),
      fixed(point.ssim, 4),
      fixed(point.msSsim, 4),
      brief(point.encodeSeconds),
      brief(point.decodeSeconds),
    ]),
  };
}

function withRows(tables: readonly Table[]): Table[] {
  return tables.filter(({ rows }) => rows.length > 0);
}

/** Tables of rate and quality. */
export function qualityTables(result: BenchResult): Table[] {
  return withRows([equalRateTable(result), ...oursTables(result), anchorTable(result)]);
}

/** Tables of lossless sizes, time and memory, and layers. */
export function costTables(result: BenchResult): Table[] {
  return withRows([losslessTable(result), costTable(result), layerTable(result)]);
}

/** All tables that have rows, except those of single codecs. */
export function summaryTables(result: BenchResult): Table[] {
  return [...qualityTables(result), ...costTables(result)];
}

/** Formats a table as Markdown. */
export function toMarkdown({ title, note, head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [`**${title}.** ${note}`, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

/** Whether a curve is shown in plots: comparable curves, and ideal ones with two points or more. */
export function isPlotted(curve: Curve): boolean {
  return isComparable(curve) || (curve.kind === 'ideal' && curve.points.length >= 2);
}
