/**
 * Converts curves to the format of CompressAI's results (`results/image/kodak/*.json`), so that its plots can show
 * them.
 */
import type { Curve } from './summary.ts';

/** Results of one codec. All arrays have one value for each rate point, ascending in rate. */
export interface CompressAiResults {
  readonly name: string;
  readonly description: string;
  readonly results: {
    readonly bpp: readonly number[];
    /** Mean PSNR of the images; null if an image is exact. */
    readonly 'psnr-rgb': readonly (number | null)[];
    /** Missing if the pictures are too small. */
    readonly 'ms-ssim-rgb'?: readonly (number | null)[];
    /** Seconds per image. */
    readonly encoding_time: readonly number[];
    /** Seconds per image; missing if nothing was decoded. */
    readonly decoding_time?: readonly (number | null)[];
  };
}

/** Converts a curve. */
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
