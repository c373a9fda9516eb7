/** The measures that `compare` prints. */
import type { RawImage } from '../image/raw-image.ts';
import type { LearnedDistance } from '../quality/learned-distance.ts';
import { shownLocation } from '../storage/location.ts';
import type { Library } from './library.ts';
import { type CliIo, readInput } from './terminal/cli-io.ts';
import { decibels } from './terminal/text-format.ts';

/** Files of networks, if they are given. */
export interface NetworkFiles {
  readonly lpips?: string;
  readonly dists?: string;
}

/** Measures that are for sRGB alone; null: the pictures are too small. */
export interface LooksMeasures {
  readonly ssimulacra2: number | null;
  /** Only with a file of weights. */
  readonly lpips?: number | null;
  readonly dists?: number | null;
}

/**
 * Measures how different two pictures look.
 *
 * @param original - in sRGB
 * @param distorted - in sRGB, of the same shape
 * @throws DdpmError if a network cannot be read, opened or run
 */
export async function measureLooks(
  [original, distorted]: readonly [RawImage, RawImage],
  { lpips, dists }: NetworkFiles,
  library: Library,
  io: CliIo,
): Promise<LooksMeasures> {
  const distance = async (location: string, open: Library['openLpips']): Promise<number | null> => {
    const network: LearnedDistance = await open(await readInput(location, io), { source: shownLocation(location) });
    try {
      return await network.compare(original, distorted);
    } finally {
      await network.close();
    }
  };
  return {
    ssimulacra2: library.ssimulacra2(original, distorted),
    ...(lpips !== undefined && { lpips: await distance(lpips, library.openLpips) }),
    ...(dists !== undefined && { dists: await distance(dists, library.openDists) }),
  };
}

/** Lines of a table: names and values. */
export function measureLines(
  measures: ReturnType<Library['compareImages']> & LooksMeasures,
): (readonly [name: string, value: string])[] {
  const { psnr, ssim, msSsim, msSsimLuma, rmse, alphaRmse, ssimulacra2, lpips, dists } = measures;
  const number = (value: number | null, decimals: number): string => value?.toFixed(decimals) ?? 'too small';
  return [
    ['PSNR', decibels(psnr)],
    ['SSIM', number(ssim, 6)],
    ['MS-SSIM', number(msSsim, 6)],
    ['  of luma', number(msSsimLuma, 6)],
    ['SSIMULACRA 2', number(ssimulacra2, 4)],
    ...(lpips === undefined ? [] : [['LPIPS', number(lpips, 6)] as const]),
    ...(dists === undefined ? [] : [['DISTS', number(dists, 6)] as const]),
    ['RMSE', `${rmse.toFixed(4)} grey levels`],
    ...(alphaRmse === null
      ? []
      : [['alpha', `${alphaRmse.toFixed(4)} RMSE; colours count where one of the two is visible`] as const]),
  ];
}
