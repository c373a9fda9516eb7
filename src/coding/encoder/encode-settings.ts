/** Options of encode, checked and with their defaults filled in. */

import { checkChoice, checkNumber } from '../../base/check-options.ts';
import {
  firstPosition,
  LADDER_STEPS,
  LOWEST_POSITION,
  nearestIndex,
  nominalEnd,
} from '../../codec/format/noise-ladder.ts';
import { coarsestLevel, type Levelled, type Size } from '../../codec/grid/geometry.ts';
import type { TransportName } from '../../codec/transport/transport.ts';
import { RUN_OPTION_KEYS } from '../run-options.ts';
import type { EncodeOptions } from './encode-options.ts';

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
  'lossless',
  'channel',
];

const DEFAULT_EFFORT = 5;
/** Where a stream ends that was given no end: at the nominal step nearest to this noise level. */
const DEFAULT_END_SIGMA = 0.025;
/** Images of up to so many pixels have efforts of their own: they have no pyramid, and their time goes into the network. */
const SMALL_PIXELS = 64 * 64;

/** Settings of an effort. */
interface Effort {
  readonly ladderStep: number;
  readonly beamWidth: number;
}

/** Efforts 1..9 for small and for larger images, from the measured frontier of bits against time (docs/performance.md). */
const EFFORTS: Readonly<Record<'small' | 'large', readonly Effort[]>> = {
  small: [
    { ladderStep: 2, beamWidth: 128 },
    { ladderStep: 2, beamWidth: 256 },
    { ladderStep: 1.5, beamWidth: 256 },
    { ladderStep: 1.5, beamWidth: 512 },
    { ladderStep: 1.5, beamWidth: 1024 },
    { ladderStep: 1.5, beamWidth: 2048 },
    { ladderStep: 1, beamWidth: 2048 },
    { ladderStep: 0.75, beamWidth: 2048 },
    { ladderStep: 0.75, beamWidth: 4096 },
  ],
  large: [
    { ladderStep: 2, beamWidth: 128 },
    { ladderStep: 2, beamWidth: 256 },
    { ladderStep: 2, beamWidth: 512 },
    { ladderStep: 1.5, beamWidth: 256 },
    { ladderStep: 1, beamWidth: 512 },
    { ladderStep: 0.75, beamWidth: 512 },
    { ladderStep: 0.75, beamWidth: 1024 },
    { ladderStep: 0.5, beamWidth: 1024 },
    { ladderStep: 0.5, beamWidth: 4096 },
  ],
};

/** Transports by name, the default first. */
const CHANNELS: readonly TransportName[] = ['trellis', 'dithered'];
/** Ladder steps of dithered streams: quantisation is the cheaper the more a step conveys (docs/design/dithered.md). */
const DITHERED_LADDER_STEPS: readonly number[] = [...LADDER_STEPS, 3, 4, 6, 8];
const DITHERED_LADDER_STEP = 4;

/** Where a stream is to end. */
export type Goal =
  /** Where a tail makes the file smallest. */
  | { readonly kind: 'smallest' }
  | { readonly kind: 'steps'; readonly count: number }
  | { readonly kind: 'position'; readonly endPosition: number }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'psnr'; readonly psnr: number };

/** Options with their defaults filled in. */
export interface Settings {
  readonly stepEighths: number;
  /** Of the trellis search; null for the channel `dithered`. */
  readonly beamWidth: number | null;
  readonly channel: TransportName;
  readonly seed: number;
  readonly goal: Goal;
  /** A tail follows the layers. */
  readonly lossless: boolean;
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

/** Whether a tail is wanted: by `lossless`, or by the quality 100. */
function wantsTail(options: EncodeOptions): boolean {
  const { lossless, quality } = options;
  if (lossless !== undefined && typeof lossless !== 'boolean') throw new TypeError('"lossless" expected true or false');
  const cut = (['bytes', 'bpp', 'psnr', 'quality'] as const).find((key) => options[key] !== undefined);
  if (lossless && cut && quality !== 100) throw new TypeError(`"lossless" expected without ${cut}, got both`);
  return lossless ?? quality === 100;
}

function goalOf(options: EncodeOptions, image: Levelled, stepEighths: number, lossless: boolean): Goal {
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
  if (quality !== undefined && !lossless) return atPosition(Math.round(-256 - 16 * quality), levels);
  const endSigma = checkNumber('endSigma', options.endSigma, { min: 0.004, max: 40 });
  if (endSigma !== undefined) return atPosition(nearestIndex(endSigma), levels);
  if (lossless) return { kind: 'smallest' };
  // The nominal step nearest to the default would be far from it: dithered ladders have long steps, and their last budget costs no more.
  if (options.channel === 'dithered') return atPosition(nearestIndex(DEFAULT_END_SIGMA), levels);
  return { kind: 'steps', count: defaultSteps(levels, stepEighths) };
}

/** Ladder step and beam width of the trellis code. */
function trellisSettings(options: EncodeOptions, image: Size): { ladderStep: number; beamWidth: number } {
  const effortNumber = checkNumber('effort', options.effort, { min: 1, max: 9, integer: true }) ?? DEFAULT_EFFORT;
  const small = image.width * image.height <= SMALL_PIXELS;
  const effort = EFFORTS[small ? 'small' : 'large'][effortNumber - 1];
  const ladderStep = checkChoice('ladderStep', options.ladderStep, LADDER_STEPS) ?? effort.ladderStep;
  const beamWidth =
    checkNumber('beamWidth', options.beamWidth, { min: 1, max: 4096, integer: true }) ?? effort.beamWidth;
  return { ladderStep, beamWidth };
}

/** Ladder step of dithered quantisation, which does not search. */
function ditheredSettings(options: EncodeOptions): { ladderStep: number; beamWidth: null } {
  const searching = (['effort', 'beamWidth'] as const).find((key) => options[key] !== undefined);
  if (searching) throw new TypeError(`"${searching}" expected with the channel trellis alone, got it with dithered`);
  const ladderStep = checkChoice('ladderStep', options.ladderStep, DITHERED_LADDER_STEPS) ?? DITHERED_LADDER_STEP;
  return { ladderStep, beamWidth: null };
}

/**
 * Checks options.
 *
 * @throws TypeError or RangeError
 */
export function settingsOf(options: EncodeOptions, image: Levelled): Settings {
  const channel = checkChoice('channel', options.channel, CHANNELS) ?? 'trellis';
  const { ladderStep, beamWidth } =
    channel === 'dithered' ? ditheredSettings(options) : trellisSettings(options, image);
  const stepEighths = ladderStep * 8;
  const lossless = wantsTail(options);
  return {
    stepEighths,
    beamWidth,
    channel,
    seed: checkNumber('seed', options.seed, { min: 0, max: 2 ** 32 - 1, integer: true }) ?? 0,
    goal: goalOf(options, image, stepEighths, lossless),
    lossless,
  };
}
