import seedrandom from 'seedrandom';
import sharp from 'sharp';
import type { RawImage } from '../../src/entry/index.ts';

/** Uniform noise, which the model expects least. */
export function noisePicture(width: number, height: number, channels: 1 | 3): RawImage {
  const random = seedrandom(`noise/${width}x${height}x${channels}`);
  const data = Uint8Array.from({ length: width * height * channels }, () => Math.floor(random() * 256));
  return { data, width, height, channels };
}

/** A diagonal ramp with a different slope in each channel. */
export function gradientPicture(width: number, height: number, channels: 1 | 3): RawImage {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    const x = (pixel % width) / width;
    const y = Math.floor(pixel / width) / height;
    data[i] = Math.floor(255 * (i % channels === 1 ? 1 - (x + y) / 2 : (x + y) / 2));
  }
  return { data, width, height, channels };
}

/** Part of Kodak 23 (two macaws), from its pixel (300, 150). */
export async function kodakCrop(width: number, height: number, channels: 1 | 3 = 3): Promise<RawImage> {
  const { data } = await sharp('test/images/kodak/kodim23.png')
    .extract({ left: 300, top: 150, width, height })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toUint8Array();
  return { data, width, height, channels };
}

/** An opaque picture with an alpha that is computed for each pixel. */
export function withAlpha(image: RawImage, alphaAt: (x: number, y: number) => number): RawImage {
  const { width, height, channels: colours } = image;
  const channels = colours === 3 ? 4 : 2;
  const data = new Uint8Array(width * height * channels);
  for (let p = 0; p < width * height; p++) {
    data.set(image.data.subarray(p * colours, (p + 1) * colours), p * channels);
    data[p * channels + channels - 1] = alphaAt(p % width, Math.floor(p / width));
  }
  return { data, width, height, channels };
}
