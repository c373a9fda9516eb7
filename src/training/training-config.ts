/** Reads the config of a training, a JSON file. docs/training.md lists its keys and their defaults. */
import { DdpmError } from '../base/errors.ts';
import type { PhotoNetConfig } from '../model/photo-net/photo-net-config.ts';
import type { NoiseSchedule } from '../model/schedule/noise-schedule.ts';
import { fromConfig, type SchedulerConfig } from '../model/schedule/scheduler-config.ts';
import type { EpsilonObjective, PhotoObjective } from '../model/training/objectives.ts';
import type { OptimizerSettings } from '../model/training/optimizer.ts';
import { parseUnetConfig, type UnetConfig, unetConfigFields } from '../model/unet/unet-config.ts';
import { Fields } from './config-fields.ts';

/** The paper's U-Net and its objective. */
export interface UnetTraining {
  readonly architecture: 'ddpm-unet';
  readonly config: UnetConfig;
  readonly schedule: NoiseSchedule;
  /** Config to store in the model file. */
  readonly modelConfig: Readonly<Record<string, unknown>>;
  readonly objective: EpsilonObjective;
}

/** A photo-net and its objective. */
export interface PhotoTraining {
  readonly architecture: 'photo-net';
  readonly config: PhotoNetConfig;
  /** Config to store in the model file. */
  readonly modelConfig: Readonly<Record<string, unknown>>;
  readonly objective: PhotoObjective;
}

/** Images of a training, and how they are varied. */
export interface DataSettings {
  /** Name of the data set; stored in the model file. */
  readonly name: string;
  /** Files, folders and globs of the images to train on; the caller reads them. */
  readonly train: readonly string[];
  /** Files, folders and globs of the held-out images; the caller reads them. */
  readonly validation: readonly string[];
  /** Side of the random square crops, in pixels. */
  readonly crop: number;
  /** Whether half of the crops are mirrored, left to right. */
  readonly flips: boolean;
}

/** Intervals between regular actions, in steps. */
export interface IntervalSettings {
  /** Interval between lines of the loss log. */
  readonly log: number;
  /** Interval between checkpoints; each also writes a model file. A killed process loses at most this many steps. */
  readonly checkpoint: number;
  /** Interval between measurements of bits per dimension of the averaged weights on held-out images; 0: never. */
  readonly validation: number;
}

/** Settings of the measurements on held-out images. */
export interface ValidationSettings {
  /** Largest number of images. */
  readonly images: number;
  /** Number of steps of the process that one evaluated step stands for, as in `analyze`. */
  readonly stride: number;
}

/** Config of a training; made by {@link parseTrainingConfig}. */
export interface TrainingConfig {
  readonly network: UnetTraining | PhotoTraining;
  readonly data: DataSettings;
  readonly optimizer: OptimizerSettings;
  /** Final decay of the moving average of the weights, 0..1. */
  readonly ema: number;
  /** Number of examples in the batch of a step. */
  readonly batch: number;
  /** Number of examples that go through the network at a time. */
  readonly portion: number;
  /** Length of the training, in steps. */
  readonly steps: number;
  readonly seed: number;
  readonly every: IntervalSettings;
  readonly validation: ValidationSettings;
  /** Parsed JSON of the config file; stored in checkpoints. */
  readonly json: Readonly<Record<string, unknown>>;
}

const FREQUENCY_SPEC = 'geometric 0.3..8, 16 values, on ln(sigma)/4';
const MAX_SIZE = 8192;

/**
 * Reads a config file.
 *
 * @param text - JSON
 * @param source - name of the file, for error messages
 * @throws DdpmError `ERR_DDPM_INPUT` naming the file, and the key that is unknown or has a wrong value
 */
export function parseTrainingConfig(text: string, source: string): TrainingConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const fields = new Fields(json, source);
  const network = readNetwork(fields, source);
  const config: TrainingConfig = {
    network,
    data: readData(fields.object('data'), network),
    optimizer: readOptimizer(fields.object('optimizer')),
    ema: fields.number('ema', 0.9999, { max: 1 }),
    batch: fields.integer('batch', 128, 1, 65536),
    portion: fields.integer('portion', 16, 1, 65536),
    steps: fields.integer('steps', 800_000, 1),
    seed: fields.integer('seed', 0, 0, 2 ** 32 - 1),
    every: readIntervals(fields.object('every')),
    validation: readValidation(fields.object('validation')),
    json: json as Record<string, unknown>,
  };
  fields.finish();
  return config;
}

function readNetwork(fields: Fields, source: string): UnetTraining | PhotoTraining {
  const { architecture, ...sizes } = fields.raw('network');
  const choices = new Fields({ architecture: architecture ?? null }, source, 'network.');
  const name = choices.choice('architecture', 'ddpm-unet', ['ddpm-unet', 'photo-net']);
  const objective = fields.object('objective');
  if (name === 'photo-net') return readPhoto(new Fields(sizes, source, 'network.'), objective);
  const scheduler = fields.raw('scheduler');
  const fail = (message: string): DdpmError => new DdpmError('ERR_DDPM_INPUT', `${source}: network: ${message}`);
  const config = parseUnetConfig(sizes, fail);
  const { schedule, variance } = readScheduler(scheduler, source);
  return {
    architecture: 'ddpm-unet',
    config,
    schedule,
    modelConfig: { architecture: 'ddpm-unet', unet: unetConfigFields(config), scheduler },
    objective: { ...readEpsilonObjective(objective), variance },
  };
}

/** Known keys of `scheduler`, as in a `scheduler_config.json`. {@link fromConfig} would ignore unknown ones. */
const SCHEDULER_KEYS = [
  'num_train_timesteps',
  'beta_schedule',
  'beta_start',
  'beta_end',
  'trained_betas',
  'variance_type',
  'clip_sample',
];

function readScheduler(scheduler: Readonly<Record<string, unknown>>, source: string): SchedulerConfig {
  const unknown = Object.keys(scheduler).find((key) => !SCHEDULER_KEYS.includes(key));
  if (unknown !== undefined) {
    throw new DdpmError(
      'ERR_DDPM_INPUT',
      `${source}: unknown key "scheduler.${unknown}", known: ${SCHEDULER_KEYS.join(', ')}`,
    );
  }
  try {
    return fromConfig(scheduler, `${source}: scheduler`);
  } catch (error) {
    throw error instanceof DdpmError ? new DdpmError('ERR_DDPM_INPUT', error.message, { cause: error }) : error;
  }
}

function readEpsilonObjective(fields: Fields): Omit<EpsilonObjective, 'variance'> {
  const objective: Omit<EpsilonObjective, 'variance'> = {
    kind: fields.choice('kind', 'simple', ['simple', 'bound', 'mixed']),
    boundShare: fields.number('boundShare', 0.5, { max: 1 }),
  };
  fields.finish();
  return objective;
}

function readPhoto(sizes: Fields, objective: Fields): PhotoTraining {
  const widths = sizes.numbers('widths', [48, 64, 96, 128], { min: 1 });
  const blocks = sizes.numbers('blocks', [2, 2, 2, 2], { length: widths.length, min: 1 });
  const config: PhotoNetConfig = {
    widths,
    blocks,
    embedding: sizes.integer('embedding', 64, 1, MAX_SIZE),
    patch: sizes.integer('patch', 2, 1, 16),
    sigmaData: sizes.number('sigmaData', 0.5, { min: 1e-3, max: 1e3 }),
  };
  for (const [field, numbers] of Object.entries({ widths, blocks })) {
    const areSizes = numbers.every((size) => Number.isInteger(size) && size <= MAX_SIZE);
    if (!areSizes) throw sizes.fail(field, `integers 1..${MAX_SIZE}`);
  }
  sizes.finish();
  const [low, middle, high] = objective.numbers('sigmas', [0.004, 3, 60], { length: 3, min: 1e-6 });
  if (!(low < middle && middle < high)) throw objective.fail('sigmas', 'three ascending noise levels');
  const settings: PhotoObjective = {
    likelihoodWeight: objective.number('likelihoodWeight', 0.1, { max: 1e3 }),
    sigmas: [low, middle, high],
    highShare: objective.number('highShare', 0.12, { min: 0.001, max: 0.999 }),
  };
  objective.finish();
  const { sigmaData, ...named } = config;
  const modelConfig = {
    architecture: 'photo-net',
    ...named,
    sigma_data: sigmaData,
    embedding_frequencies: FREQUENCY_SPEC,
  };
  return { architecture: 'photo-net', config, modelConfig, objective: settings };
}

function readData(fields: Fields, network: UnetTraining | PhotoTraining): DataSettings {
  const native = network.architecture === 'ddpm-unet' ? network.config.sampleSize : 64;
  const data: DataSettings = {
    name: fields.text('name', 'unnamed'),
    train: fields.texts('train', []),
    validation: fields.texts('validation', []),
    crop: fields.integer('crop', native, 1, 4096),
    flips: fields.boolean('flips', true),
  };
  const { config } = network;
  const levels = 'widths' in config ? config.widths.length : config.blockOutChannels.length;
  const multiple = ('patch' in config ? config.patch : 1) * 2 ** (levels - 1);
  if (data.crop % multiple !== 0) throw fields.fail('crop', `a multiple of ${multiple}, which the network takes`);
  fields.finish();
  return data;
}

function readOptimizer(fields: Fields): OptimizerSettings {
  const settings: OptimizerSettings = {
    learningRate: fields.number('learningRate', 2e-4, { max: 1 }),
    beta1: fields.number('beta1', 0.9, { max: 0.999999 }),
    beta2: fields.number('beta2', 0.999, { max: 0.999999 }),
    epsilon: fields.number('epsilon', 1e-8, { min: 1e-30, max: 1 }),
    warmupSteps: fields.integer('warmupSteps', 5000, 0),
    decay: fields.choice('decay', 'constant', ['constant', 'cosine']),
    clipNorm: fields.number('clipNorm', 1, { min: 1e-12 }),
  };
  fields.finish();
  return settings;
}

function readIntervals(fields: Fields): IntervalSettings {
  const every: IntervalSettings = {
    log: fields.integer('log', 100, 1),
    checkpoint: fields.integer('checkpoint', 1000, 1),
    validation: fields.integer('validation', 10_000, 0),
  };
  fields.finish();
  return every;
}

function readValidation(fields: Fields): ValidationSettings {
  const settings: ValidationSettings = {
    images: fields.integer('images', 64, 1),
    stride: fields.integer('stride', 50, 1),
  };
  fields.finish();
  return settings;
}
