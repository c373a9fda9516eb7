/**
 * Converts pictures of 8 bits to the codec's float planes, x = byte / 127.5 - 1, and back.
 * docs/design/codec.md, section 2.
 */
import type { Size } from './geometry.ts';
import { doubledRows, newPlane, type Plane } from './plane.ts';

/** Pixels, 8 bits a sample, interleaved, rows from the top. */
export interface Picture extends Size {
  readonly data: Uint8Array;
  /** 1 grey, 3 RGB. */
  readonly channels: 1 | 3;
}

/** Pixels to be coded: as {@link Picture}, but also the clamped bytes of a canvas. */
export interface SourcePicture extends Size {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** 1 grey, 3 RGB. */
  readonly channels: 1 | 3;
  /** Opacity, one byte a pixel: where it is 0, the pixel is hidden and its colour does not count. Default: all count. */
  readonly alpha?: Uint8Array;
}

/** The value x of each byte. */
export const LEVELS: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/**
 * Copies `count` pixels of a picture, from pixel `from` on, as x to `out[at]` and on; grey becomes three equal colours.
 */
export function copyLevels(source: SourcePicture, from: number, count: number, out: Float32Array, at: number): void {
  const { channels, data } = source;
  if (channels === 3) {
    const start = from * 3;
    for (let i = 0; i < count * 3; i++) out[at + i] = LEVELS[data[start + i]];
    return;
  }
  for (let i = 0, to = at; i < count; i++, to += 3) {
    const level = LEVELS[data[from + i]];
    out[to] = level;
    out[to + 1] = level;
    out[to + 2] = level;
  }
}

/** Converts a picture to an RGB plane; grey becomes three equal colours. */
export function planeOf(picture: SourcePicture): Plane {
  const plane = newPlane(picture);
  copyLevels(picture, 0, picture.width * picture.height, plane.data, 0);
  return plane;
}

/**
 * The byte for a sample x: the nearest one, halves are rounded up. The value that is rounded is positive, so `| 0`
 * gives the same as Math.floor in about half the time.
 */
function byteOf(x: number): number {
  const rounded = (x + 1) * 127.5 + 0.5;
  return rounded <= 0 ? 0 : rounded >= 255 ? 255 : rounded | 0;
}

/** The byte for the mean of the colours of the pixel whose first sample is at `i`. */
function greyOf(rgb: Float32Array, i: number): number {
  return byteOf((rgb[i] + rgb[i + 1] + rgb[i + 2]) / 3);
}

/**
 * The picture that a decoder shows for a denoised plane: upsampled to level 0, cut to the image's size and rounded to 8
 * bits; grey is the mean of the colours. Besides the picture this takes the memory of a few rows.
 * docs/format.md, "Picture".
 *
 * @param mean - RGB plane on the canvas of its level
 * @param level - pyramid level of `mean`
 */
export function pictureOf(mean: Plane, level: number, size: Size, channels: 1 | 3): Picture {
  const { width, height } = size;
  const rows = doubledRows(mean, level);
  const roundRow = channels === 3 ? roundColours : roundGreys;
  const length = width * channels;
  const data = new Uint8Array(length * height);
  for (let j = 0; j < height; j++) roundRow(rows.row(j), data.subarray(j * length, (j + 1) * length));
  return { data, width, height, channels };
}

/** Rounds a row of an RGB picture; the canvas may be wider. */
function roundColours(rgb: Float32Array, out: Uint8Array): void {
  const { length } = out;
  for (let i = 0; i < length; i += 3) {
    out[i] = byteOf(rgb[i]);
    out[i + 1] = byteOf(rgb[i + 1]);
    out[i + 2] = byteOf(rgb[i + 2]);
  }
}

/** Rounds a row of a grey picture; the canvas may be wider. */
function roundGreys(rgb: Float32Array, out: Uint8Array): void {
  const { length } = out;
  for (let i = 0; i < length; i++) out[i] = greyOf(rgb, i * 3);
}

/**
 * Sum of the squared differences, in grey levels, between the picture of {@link pictureOf} and another one, without its
 * hidden pixels. Takes the memory of a few rows, not of a picture.
 */
export function squaredError(mean: Plane, level: number, picture: SourcePicture): number {
  const { width, height, channels, data, alpha } = picture;
  const rows = doubledRows(mean, level);
  const runError = channels === 3 ? coloursError : greysError;
  const wholeRow = [{ from: 0, to: width }];
  // An exact integer below 2^53 for any picture that fits in memory.
  let sum = 0;
  for (let j = 0; j < height; j++) {
    const row = rows.row(j);
    const first = j * width;
    for (const { from, to } of alpha ? visibleRuns(alpha, first, width) : wholeRow) {
      sum += runError(row.subarray(from * 3), data, (first + from) * channels, to - from);
    }
  }
  return sum;
}

/** The runs of visible pixels in a row whose first pixel has the number `first`, as columns. */
function* visibleRuns(alpha: Uint8Array, first: number, width: number): Generator<{ from: number; to: number }> {
  for (let from = 0; from < width; from++) {
    if (alpha[first + from] === 0) continue;
    let to = from + 1;
    while (to < width && alpha[first + to] !== 0) to++;
    yield { from, to };
    from = to;
  }
}

/** Squared error of a run of pixels of an RGB picture that begins at sample `from`. */
function coloursError(rgb: Float32Array, data: SourcePicture['data'], from: number, width: number): number {
  let sum = 0;
  for (let i = 0, at = from; i < width * 3; i += 3, at += 3) {
    const red = byteOf(rgb[i]) - data[at];
    const green = byteOf(rgb[i + 1]) - data[at + 1];
    const blue = byteOf(rgb[i + 2]) - data[at + 2];
    sum += red * red + green * green + blue * blue;
  }
  return sum;
}

/** Squared error of a run of pixels of a grey picture that begins at sample `from`. */
function greysError(rgb: Float32Array, data: SourcePicture['data'], from: number, width: number): number {
  let sum = 0;
  for (let i = 0; i < width; i++) {
    const difference = greyOf(rgb, i * 3) - data[from + i];
    sum += difference * difference;
  }
  return sum;
}
