/** Checks the options of `encode` and fills in their defaults. */
import { checkBoolean, checkChoice, checkKeys, checkNumber, checkSeed } from '../../base/check-options.ts';
import { LADDER_STEPS } from '../../codec/format/noise-ladder.ts';
import type { Levelled, Size } from '../../codec/grid/geometry.ts';
import { TRANSPORTS, type TransportName } from '../../codec/transport/transport.ts';
import { checkRunOptions, RUN_OPTION_KEYS, requirePortable } from '../run-options.ts';
import { DEFAULT_EFFORT, effortLevel } from './effort-levels.ts';
import type { EncodeOptions } from './encode-options.ts';
import { chooseGoal, GOAL_KEYS, sizeLimit, wantsTail } from './goals/choose-goal.ts';
import type { Goal } from './goals/goal.ts';

/** Names of all options of `encode`. */
const ENCODE_OPTION_KEYS: readonly string[] = [
  ...RUN_OPTION_KEYS,
  ...GOAL_KEYS,
  'effort',
  'ladderStep',
  'beamWidth',
  'seed',
  'metadata',
  'lossless',
  'exactAlpha',
  'transport',
  'index',
  'reportPsnr',
];

/** Ladder steps of dithered streams. Quantisation is more efficient in longer steps (docs/design/dithered.md). */
const DITHERED_LADDER_STEPS: readonly number[] = [...LADDER_STEPS, 3, 4, 6, 8];
const DITHERED_LADDER_STEP = 4;

/**
 * Files of pictures of more pixels than this, and with no lower limit of the size than this, have an index by default: of
 * smaller files it would be too large a part.
 */
const INDEX_PIXELS = 64 * 64;
const INDEX_BYTES = 1000;

/** Checked options with their defaults. */
export interface EncodeSettings {
  /** Nominal ladder step in eighths of log-SNR. */
  readonly stepEighths: number;
  /** Number of survivor paths of the trellis search; null for the transport `dithered`. */
  readonly beamWidth: number | null;
  readonly transport: TransportName;
  readonly seed: number;
  readonly goal: Goal;
  /** True: a tail follows the layers. */
  readonly lossless: boolean;
  /** True: colours where alpha is 0 are coded and counted as all others are. */
  readonly exactAlpha: boolean;
  /** True: the stream has an index. */
  readonly index: boolean;
  /** True: the picture of the last layer is measured, too. */
  readonly reportPsnr: boolean;
}

/** Checked ladder step and beam width of the trellis code. */
function trellisSettings(options: EncodeOptions, image: Size): { ladderStep: number; beamWidth: number } {
  const number = checkNumber('effort', options.effort, { min: 1, max: 9, integer: true }) ?? DEFAULT_EFFORT;
  const effort = effortLevel(number, image);
  const ladderStep = checkChoice('ladderStep', options.ladderStep, LADDER_STEPS) ?? effort.ladderStep;
  const beamWidth =
    checkNumber('beamWidth', options.beamWidth, { min: 1, max: 4096, integer: true }) ?? effort.beamWidth;
  return { ladderStep, beamWidth };
}

/** Checked ladder step of dithered quantisation, which does not search. */
function ditheredSettings(options: EncodeOptions): { ladderStep: number; beamWidth: null } {
  const searching = (['effort', 'beamWidth'] as const).find((key) => options[key] !== undefined);
  if (searching) throw new TypeError(`"${searching}" expected with the transport trellis alone, got it with dithered`);
  const ladderStep = checkChoice('ladderStep', options.ladderStep, DITHERED_LADDER_STEPS) ?? DITHERED_LADDER_STEP;
  return { ladderStep, beamWidth: null };
}

/** Whether a file has an index by default. */
function wantsIndex(options: EncodeOptions, image: Size): boolean {
  return image.width * image.height > INDEX_PIXELS && (sizeLimit(options, image) ?? INDEX_BYTES) >= INDEX_BYTES;
}

/** Size that stands for any other where only the options are checked. */
const ANY_SIZE = { width: 64, height: 64 };

/**
 * Checks the options of `encode` as far as that is possible without an image.
 *
 * @throws as {@link encodeSettings}
 */
export function checkEncodeOptions(options: EncodeOptions): void {
  checkKeys(options, ENCODE_OPTION_KEYS);
  checkRunOptions(options);
  encodeSettings(options, ANY_SIZE);
}

/**
 * Checks the options of `encode`.
 *
 * @param image - size of the image, and whether its stream has a pyramid
 * @throws TypeError or RangeError for a wrong option; DdpmError `ERR_DDPM_BACKEND` if the backend cannot make such
 *   streams
 */
export function encodeSettings(options: EncodeOptions, image: Levelled): EncodeSettings {
  const transport = checkChoice('transport', options.transport, TRANSPORTS) ?? 'trellis';
  const { ladderStep, beamWidth } =
    transport === 'dithered' ? ditheredSettings(options) : trellisSettings(options, image);
  const stepEighths = ladderStep * 8;
  const lossless = wantsTail(options);
  checkBoolean('exactAlpha', options.exactAlpha);
  checkBoolean('index', options.index);
  checkBoolean('reportPsnr', options.reportPsnr);
  const seed = checkSeed('seed', options.seed) ?? 0;
  const goal = chooseGoal(options, image);
  const settings = {
    stepEighths,
    beamWidth,
    transport,
    seed,
    goal,
    lossless,
    exactAlpha: lossless || options.exactAlpha === true,
    index: options.index ?? wantsIndex(options, image),
    reportPsnr: options.reportPsnr ?? false,
  };
  checkPortable(settings, options);
  return settings;
}

/**
 * Checks the backend: the probabilities of a tail and of dithered integers depend on the last bits of the network's
 * output, which only the portable backend computes alike everywhere.
 *
 * @throws DdpmError `ERR_DDPM_BACKEND` if a portable backend is needed and another one is chosen
 */
function checkPortable({ lossless, transport }: EncodeSettings, { backend }: EncodeOptions): void {
  if (lossless) requirePortable('lossless files', backend);
  if (transport === 'dithered') requirePortable('files of the transport dithered', backend);
}
