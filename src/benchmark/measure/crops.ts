/** Crops of decoded pictures, for viewing them side by side at equal file sizes. */

import { writeImage } from '../../image/files/write-image.ts';
import type { ColourImage, RawImage } from '../../image/raw-image.ts';
import type { CodecName, Row } from '../bench-types.ts';
import type { BenchCodec, Coded } from '../codecs/bench-codec.ts';
import { rowOf } from './measure-row.ts';
import type { Meter } from './meter.ts';

/** Largest side of a crop, in pixels. */
const CROP_SIDE = 192;

/** The middle of a decoded picture. `bytes`, `bpp` and the quality measures are those of the whole picture. */
export interface Crop extends Pick<Row, 'bytes' | 'bpp' | 'psnr' | 'ssim' | 'msSsim' | 'setting'> {
  readonly image: string;
  /** `original` for the uncompressed picture. */
  readonly codec: CodecName | 'original';
  /** Largest file size that was allowed, in bytes; 0 for the original. */
  readonly allowedBytes: number;
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

/** The middle of a picture, at most {@link CROP_SIDE} pixels wide and high. */
export function cropOf({ data, width, height, channels }: RawImage): RawImage {
  const across = Math.min(width, CROP_SIDE);
  const down = Math.min(height, CROP_SIDE);
  const left = (width - across) >> 1;
  const top = (height - down) >> 1;
  const out = new Uint8Array(across * down * channels);
  for (let y = 0; y < down; y++) {
    const from = ((top + y) * width + left) * channels;
    out.set(data.subarray(from, from + across * channels), y * across * channels);
  }
  return { data: out, width: across, height: down, channels };
}

/** The crop of the uncompressed picture. */
export async function originalCrop(name: string, image: ColourImage): Promise<Crop> {
  const crop = cropOf(image);
  return {
    image: name,
    codec: 'original',
    allowedBytes: 0,
    setting: '',
    bytes: image.data.length,
    bpp: image.channels * 8,
    psnr: Number.POSITIVE_INFINITY,
    ssim: null,
    msSsim: null,
    width: crop.width,
    height: crop.height,
    png: await writeImage(crop, 'png'),
  };
}

/** The crop of a coded picture. */
export async function codedCrop(
  name: string,
  image: ColourImage,
  { codec, allowedBytes, coded }: { codec: BenchCodec; allowedBytes: number; coded: Coded },
): Promise<Crop> {
  const { bytes, bpp, psnr, ssim, msSsim, setting } = rowOf({ name, image, codec, version: '', pixels: '' }, coded);
  const crop = cropOf(coded.picture);
  const figures = { bytes, bpp, psnr, ssim, msSsim, setting };
  const { width, height } = crop;
  return {
    image: name,
    codec: codec.name,
    allowedBytes,
    ...figures,
    width,
    height,
    png: await writeImage(crop, 'png'),
  };
}

/** Codes a picture at each file size and yields the crops. Sizes that the codec cannot reach are left out. */
export async function* cropsAtBytes(
  name: string,
  image: ColourImage,
  request: { readonly codec: BenchCodec; readonly sizes: readonly number[]; readonly meter: Meter },
): AsyncGenerator<Crop, void, void> {
  const { codec, sizes, meter } = request;
  for (const allowedBytes of sizes) {
    const coded = await codec.runAtBytes(image, allowedBytes, meter);
    if (coded) yield codedCrop(name, image, { codec, allowedBytes, coded });
  }
}
