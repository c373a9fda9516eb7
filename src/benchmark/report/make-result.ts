/** Computes the result of a benchmark from its rows. */
import { type CodecName, isOurs, type Row, SCHEMA_VERSION } from '../bench-types.ts';
import { type BenchResult, isComparable } from './bench-result.ts';
import { curveMeans } from './curve-means.ts';
import { type DeltaRow, measureDelta, publishedDelta } from './deltas.ts';
import { leftOut } from './left-out.ts';
import { PictureCurves } from './picture-curves.ts';
import { QUALITY_MEASURES } from './quality-measures.ts';
import { RateCurve } from './rate-curve.ts';
import type { ReferenceCurve } from './references.ts';
import { type Curve, commonPoints, type MeasuredCodec, summarise } from './summary.ts';

/** The measurements from which a result is computed. */
export type Findings = Pick<BenchResult, 'command' | 'machine' | 'references' | 'rows'> & {
  /** The codecs and versions of the rows. */
  readonly codecs: readonly MeasuredCodec[];
  /** Codec that the others are compared with; default: JPEG, otherwise the first codec that has a curve. */
  readonly anchor?: CodecName | undefined;
};

/** The measures that have values, and how many images have them. */
function measuresOf(rows: readonly Row[]): BenchResult['measures'] {
  return QUALITY_MEASURES.flatMap(({ name }) => {
    const images = new Set(rows.filter((row) => row[name] !== null).map(({ image }) => image)).size;
    return images > 0 ? [{ measure: name, images }] : [];
  });
}

/** The PSNR of the settings that all images have, as a curve of its own. */
function commonCurve({ points }: Curve, images: number): RateCurve | undefined {
  return RateCurve.through(
    commonPoints(points, images).flatMap(({ bpp, psnr }) => (psnr === null ? [] : [{ rate: bpp, quality: psnr }])),
  );
}

/** Compares codecs by the curves of the pictures, in all measures that have values. */
function deltaRow(curves: PictureCurves, measures: BenchResult['measures'], anchor: Curve, test: Curve): DeltaRow {
  return {
    codec: test.codec,
    label: test.label,
    anchor: anchor.codec,
    anchorLabel: anchor.label,
    measures: measures.map(({ measure }) => measureDelta(curves, anchor.codec, test.codec, measure)),
  };
}

/** Compares a codec with a published curve. */
function publishedRow({ name, points }: ReferenceCurve, test: Curve, images: number): DeltaRow {
  const anchor = RateCurve.through(points.map(({ bpp, psnr }) => ({ rate: bpp, quality: psnr })));
  const delta = publishedDelta(anchor, commonCurve(test, images));
  return { codec: test.codec, label: test.label, anchor: name, anchorLabel: name, measures: [delta] };
}

/** Computes the result from the measurements. */
export function resultOf({ anchor, codecs: measured, ...findings }: Findings): BenchResult {
  const { rows, references } = findings;
  const curves = new PictureCurves(rows);
  const sizes = new Map(rows.map(({ image, width, height, channels }) => [image, { width, height, channels }]));
  const images = [...sizes].map(([name, size]) => ({ name, ...size }));
  const measures = measuresOf(rows);
  const codecs = measured.map((one) => {
    const { name } = one.codec;
    const means = one.codec.lossy
      ? measures.map(({ measure, images: all }) => curveMeans(curves, name, measure, all))
      : [];
    return summarise(one, [...curves.rows(name).values()].flat(), means);
  });
  const comparable = codecs.filter(isComparable);
  const against =
    comparable.find(({ codec }) => codec === (anchor ?? 'jpeg')) ?? (anchor === undefined ? comparable[0] : undefined);
  const compare = (other: Curve, curve: Curve): DeltaRow => deltaRow(curves, measures, other, curve);
  const deltas = against ? comparable.filter((curve) => curve !== against).map((curve) => compare(against, curve)) : [];
  const published = references.filter(({ kind }) => kind === 'real');
  const ours = comparable
    .filter(({ codec }) => isOurs(codec))
    .flatMap((curve) => [
      ...comparable.filter(({ codec }) => !isOurs(codec)).map((other) => compare(other, curve)),
      ...published.map((reference) => publishedRow(reference, curve, images.length)),
    ]);
  return {
    schemaVersion: SCHEMA_VERSION,
    created: new Date().toISOString(),
    ...findings,
    images,
    measures,
    codecs,
    deltas,
    ours,
    leftOut: leftOut({ images, measures, codecs, deltas, ours, curves }),
  };
}
