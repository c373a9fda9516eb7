/** The rate-distortion curves of single pictures. */
import type { CodecName, Row } from '../bench-types.ts';
import { type MeasureName, qualityMeasure } from './quality-measures.ts';
import { RateCurve } from './rate-curve.ts';

/** Bits that a rate counts: those of whole files, or without the fixed cost of each format (docs/benchmark.md). */
export type Counted = 'file' | 'payload';

/** Curves by the name of the picture; pictures without a curve are missing. */
export type CurveSet = ReadonlyMap<string, RateCurve>;

/** Rate of a row in bits per pixel. */
export function rateOf({ bpp, bytes, fixedBytes, width, height }: Row, counted: Counted): number {
  return counted === 'file' ? bpp : ((bytes - fixedBytes) * 8) / (width * height);
}

/** The rows of a benchmark by codec and picture, and the curves through them. */
export class PictureCurves {
  readonly #rows = new Map<string, Map<string, Row[]>>();
  readonly #curves = new Map<string, CurveSet>();

  constructor(rows: readonly Row[]) {
    for (const row of rows) {
      const ofCodec = this.#rows.get(row.codec) ?? new Map<string, Row[]>();
      this.#rows.set(row.codec, ofCodec);
      const ofPicture = ofCodec.get(row.image);
      if (ofPicture) ofPicture.push(row);
      else ofCodec.set(row.image, [row]);
    }
  }

  /** The rows of a codec, by picture. */
  rows(codec: CodecName): ReadonlyMap<string, readonly Row[]> {
    return this.#rows.get(codec) ?? new Map();
  }

  /** The curves of a codec: positions on the axis of the measure over bits per pixel. */
  of(codec: CodecName, measure: MeasureName, counted: Counted = 'file'): CurveSet {
    const key = `${codec} ${measure} ${counted}`;
    const known = this.#curves.get(key);
    if (known) return known;
    const { axis } = qualityMeasure(measure);
    const found = new Map<string, RateCurve>();
    for (const [image, rows] of this.rows(codec)) {
      const curve = RateCurve.through(
        rows.flatMap((row) => {
          const quality = axis.position(row[measure]);
          return quality === null ? [] : [{ rate: rateOf(row, counted), quality }];
        }),
      );
      if (curve) found.set(image, curve);
    }
    this.#curves.set(key, found);
    return found;
  }
}
