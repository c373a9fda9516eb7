/** Pictures of 8 bits from and to the codec's float planes: x = byte / 127.5 - 1. codec.md, section 2. */
import type { Size } from './geometry.ts';
import { doubledRows, type Plane } from './plane.ts';

/** Pixels, 8 bits a sample, interleaved, rows from the top. */
export interface Picture extends Size {
  readonly data: Uint8Array;
  /** 1 grey, 3 RGB. */
  readonly channels: 1 | 3;
}

/** Pixels to be coded, as {@link Picture}, or clamped bytes as those of a canvas. */
export interface SourcePicture extends Size {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** 1 grey, 3 RGB. */
  readonly channels: 1 | 3;
}

/** x of each byte. */
export const LEVELS: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/** The RGB plane of a picture; grey becomes three equal colours. */
export function planeOf({ width, height, channels, data }: SourcePicture): Plane {
  const plane = new Float32Array(width * height * 3);
  for (let i = 0; i < plane.length; i++) plane[i] = LEVELS[data[channels === 3 ? i : Math.floor(i / 3)]];
  return { width, height, data: plane };
}

/**
 * Rows of the picture that a decoder shows for a denoised plane: upsampled through the pyramid levels not yet reached, cut to the
 * image's size, rounded to 8 bits; grey is the mean of the colours. Takes the memory of a few rows, not of pictures.
 *
 * @param mean - RGB plane on the canvas of its level
 * @returns for each row from the top its samples; the array is used again for the next
 */
export function* pictureRows(mean: Plane, level: number, size: Size, channels: 1 | 3): Generator<Uint8Array> {
  const rows = doubledRows(mean, level);
  const out = new Uint8Array(size.width * channels);
  for (let j = 0; j < size.height; j++) {
    const rgb = rows.row(j);
    for (let i = 0; i < out.length; i++) {
      const value = channels === 3 ? rgb[i] : (rgb[3 * i] + rgb[3 * i + 1] + rgb[3 * i + 2]) / 3;
      const level8 = Math.floor((value + 1) * 127.5 + 0.5);
      out[i] = Math.min(Math.max(level8, 0), 255);
    }
    yield out;
  }
}

/** The picture of {@link pictureRows}. */
export function pictureOf(mean: Plane, level: number, size: Size, channels: 1 | 3): Picture {
  const { width, height } = size;
  const data = new Uint8Array(width * height * channels);
  let at = 0;
  for (const row of pictureRows(mean, level, size, channels)) {
    data.set(row, at);
    at += row.length;
  }
  return { data, width, height, channels };
}

/** Sum of the squared differences in grey levels between the picture of {@link pictureRows} and another. */
export function squaredError(mean: Plane, level: number, picture: SourcePicture): number {
  const { data, channels } = picture;
  // An exact integer below 2^53 for any picture that fits in memory.
  let sum = 0;
  let at = 0;
  for (const row of pictureRows(mean, level, picture, channels)) {
    for (let i = 0; i < row.length; i++) {
      const difference = row[i] - data[at++];
      sum += difference * difference;
    }
  }
  return sum;
}
