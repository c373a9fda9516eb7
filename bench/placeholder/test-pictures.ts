/** The pictures of bench/placeholder.ts: photographs at 32 pixels, and their mirror images. */
import { basename } from 'node:path';
import type { RawImage } from 'ddpm-codec';
import sharp from 'sharp';
import { KODAK_PATHS } from '../pictures.ts';

/** Longer side of the pictures in pixels. */
export const SIDE = 32;

function mirrored({ data, width, height, channels }: RawImage): RawImage {
  const out = new Uint8Array(data.length);
  for (let p = 0; p < width * height; p++) {
    const from = p - (p % width) + width - 1 - (p % width);
    out.set(data.subarray(from * channels, (from + 1) * channels), p * channels);
  }
  return { data: out, width, height, channels };
}

/** Resizes the picture to 32 pixels with sharp (Lanczos-3), not with our own filter. */
async function shrunk(path: string): Promise<RawImage> {
  const { data, info } = await sharp(path)
    .resize(SIDE, SIDE, { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height, channels: 3 };
}

/** Reads the first `limit` photographs; each is followed by its mirror image. */
export async function readTestPictures(limit: number): Promise<{ name: string; picture: RawImage }[]> {
  if (KODAK_PATHS.length < limit) throw new Error(`expected ${limit} Kodak pictures, got ${KODAK_PATHS.length}`);
  const pictures: { name: string; picture: RawImage }[] = [];
  for (const path of KODAK_PATHS.slice(0, limit)) {
    const picture = await shrunk(path);
    const name = basename(path, '.png');
    pictures.push({ name, picture }, { name: `${name}, mirrored`, picture: mirrored(picture) });
  }
  return pictures;
}
