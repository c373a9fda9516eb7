/** Curves in the form in which CompressAI keeps its results (`results/image/kodak/*.json`), so that its plots can show ours. */
import type { Curve } from './summary.ts';

/** One codec's file. Arrays are parallel, ascending in rate. */
export interface CompressAiResults {
  readonly name: string;
  readonly description: string;
  readonly results: {
    readonly bpp: readonly number[];
    /** Mean of the images' PSNR; null for exact pictures. */
    readonly 'psnr-rgb': readonly (number | null)[];
    /** Left out where the pictures are too small. */
    readonly 'ms-ssim-rgb'?: readonly (number | null)[];
    /** Seconds an image. */
    readonly encoding_time: readonly number[];
    /** Seconds an image; left out where nothing is decoded. */
    readonly decoding_time?: readonly (number | null)[];
  };
}

/** A curve as CompressAI writes it. */
export function toCompressAi({ label, description, version, kind, points }: Curve): CompressAiResults {
  const msSsim = points.map((point) => point.msSsim);
  const decoding = points.map(({ decodeSeconds }) => decodeSeconds);
  return {
    name: label,
    description: `${kind === 'ideal' ? 'Ideal rates, no files. ' : ''}${version}. ${description}`,
    results: {
      bpp: points.map(({ bpp }) => bpp),
      'psnr-rgb': points.map(({ psnr }) => psnr),
      ...(msSsim.some((value) => value !== null) && { 'ms-ssim-rgb': msSsim }),
      encoding_time: points.map(({ encodeSeconds }) => encodeSeconds),
      ...(decoding.some((value) => value !== null) && { decoding_time: decoding }),
    },
  };
}
