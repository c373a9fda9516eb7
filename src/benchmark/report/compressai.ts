/**
 * Converts curves to the format of CompressAI's results (`results/image/kodak/*.json`), so that its plots can show
 * them.
 */
import type { CurveMean } from './curve-means.ts';
import type { MeasureName } from './quality-measures.ts';
import { type Curve, commonPoints } from './summary.ts';

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
    /** Seconds per image; missing for means at equal rate. */
    readonly encoding_time?: readonly number[];
    /** Seconds per image; missing if nothing was decoded, and for means at equal rate. */
    readonly decoding_time?: readonly (number | null)[];
  };
}

/** Means at equal rate over all images, for a codec whose settings depend on the picture. */
function atEqualRate({ means }: Curve, images: number): CompressAiResults['results'] {
  const of = (name: MeasureName): readonly CurveMean[] =>
    commonRates(means.find(({ measure }) => measure === name)?.atRates ?? [], images);
  const psnr = of('psnr');
  const msSsim = new Map(of('msSsim').map(({ bpp, quality }) => [bpp, quality]));
  const values = psnr.map(({ bpp }) => msSsim.get(bpp) ?? null);
  return {
    bpp: psnr.map(({ bpp }) => bpp),
    'psnr-rgb': psnr.map(({ quality }) => quality),
    ...(values.some((value) => value !== null) && { 'ms-ssim-rgb': values }),
  };
}

function commonRates(means: readonly CurveMean[], images: number): readonly CurveMean[] {
  return means.filter(({ pictures }) => pictures === images);
}

/** Means at the settings that all images have. */
function atEqualSetting({ points }: Curve, images: number): CompressAiResults['results'] {
  const common = commonPoints(points, images);
  const msSsim = common.map((point) => point.msSsim);
  const decoding = common.map(({ decodeSeconds }) => decodeSeconds);
  return {
    bpp: common.map(({ bpp }) => bpp),
    'psnr-rgb': common.map(({ psnr }) => psnr),
    ...(msSsim.some((value) => value !== null) && { 'ms-ssim-rgb': msSsim }),
    encoding_time: common.map(({ encodeSeconds }) => encodeSeconds),
    ...(decoding.some((value) => value !== null) && { decoding_time: decoding }),
  };
}

/**
 * Converts a curve: means at each setting, or at equal rate where the settings depend on the picture.
 *
 * @param images - number of images of the benchmark
 * @returns undefined if there is no mean over all images
 */
export function toCompressAi(curve: Curve, images: number): CompressAiResults | undefined {
  const { label, description, version, kind, points } = curve;
  const isCommon = commonPoints(points, images).length === points.length;
  const results = isCommon ? atEqualSetting(curve, images) : atEqualRate(curve, images);
  if (results.bpp.length === 0) return undefined;
  const rates = `${kind === 'ideal' ? 'Ideal rates, no files. ' : ''}${isCommon ? '' : 'Means at equal rate. '}`;
  return { name: label, description: `${rates}${version}. ${description}`, results };
}
