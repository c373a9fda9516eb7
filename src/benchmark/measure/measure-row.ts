/** Computes the row of a decoded picture. */
import { createHash } from 'node:crypto';
import { compareImages } from '../../image/compare-images.ts';
import type { ColourImage } from '../../image/raw-image.ts';
import { ssimulacra2 } from '../../quality/ssimulacra2/ssimulacra2.ts';
import type { Row } from '../bench-types.ts';
import type { BenchCodec, Coded } from '../codecs/bench-codec.ts';
import { type NetworkScores, NO_SCORES } from './network-files.ts';

/** Identifies the samples of a picture: the first 16 hexadecimal digits of their SHA-256. */
export function pixelsId({ data }: ColourImage): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}

/** Values that all rows of a task have in common. */
export interface Subject {
  /** Result of {@link pixelsId}. */
  readonly pixels: string;
  readonly name: string;
  readonly image: ColourImage;
  readonly codec: Pick<BenchCodec, 'name' | 'kind'>;
  readonly version: string;
}

/** Makes the row of a coded picture; computes the quality measures but for those of networks, which are given. */
export function rowOf(
  { name, image, codec, version, pixels }: Subject,
  coded: Coded,
  scores: NetworkScores = NO_SCORES,
): Row {
  const { width, height, channels } = image;
  const { picture, layer = null, level = null, sigma = null, ...measured } = coded;
  const { mse, rmse, psnr, ssim, msSsim, msSsimLuma } = compareImages(picture, image);
  const bpp = (coded.bytes * 8) / (width * height);
  return {
    image: name,
    width,
    height,
    channels,
    pixels,
    codec: codec.name,
    kind: codec.kind,
    ...measured,
    layer,
    level,
    sigma,
    bpp,
    bitsPerDim: bpp / channels,
    mse,
    rmse,
    psnr,
    ssim,
    msSsim,
    msSsimLuma,
    ssimulacra2: ssimulacra2(image, picture),
    ...scores,
    version,
  };
}
