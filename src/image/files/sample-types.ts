/** Types of samples in image files, and how their range becomes that of a picture. */

import { UnsupportedImage } from '../unsupported-image.ts';

/** Names of the types of sharp (`depth` of its metadata). */
export type SampleType = 'char' | 'uchar' | 'short' | 'ushort' | 'int' | 'uint' | 'float';

/** What is known of a type. */
interface TypeRange {
  /** Name for people. */
  readonly name: string;
  /** Values that are black and white, and no and full opacity. */
  readonly black: number;
  readonly white: number;
}

/**
 * Integers use all of their range. Floats are 0..1, with the curve of the picture's profile or of sRGB, as most
 * programs write and show them.
 */
const RANGES: Readonly<Record<SampleType, TypeRange>> = {
  uchar: { name: 'integers of 8 bits', black: 0, white: 255 },
  ushort: { name: 'integers of 16 bits', black: 0, white: 65535 },
  uint: { name: 'integers of 32 bits', black: 0, white: 2 ** 32 - 1 },
  char: { name: 'signed integers of 8 bits', black: -128, white: 127 },
  short: { name: 'signed integers of 16 bits', black: -32768, white: 32767 },
  int: { name: 'signed integers of 32 bits', black: -(2 ** 31), white: 2 ** 31 - 1 },
  float: { name: 'floats', black: 0, white: 1 },
};

/** Range of a type, or undefined for one that is not read. */
export function rangeOf(type: string | undefined): TypeRange | undefined {
  return type !== undefined && Object.hasOwn(RANGES, type) ? RANGES[type as SampleType] : undefined;
}

/**
 * The line that says what reducing samples of a type to 8 bits did, or undefined for 8 bits.
 *
 * @param bits - of a sample, where these are fewer than the type has, as in AVIF
 */
export function reductionWarning(type: string | undefined, bits = 16): string | undefined {
  const range = rangeOf(type);
  if (!range || type === 'uchar') return undefined;
  const from = type === 'ushort' || type === 'uint' ? '' : `, from ${range.black} (black) to ${range.white} (white)`;
  const name = type === 'ushort' ? `integers of ${bits} bits` : range.name;
  return `samples that are ${name} were reduced to 8 bits${from}`;
}

/** How far beyond the range a float may be: rounding, and the ringing of filters. */
const TOLERANCE = 1 / 64;

/**
 * Scales samples of any type to 16 bits.
 *
 * @throws UnsupportedImage if a float is not a number, or outside its range
 */
export function toUint16(values: Float64Array, type: string): Uint16Array {
  const range = rangeOf(type);
  if (!range) throw new UnsupportedImage(`its samples are of type ${type}, which is not read`);
  const { black, white } = range;
  const samples = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const light = (values[i] - black) / (white - black);
    if (!(light >= -TOLERANCE && light <= 1 + TOLERANCE)) {
      throw new UnsupportedImage(
        `one of its samples is ${values[i]}, and ${range.name} of ${black}..${white} are read; scale it to them`,
      );
    }
    samples[i] = Math.round(Math.min(1, Math.max(0, light)) * 65535);
  }
  return samples;
}
