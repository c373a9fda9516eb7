/** Options of encode, checked and with their defaults filled in. */
import { coarsestLevel, type Size } from '../codec/geometry.ts';
import { firstPosition, LADDER_STEPS, LOWEST_POSITION, nearestIndex, nominalEnd } from '../codec/ladder.ts';
import { checkChoice, checkNumber } from './options.ts';
import { RUN_OPTION_KEYS } from './run.ts';
import type { EncodeOptions } from './types.ts';

const GOAL_KEYS = ['bytes', 'bpp', 'psnr', 'quality', 'endSigma'] as const;

/** Names of all options of encode. */
export const ENCODE_OPTION_KEYS: readonly string[] = [
  ...RUN_OPTION_KEYS,
  ...GOAL_KEYS,
  'effort',
  'ladderStep',
  'beamWidth',
  'seed',
  'metadata',
];

const DEFAULT_EFFORT = 5;
/** Where a stream ends that was given no end: at the nominal step nearest to this noise level. */
const DEFAULT_END_SIGMA = 0.025;
/** Images of up to so many pixels get the wide beam where it is left to the encoder. */
const SMALL_PIXELS = 64 * 64;

/** Ladder step and beam width of efforts 1..9; a pair of widths is for images up to 64x64 pixels and above. */
const EFFORTS: readonly { ladderStep: number; beamWidth: number | readonly [number, number] }[] = [
  { ladderStep: 2, beamWidth: 64 },
  { ladderStep: 2, beamWidth: 128 },
  { ladderStep: 2, beamWidth: 256 },
  { ladderStep: 1.5, beamWidth: 256 },
  { ladderStep: 1.5, beamWidth: [1024, 512] },
  { ladderStep: 1.5, beamWidth: 1024 },
  { ladderStep: 1, beamWidth: 1024 },
  { ladderStep: 1, beamWidth: 2048 },
  { ladderStep: 1, beamWidth: 4096 },
];

/** Where a stream is to end. */
export type Goal =
  | { readonly kind: 'steps'; readonly count: number }
  | { readonly kind: 'position'; readonly endPosition: number }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'psnr'; readonly psnr: number };

/** Options with their defaults filled in. */
export interface Settings {
  readonly stepEighths: number;
  readonly beamWidth: number;
  readonly seed: number;
  readonly goal: Goal;
}

/** The number of nominal steps that end nearest to the default noise level. */
function defaultSteps(levels: number, stepEighths: number): number {
  const target = nearestIndex(DEFAULT_END_SIGMA);
  let count = 1;
  while (nominalEnd(levels, stepEighths, count) > target) count++;
  const above = nominalEnd(levels, stepEighths, Math.max(count - 1, 1));
  return above - target < target - nominalEnd(levels, stepEighths, count) ? count - 1 : count;
}

function atPosition(index: number, levels: number): Goal {
  return { kind: 'position', endPosition: Math.min(Math.max(index, LOWEST_POSITION), firstPosition(levels) - 1) };
}

function goalOf(options: EncodeOptions, image: Size, stepEighths: number): Goal {
  const given = GOAL_KEYS.filter((key) => options[key] !== undefined);
  if (given.length > 1) throw new TypeError(`"${given[1]}" expected alone, got ${given.join(' and ')}`);
  const levels = coarsestLevel(image);
  const bytes = checkNumber('bytes', options.bytes, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (bytes !== undefined) return { kind: 'bytes', bytes };
  const bpp = checkNumber('bpp', options.bpp, { min: 0, max: 1000 });
  if (bpp !== undefined) return { kind: 'bytes', bytes: Math.floor((bpp * image.width * image.height) / 8) };
  const psnr = checkNumber('psnr', options.psnr, { min: 1, max: 100 });
  if (psnr !== undefined) return { kind: 'psnr', psnr };
  const quality = checkNumber('quality', options.quality, { min: 0, max: 100 });
  if (quality !== undefined) return atPosition(Math.round(-256 - 16 * quality), levels);
  const endSigma = checkNumber('endSigma', options.endSigma, { min: 0.004, max: 40 });
  if (endSigma !== undefined) return atPosition(nearestIndex(endSigma), levels);
  return { kind: 'steps', count: defaultSteps(levels, stepEighths) };
}

/**
 * Checks options.
 *
 * @throws TypeError or RangeError
 */
export function settingsOf(options: EncodeOptions, image: Size): Settings {
  const effortNumber = checkNumber('effort', options.effort, { min: 1, max: 9, integer: true }) ?? DEFAULT_EFFORT;
  const effort = EFFORTS[effortNumber - 1];
  const ladderStep = checkChoice('ladderStep', options.ladderStep, LADDER_STEPS) ?? effort.ladderStep;
  const small = image.width * image.height <= SMALL_PIXELS;
  const byEffort = typeof effort.beamWidth === 'number' ? effort.beamWidth : effort.beamWidth[small ? 0 : 1];
  const stepEighths = ladderStep * 8;
  return {
    stepEighths,
    beamWidth: checkNumber('beamWidth', options.beamWidth, { min: 1, max: 4096, integer: true }) ?? byEffort,
    seed: checkNumber('seed', options.seed, { min: 0, max: 2 ** 32 - 1, integer: true }) ?? 0,
    goal: goalOf(options, image, stepEighths),
  };
}
