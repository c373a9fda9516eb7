/** Tables of rate and quality: means at equal rate and quality, and Bjøntegaard deltas. */
import { isOurs } from '../bench-types.ts';
import type { BenchResult } from './bench-result.ts';
import type { CurveMean, CurveMeans } from './curve-means.ts';
import type { DeltaRow, MeanDelta, MeasureDelta } from './deltas.ts';
import { type MeasureName, type QualityMeasure, qualityMeasure } from './quality-measures.ts';
import type { Curve } from './summary.ts';
import { brief, fixed, NONE, signed, type Table, withRows } from './table.ts';

/** Rates in bpp at which codecs are compared. Those that neither files of ours nor two others reach are left out. */
const SHOWN_RATES = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 6];

/** A table of means: what its cells show, and at what. */
interface MeansTable extends Pick<Table, 'title' | 'note'> {
  /** What a mean is at: the number of its column. */
  readonly column: (mean: CurveMean) => number;
  readonly columns: readonly number[];
  readonly heading: (column: number) => string;
  readonly means: (means: CurveMeans) => readonly CurveMean[];
  readonly value: (mean: CurveMean) => number;
  readonly text: (mean: CurveMean) => string;
  readonly largestIsBest: boolean;
}

/** The name of a codec, and that it makes no files. */
function nameOf({ kind, label }: Curve): string {
  return kind === 'ideal' ? `${label} (no files)` : label;
}

/** Says of which pictures the means of a table are. */
function populationNote(all: number): string {
  if (all === 1) return `One picture; ${NONE} where a codec has no file so small or so large.`;
  return `Means over ${all} pictures; means over a part of them have its size in brackets and do not compare with the others; ${NONE} where fewer than half reach the column.`;
}

/** A table of means over all pictures; a mean over a part of them shows their number. */
function meansTable(result: BenchResult, measure: MeasureName, wanted: MeansTable): Table {
  const all = result.measures.find((one) => one.measure === measure)?.images ?? 0;
  const curves = result.codecs.flatMap((curve) => {
    const means = curve.means.find((one) => one.measure === measure);
    return means && means.pictures > 0 ? [{ curve, means: wanted.means(means) }] : [];
  });
  const at = (means: readonly CurveMean[], column: number): CurveMean | undefined =>
    means.find((mean) => wanted.column(mean) === column);
  const isReached = (column: number): boolean => {
    const reaching = curves.filter(({ means }) => at(means, column));
    const isEnough = ({ codec, kind }: Curve): boolean => (isOurs(codec) && kind === 'real') || curves.length === 1;
    return reaching.length >= 2 || reaching.some(({ curve }) => isEnough(curve));
  };
  /** The best of the real codecs; undefined where some of them stand for a part of the pictures. */
  const bestOf = (list: typeof curves, column: number): number | undefined => {
    const real = list.filter(({ curve }) => curve.kind === 'real').flatMap(({ means }) => at(means, column) ?? []);
    if (real.some(({ pictures }) => pictures < all)) return undefined;
    return (wanted.largestIsBest ? Math.max : Math.min)(...real.map(wanted.value));
  };
  const columns = wanted.columns.filter(isReached);
  const best = new Map(columns.map((column) => [column, bestOf(curves, column)]));
  const cell = (curve: Curve, mean: CurveMean | undefined, column: number): string => {
    if (!mean) return NONE;
    if (mean.pictures < all) return `${wanted.text(mean)} (${mean.pictures})`;
    return `${wanted.text(mean)}${curve.kind === 'real' && wanted.value(mean) === best.get(column) ? ' *' : ''}`;
  };
  return {
    title: wanted.title,
    note: `${wanted.note} ${populationNote(all)} The best real codec is marked *${all === 1 ? '' : ', where all stand for all pictures'}.`,
    head: ['codec', ...columns.map(wanted.heading)],
    rows:
      columns.length === 0
        ? []
        : curves.map(({ curve, means }) => [
            nameOf(curve),
            ...columns.map((column) => cell(curve, at(means, column), column)),
          ]),
  };
}

/** Table: quality of all codecs at equal rates. */
export function equalRateTable(
  result: BenchResult,
  { name, label, unit, decimals, higherIsBetter }: QualityMeasure,
): Table {
  return meansTable(result, name, {
    title: `${label} at equal rate${unit && `, ${unit}`}`,
    note: 'Each picture’s curve is interpolated between its measured points at the rate.',
    column: ({ bpp }) => bpp,
    columns: SHOWN_RATES,
    heading: (rate) => `${rate} bpp`,
    means: ({ atRates }) => atRates,
    value: ({ quality }) => quality,
    text: ({ quality }) => fixed(quality, decimals),
    largestIsBest: higherIsBetter,
  });
}

/** Table: rates of all codecs at equal quality. */
export function equalQualityTable(result: BenchResult, { name, label, unit, levels }: QualityMeasure): Table {
  return meansTable(result, name, {
    title: `Bits per pixel at equal ${label}`,
    note: 'Each picture’s curve is interpolated between its measured points at the quality; geometric means.',
    column: ({ quality }) => quality,
    columns: levels,
    heading: (level) => `${level}${unit && ` ${unit}`}`,
    means: ({ atLevels }) => atLevels,
    value: ({ bpp }) => bpp,
    text: ({ bpp }) => brief(bpp),
    largestIsBest: false,
  });
}

const percent = (value: number | null | undefined): string => signed(value, 1, ' %');

/** Percentages with one unit behind them. */
function percentages(values: readonly number[] | null | undefined, separator = ' … '): string {
  return values ? `${values.map((value) => signed(value, 1)).join(separator)} %` : NONE;
}

function deltaHead({ label }: QualityMeasure): string[] {
  return [
    'BD-rate',
    '95 % interval',
    'quartiles',
    'best … worst',
    'fewer bits',
    `valid for ${label}`,
    'without fixed cost',
    `BD-${label}`,
    'valid for rates',
  ];
}

function deltaCells(
  { rate, quality, rateWithoutFixed }: MeasureDelta,
  { axis, decimals, unit }: QualityMeasure,
): string[] {
  const spread = rate?.spread;
  const value = (position: number): string => fixed(axis.value(position), unit === 'dB' ? 1 : decimals);
  return [
    percent(rate?.value),
    percentages(spread?.interval),
    spread?.interval ? percentages(spread.quartiles, ', ') : NONE,
    spread?.interval ? percentages([spread.lowest, spread.highest]) : NONE,
    spread ? `${spread.below} of ${spread.pictures}` : NONE,
    rate ? `${value(rate.from)} … ${value(rate.to)}${unit && ` ${unit}`}` : NONE,
    percent(rateWithoutFixed?.value),
    signed(quality?.value, axis.decimals, axis.unit && ` ${axis.unit}`),
    quality ? `${brief(quality.from)}–${brief(quality.to)} bpp` : NONE,
  ];
}

/** The comparison in a measure; undefined if there is none, as for published curves. */
function ofMeasure({ measures }: DeltaRow, name: MeasureName): MeasureDelta | undefined {
  return measures.find(({ measure }) => measure === name);
}

function deltaTable(
  rows: readonly DeltaRow[],
  measure: QualityMeasure,
  about: Pick<Table, 'title' | 'note'> & {
    readonly first: string;
    readonly isPublished: boolean;
    readonly name: (row: DeltaRow) => string;
  },
): Table {
  return {
    title: about.title,
    note: `${about.note} Means over the pictures, each by its own curves; the interval is one of the mean, by bootstrap over the pictures; “fewer bits” counts pictures.${about.isPublished ? ' Published curves exist as means alone: they are compared with our means at equal setting.' : ''}`,
    head: [about.first, ...deltaHead(measure)],
    rows: rows.flatMap((row) => {
      const delta = ofMeasure(row, measure.name);
      return delta?.rate || delta?.quality ? [[about.name(row), ...deltaCells(delta, measure)]] : [];
    }),
  };
}

/** Table: all codecs against the anchor. */
export function anchorTable(result: BenchResult, measure: QualityMeasure): Table {
  const anchor = result.deltas[0]?.anchorLabel ?? NONE;
  return deltaTable(result.deltas, measure, {
    title: `All codecs against ${anchor}, by ${measure.label}`,
    note: `Negative BD-rate and positive BD-${measure.label}: better than ${anchor}.`,
    first: 'codec',
    isPublished: false,
    name: ({ label }) => label,
  });
}

/** Tables: each form of our codec against all other codecs. */
export function oursTables(result: BenchResult, measure: QualityMeasure): Table[] {
  return [...new Set(result.ours.map(({ label }) => label))].map((label) =>
    deltaTable(
      result.ours.filter((row) => row.label === label),
      measure,
      {
        title: `${label} against the others, by ${measure.label}`,
        note: `Negative BD-rate: ours takes fewer bits than the codec of the row at equal ${measure.label}; positive: it takes more, it loses.`,
        first: 'against',
        isPublished: measure.name === 'psnr' && result.references.some(({ kind }) => kind === 'real'),
        name: ({ anchorLabel }) => anchorLabel,
      },
    ),
  );
}

/** Tables of one measure. */
export function measureTables(result: BenchResult, measure: QualityMeasure): Table[] {
  return withRows([
    equalRateTable(result, measure),
    equalQualityTable(result, measure),
    ...oursTables(result, measure),
    anchorTable(result, measure),
  ]);
}

/** A mean with its interval, in per cent. */
function meanCell(delta: MeanDelta | null | undefined): string {
  if (!delta) return NONE;
  const { value, spread } = delta;
  return spread?.interval ? `${signed(value, 1)} (${percentages(spread.interval)})` : percent(value);
}

/** Tables: BD-rate of each form of our codec in all measures, if there are several. */
export function overviewTables(result: BenchResult): Table[] {
  const measures = result.measures.map(({ measure }) => qualityMeasure(measure));
  if (measures.length < 2) return [];
  return [...new Set(result.ours.map(({ label }) => label))].map((label) => ({
    title: `BD-rate of ${label}, by every measure of quality`,
    note: 'Mean over the pictures and its 95 % interval; negative: ours takes fewer bits.',
    head: ['against', ...measures.map((measure) => measure.label)],
    rows: result.ours
      .filter((row) => row.label === label && row.measures.some(({ rate }) => rate !== null))
      .map((row) => [row.anchorLabel, ...measures.map(({ name }) => meanCell(ofMeasure(row, name)?.rate))]),
  }));
}
