/** From the options of encode to a goal. */
import { checkBoolean, checkNumber } from '../../../base/check-options.ts';
import { firstPosition, LOWEST_POSITION, nearestIndex, nominalEnd } from '../../../codec/format/noise-ladder.ts';
import { coarsestLevel, type Levelled } from '../../../codec/grid/geometry.ts';
import type { EncodeOptions } from '../encode-options.ts';
import { PositionGoal, StepCountGoal } from './fixed-end-goal.ts';
import type { Goal } from './goal.ts';
import { PsnrGoal } from './psnr-goal.ts';
import { SizeGoal } from './size-goal.ts';
import { SmallestLosslessGoal } from './smallest-lossless-goal.ts';

/** Options that name a goal; at most one may be given. */
export const GOAL_KEYS = ['bytes', 'bpp', 'psnr', 'quality', 'endSigma'] as const;

/** Where a stream ends that was given no end: at the nominal step nearest to this noise level. */
const DEFAULT_END_SIGMA = 0.025;

/** The number of nominal steps that end nearest to the default noise level. */
function defaultSteps(levels: number, stepEighths: number): number {
  const target = nearestIndex(DEFAULT_END_SIGMA);
  let count = 1;
  while (nominalEnd(levels, stepEighths, count) > target) count++;
  const above = nominalEnd(levels, stepEighths, Math.max(count - 1, 1));
  return above - target < target - nominalEnd(levels, stepEighths, count) ? count - 1 : count;
}

/** Ends at a noise index of the full size, as near as the ladder comes to it. */
function atPosition(index: number, levels: number, lossless: boolean): Goal {
  return new PositionGoal(Math.min(Math.max(index, LOWEST_POSITION), firstPosition(levels) - 1), lossless);
}

/**
 * Whether a tail is wanted: by `lossless`, or by the quality 100.
 *
 * @throws TypeError if that contradicts another option
 */
export function wantsTail(options: EncodeOptions): boolean {
  const { lossless, quality } = options;
  checkBoolean('lossless', lossless);
  const cut = (['bytes', 'bpp', 'psnr', 'quality'] as const).find((key) => options[key] !== undefined);
  if (lossless && cut && quality !== 100) throw new TypeError(`"lossless" expected without ${cut}, got both`);
  return lossless ?? quality === 100;
}

/**
 * The goal that options name; the default where they name none.
 *
 * @param stepEighths - nominal ladder step in eighths of log-SNR
 * @throws TypeError or RangeError
 */
export function chooseGoal(options: EncodeOptions, image: Levelled, stepEighths: number): Goal {
  const given = GOAL_KEYS.filter((key) => options[key] !== undefined);
  if (given.length > 1) throw new TypeError(`"${given[1]}" expected alone, got ${given.join(' and ')}`);
  const lossless = wantsTail(options);
  const levels = coarsestLevel(image);
  const bytes = checkNumber('bytes', options.bytes, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (bytes !== undefined) return new SizeGoal(bytes);
  const bpp = checkNumber('bpp', options.bpp, { min: 0, max: 1000 });
  if (bpp !== undefined) return new SizeGoal(Math.floor((bpp * image.width * image.height) / 8));
  const psnr = checkNumber('psnr', options.psnr, { min: 1, max: 100 });
  if (psnr !== undefined) return new PsnrGoal(psnr);
  const quality = checkNumber('quality', options.quality, { min: 0, max: 100 });
  if (quality !== undefined && !lossless) return atPosition(Math.round(-256 - 16 * quality), levels, false);
  const endSigma = checkNumber('endSigma', options.endSigma, { min: 0.004, max: 40 });
  if (endSigma !== undefined) return atPosition(nearestIndex(endSigma), levels, lossless);
  if (lossless) return new SmallestLosslessGoal();
  // The nominal step nearest to the default would be far from it: dithered ladders have long steps, and their last budget costs no more.
  if (options.transport === 'dithered') return atPosition(nearestIndex(DEFAULT_END_SIGMA), levels, false);
  return new StepCountGoal(defaultSteps(levels, stepEighths));
}
