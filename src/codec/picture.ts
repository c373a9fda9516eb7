/** Pictures of 8 bits from and to the codec's float planes: x = byte / 127.5 - 1. codec.md, section 2. */
import type { Size } from './geometry.ts';
import { double, type Plane, resizeCanvas } from './plane.ts';

/** Pixels, 8 bits a sample, interleaved, rows from the top. */
export interface Picture extends Size {
  readonly data: Uint8Array;
  /** 1 grey, 3 RGB. */
  readonly channels: 1 | 3;
}

/** The RGB plane of a picture; grey becomes three equal colours. */
export function planeOf(picture: { data: ArrayLike<number>; width: number; height: number; channels: 1 | 3 }): Plane {
  const { width, height, channels, data } = picture;
  const plane = new Float32Array(width * height * 3);
  for (let i = 0; i < plane.length; i++) {
    plane[i] = data[channels === 3 ? i : Math.floor(i / 3)] / 127.5 - 1;
  }
  return { width, height, data: plane };
}

/**
 * The picture that a decoder shows for a denoised plane: upsampled through the pyramid levels not yet reached, cut to the image's
 * size, rounded to 8 bits; grey is the mean of the colours.
 *
 * @param mean - RGB plane on the canvas of its level
 */
export function pictureOf(mean: Plane, level: number, size: Size, channels: 1 | 3): Picture {
  let plane = mean;
  for (let l = level; l > 0; l--) plane = double(plane);
  const { width, height } = size;
  const rgb = plane.width === width && plane.height === height ? plane.data : resizeCanvas(plane, size).data;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const value = channels === 3 ? rgb[i] : (rgb[3 * i] + rgb[3 * i + 1] + rgb[3 * i + 2]) / 3;
    const level8 = Math.floor((value + 1) * 127.5 + 0.5);
    data[i] = Math.min(Math.max(level8, 0), 255);
  }
  return { data, width, height, channels };
}
