/** Says what tables, plots and comparisons leave out, so that a mean is not taken for one of all pictures. */

import type { BenchResult } from './bench-result.ts';
import type { CurveMeans } from './curve-means.ts';
import type { MeasureDelta } from './deltas.ts';
import type { PictureCurves } from './picture-curves.ts';
import { type MeasureName, QUALITY_MEASURES, type QualityMeasure, qualityMeasure } from './quality-measures.ts';
import { type Curve, commonPoints } from './summary.ts';

type Compared = Pick<BenchResult, 'images' | 'measures' | 'codecs' | 'deltas' | 'ours'> & {
  readonly curves: PictureCurves;
};

/** Largest number of names in one sentence. */
const MOST_NAMES = 5;

/** Some of the names, and how many others there are. */
function listOf(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

const nameOf = ({ name }: { readonly name: string }): string => name;

/** Measures by what is said of them; undefined is nothing. */
function labelsBy<T>(
  list: readonly T[],
  said: (one: T) => string | undefined,
  label: (one: T) => string,
): [said: string, labels: string][] {
  const labels = new Map<string, string[]>();
  for (const one of list) {
    const key = said(one);
    if (key !== undefined) labels.set(key, [...(labels.get(key) ?? []), label(one)]);
  }
  return [...labels].map(([key, names]) => [key, names.join(', ')]);
}

/** Names of the images that have values of a measure. */
function imagesWith({ codecs, curves }: Compared, measure: MeasureName): Set<string> {
  const rows = codecs.flatMap(({ codec }) => [...curves.rows(codec).values()].flat());
  return new Set(rows.filter((row) => row[measure] !== null).map(({ image }) => image));
}

/** Measures that some images lack. One that nobody asked for is not missing. */
function missingMeasures(compared: Compared): string[] {
  const { images } = compared;
  const missingOf = ({ name, smallestSide }: QualityMeasure): string | undefined => {
    const measured = imagesWith(compared, name);
    const missing = images.filter((image) => !measured.has(image.name));
    const tooSmall = missing.every(({ width, height }) => Math.min(width, height) < smallestSide);
    if (missing.length === 0 || (measured.size === 0 && !tooSmall)) return undefined;
    const why = tooSmall ? `a side below ${smallestSide} pixels` : 'not measured, or too small';
    return `${missing.length} of ${images.length} pictures have none (${why}): ${listOf(missing.map(nameOf))}`;
  };
  return labelsBy(QUALITY_MEASURES, missingOf, ({ label }) => label).map(
    ([missing, labels]) => `${labels}: ${missing}`,
  );
}

/** Pictures of which a codec has no curve, although there are values of the measure. */
function missingCurves(compared: Compared): string[] {
  const { measures, codecs, curves } = compared;
  const names = new Map(measures.map(({ measure }) => [measure, [...imagesWith(compared, measure)]]));
  return codecs
    .filter(({ lossy }) => lossy)
    .flatMap(({ codec, label }) => {
      const missingOf = ({ measure }: BenchResult['measures'][number]): string | undefined => {
        const all = names.get(measure) as string[];
        const missing = all.filter((name) => !curves.of(codec, measure).has(name));
        if (missing.length === 0) return undefined;
        return `${missing.length} of ${all.length} pictures have no curve (fewer than two rate points that gain in quality): ${listOf(missing)}`;
      };
      return labelsBy(measures, missingOf, ({ measure }) => qualityMeasure(measure).label).map(
        ([missing, labels]) => `${label}, ${labels}: ${missing}`,
      );
    });
}

/** Pictures whose curves share no range of qualities, for each pair of codecs. */
function apartPictures({ images, deltas, ours }: Compared): string[] {
  const apartOf = ({ apart }: MeasureDelta): string | undefined =>
    apart.length === 0
      ? undefined
      : `${apart.length} of ${images.length} pictures, whose curves share no range of quality: ${listOf(apart)}`;
  const sentences = [...ours, ...deltas].flatMap(({ label, anchorLabel, measures }) =>
    labelsBy(measures, apartOf, ({ measure }) => qualityMeasure(measure).label).map(
      ([apart, labels]) => `${label} against ${anchorLabel}, ${labels}: the BD-rate leaves out ${apart}`,
    ),
  );
  return [...new Set(sentences)];
}

/** Codecs whose curves do not all reach one rate, so that their means at equal rate stand for a part of the pictures. */
function partialMeans({ measures, codecs }: Compared): string[] {
  const all = measures.find(({ measure }) => measure === 'psnr')?.images ?? 0;
  const psnr = ({ means }: Curve): CurveMeans | undefined => means.find(({ measure }) => measure === 'psnr');
  const curves = codecs.filter((curve) => (psnr(curve)?.pictures ?? 0) > 0);
  const partial = curves.filter((curve) => !psnr(curve)?.atRates.some(({ pictures }) => pictures === all));
  if (partial.length === 0) return [];
  const names = partial.map(({ label }) => label).join(', ');
  return [`no rate is reached by all ${all} pictures with ${names}: means at equal rate are of half of them or more`];
}

/** Settings that not all images have. */
function uncommonSettings({ images, codecs }: Compared): string[] {
  return codecs.flatMap(({ label, points }) => {
    const uncommon = points.length - commonPoints(points, images.length).length;
    if (uncommon === 0) return [];
    return [
      `${label}: ${uncommon} of ${points.length} settings are not common to all ${images.length} pictures; means at equal setting leave them out`,
    ];
  });
}

/** Published curves that cannot be compared. */
function publishedCurves({ ours, codecs }: Compared): string[] {
  const measured = new Set<string>(codecs.map(({ codec }) => codec));
  return ours
    .filter(({ anchor, measures }) => !measured.has(anchor) && measures.every(({ rate }) => rate === null))
    .map(
      ({ label, anchorLabel }) =>
        `${label} against ${anchorLabel}: not compared, as the published means and ours at equal setting share no range`,
    );
}

/** Everything that is left out, in sentences; each names at most {@link MOST_NAMES} pictures. */
export function leftOut(compared: Compared): string[] {
  return [missingCurves, missingMeasures, apartPictures, partialMeans, uncommonSettings, publishedCurves].flatMap(
    (find) => find(compared),
  );
}
