import type { RawImage } from '../../src/image/raw-image.ts';

/**
 * A small picture with a gradient in each direction and over the channels, so that any transposition can be detected.
 */
export function gradient(width: number, height: number, channels: 1 | 2 | 3 | 4): RawImage {
  const data = new Uint8Array(width * height * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) data[i++] = (x * 11 + y * 5 + c * 60) & 0xff;
    }
  }
  return { data, width, height, channels };
}

/** The picture with an alpha channel after the colours. */
export function withAlpha(image: RawImage, alphaOf: (pixel: number) => number): Uint8Array {
  const { data, width, height, channels } = image;
  const out = new Uint8Array(width * height * (channels + 1));
  for (let pixel = 0; pixel < width * height; pixel++) {
    out.set(data.subarray(pixel * channels, (pixel + 1) * channels), pixel * (channels + 1));
    out[pixel * (channels + 1) + channels] = alphaOf(pixel);
  }
  return out;
}
