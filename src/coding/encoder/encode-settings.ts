/** Options of encode, checked and with their defaults filled in. */
import { checkChoice, checkNumber, checkSeed } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { LADDER_STEPS } from '../../codec/format/noise-ladder.ts';
import type { Levelled, Size } from '../../codec/grid/geometry.ts';
import type { TransportName } from '../../codec/transport/transport.ts';
import { PORTABLE_BACKEND, RUN_OPTION_KEYS } from '../run-options.ts';
import { DEFAULT_EFFORT, effortLevel } from './effort-levels.ts';
import type { EncodeOptions } from './encode-options.ts';
import { chooseGoal, GOAL_KEYS, wantsTail } from './goals/choose-goal.ts';
import type { Goal } from './goals/goal.ts';

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
  'transport',
];

/** Transports by name, the default first. */
const TRANSPORTS: readonly TransportName[] = ['trellis', 'dithered'];
/** Ladder steps of dithered streams: quantisation is the cheaper the more a step conveys (docs/design/dithered.md). */
const DITHERED_LADDER_STEPS: readonly number[] = [...LADDER_STEPS, 3, 4, 6, 8];
const DITHERED_LADDER_STEP = 4;

/** Options with their defaults filled in. */
export interface EncodeSettings {
  /** Nominal ladder step in eighths of log-SNR. */
  readonly stepEighths: number;
  /** Of the trellis search; null for the transport `dithered`. */
  readonly beamWidth: number | null;
  readonly transport: TransportName;
  readonly seed: number;
  readonly goal: Goal;
  /** A tail follows the layers. */
  readonly lossless: boolean;
}

/** Ladder step and beam width of the trellis code. */
function trellisSettings(options: EncodeOptions, image: Size): { ladderStep: number; beamWidth: number } {
  const number = checkNumber('effort', options.effort, { min: 1, max: 9, integer: true }) ?? DEFAULT_EFFORT;
  const effort = effortLevel(number, image);
  const ladderStep = checkChoice('ladderStep', options.ladderStep, LADDER_STEPS) ?? effort.ladderStep;
  const beamWidth =
    checkNumber('beamWidth', options.beamWidth, { min: 1, max: 4096, integer: true }) ?? effort.beamWidth;
  return { ladderStep, beamWidth };
}

/** Ladder step of dithered quantisation, which does not search. */
function ditheredSettings(options: EncodeOptions): { ladderStep: number; beamWidth: null } {
  const searching = (['effort', 'beamWidth'] as const).find((key) => options[key] !== undefined);
  if (searching) throw new TypeError(`"${searching}" expected with the transport trellis alone, got it with dithered`);
  const ladderStep = checkChoice('ladderStep', options.ladderStep, DITHERED_LADDER_STEPS) ?? DITHERED_LADDER_STEP;
  return { ladderStep, beamWidth: null };
}

/**
 * Checks options.
 *
 * @param image - its size, and whether the model's streams have a pyramid
 * @throws TypeError or RangeError; DdpmError `ERR_DDPM_BACKEND` if the backend cannot make such streams
 */
export function encodeSettings(options: EncodeOptions, image: Levelled): EncodeSettings {
  const transport = checkChoice('transport', options.transport, TRANSPORTS) ?? 'trellis';
  const { ladderStep, beamWidth } =
    transport === 'dithered' ? ditheredSettings(options) : trellisSettings(options, image);
  const stepEighths = ladderStep * 8;
  const lossless = wantsTail(options);
  const seed = checkSeed('seed', options.seed) ?? 0;
  const goal = chooseGoal(options, image, stepEighths);
  const settings = { stepEighths, beamWidth, transport, seed, goal, lossless };
  checkPortable(settings, options);
  return settings;
}

/** The probabilities of a tail and of dithered integers follow from the network's last bits. */
function checkPortable({ lossless, transport }: EncodeSettings, { backend = PORTABLE_BACKEND }: EncodeOptions): void {
  if (!(lossless || transport === 'dithered') || backend === PORTABLE_BACKEND) return;
  const files = lossless ? 'lossless files' : 'files of the transport dithered';
  const why = `its arithmetic differs from machine to machine; ${files} need the backend ${PORTABLE_BACKEND}`;
  throw new DdpmError('ERR_DDPM_BACKEND', `backend ${backend}: ${why}`);
}
