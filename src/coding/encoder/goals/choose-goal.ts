/** Chooses the goal that the options of `encode` name. */
import { checkBoolean, checkNumber } from '../../../base/check-options.ts';
import { firstPosition, firstTailPosition, LOWEST_POSITION, nearestIndex } from '../../../codec/format/noise-ladder.ts';
import { coarsestLevel, type Levelled, type Size } from '../../../codec/grid/geometry.ts';
import type { EncodeOptions } from '../encode-options.ts';
import { PositionGoal } from './fixed-end-goal.ts';
import type { Goal } from './goal.ts';
import { PsnrGoal } from './psnr-goal.ts';
import { qualityIndex } from './quality-scale.ts';
import { SizeGoal } from './size-goal.ts';
import { SmallestLosslessGoal } from './smallest-lossless-goal.ts';

/** Names of the options that set a goal; at most one may be given. */
export const GOAL_KEYS = ['bytes', 'bpp', 'psnr', 'quality', 'endSigma'] as const;

/** Noise level at which the layers of the default goal end: photographs have about 37 dB there. */
const DEFAULT_END_SIGMA = 0.065;

/**
 * A goal that ends at a noise index of the full size, or at the nearest end of the ladder. A tail starts from a state of
 * the full size.
 */
function atPosition(index: number, levels: number, lossless: boolean): Goal {
  const first = lossless ? firstTailPosition(levels) : firstPosition(levels) - 1;
  return new PositionGoal(Math.min(Math.max(index, LOWEST_POSITION), first), lossless);
}

/**
 * Whether the options ask for a tail: `lossless: true`, or quality 100.
 *
 * @throws TypeError if `lossless` contradicts another option
 */
export function wantsTail(options: EncodeOptions): boolean {
  const { lossless, quality } = options;
  checkBoolean('lossless', lossless);
  const cut = (['bytes', 'bpp', 'psnr', 'quality'] as const).find((key) => options[key] !== undefined);
  if (lossless && cut && quality !== 100) throw new TypeError(`"lossless" expected without ${cut}, got both`);
  return lossless ?? quality === 100;
}

/**
 * Largest size of the file in bytes, by the options `bytes` and `bpp`; undefined if neither is given.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export function sizeLimit(options: EncodeOptions, { width, height }: Size): number | undefined {
  const bytes = checkNumber('bytes', options.bytes, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  const bpp = checkNumber('bpp', options.bpp, { min: 0, max: 1000 });
  return bytes ?? (bpp === undefined ? undefined : Math.floor((bpp * width * height) / 8));
}

/**
 * The goal that the options name, or the default goal.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export function chooseGoal(options: EncodeOptions, image: Levelled): Goal {
  const namedGoals = GOAL_KEYS.filter((key) => options[key] !== undefined);
  if (namedGoals.length > 1) throw new TypeError(`"${namedGoals[1]}" expected alone, got ${namedGoals.join(' and ')}`);
  const lossless = wantsTail(options);
  const levels = coarsestLevel(image);
  const bytes = sizeLimit(options, image);
  if (bytes !== undefined) return new SizeGoal(bytes);
  const psnr = checkNumber('psnr', options.psnr, { min: 1, max: 100 });
  if (psnr !== undefined) return new PsnrGoal(psnr);
  const quality = checkNumber('quality', options.quality, { min: 0, max: 100 });
  if (quality !== undefined && !lossless) return atPosition(qualityIndex(quality), levels, false);
  const endSigma = checkNumber('endSigma', options.endSigma, { min: 0.004, max: 40 });
  if (endSigma !== undefined) return atPosition(nearestIndex(endSigma), levels, lossless);
  if (lossless) return new SmallestLosslessGoal();
  return atPosition(nearestIndex(DEFAULT_END_SIGMA), levels, false);
}
