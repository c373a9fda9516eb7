/** Checkpoints contain everything that is needed to continue a training exactly as if it had not been interrupted. */
import { DdpmError } from '../base/errors.ts';
import type { AdamState } from '../model/training/optimizer.ts';
import { ModelFile } from '../model/weights/model-file.ts';
import type { Tensor } from '../model/weights/safetensors.ts';
import { writeSafetensors } from '../model/weights/safetensors-writer.ts';
import type { TrainingConfig } from './training-config.ts';

/**
 * State of a training between two steps. It contains no state of random generators, because these depend only on seed
 * and step.
 */
export interface TrainingState {
  /** Number of completed steps. */
  step: number;
  /** Time spent on these steps, in seconds. */
  seconds: number;
  readonly parameters: Float32Array;
  /** Moving average of the parameters. */
  readonly average: Float32Array;
  readonly adam: AdamState;
}

const VERSION = 1;
/** Keys of the config that may differ when a training is resumed, because they do not change the steps. */
const FREE_KEYS = ['every', 'validation', 'portion', 'data'];

/** Writes a checkpoint file. */
export function writeCheckpoint(state: TrainingState, config: TrainingConfig): Uint8Array {
  const { step, seconds, parameters, average, adam } = state;
  const vectors = { parameters, average, 'adam.mean': adam.mean, 'adam.square': adam.square };
  const tensors = new Map(
    Object.entries(vectors).map(([name, data]): [string, Tensor] => [
      name,
      { dtype: 'F32', shape: [data.length], data },
    ]),
  );
  const checkpoint = { version: VERSION, step, seconds, training: config.json };
  return writeSafetensors({ tensors, metadata: { config: JSON.stringify(checkpoint) } });
}

/**
 * Reads a checkpoint file.
 *
 * @param bytes - the whole file
 * @param options - `source`: name of the file, for error messages; `config`: config of the training to resume; `size`:
 *   number of parameters of the network
 * @throws DdpmError `ERR_DDPM_INPUT` if the checkpoint was made with another config, `ERR_DDPM_MODEL_CORRUPT` if it is
 *   damaged
 */
export function readCheckpoint(
  bytes: Uint8Array,
  { source, config, size }: { readonly source: string; readonly config: TrainingConfig; readonly size: number },
): TrainingState {
  const file = new ModelFile(bytes, source);
  const { version, step, seconds, training } = file.config;
  if (version !== VERSION) throw file.fail(`checkpoint version is ${JSON.stringify(version)}, supported: ${VERSION}`);
  if (!Number.isSafeInteger(step) || (step as number) < 0) throw file.fail(`step is ${JSON.stringify(step)}`);
  checkSameTraining(training, config, source);
  const read = (name: string): Float32Array => file.read(name, [size]);
  return {
    step: step as number,
    seconds: typeof seconds === 'number' ? seconds : 0,
    parameters: read('parameters'),
    average: read('average'),
    adam: { mean: read('adam.mean'), square: read('adam.square') },
  };
}

function checkSameTraining(stored: unknown, config: TrainingConfig, source: string): void {
  const before = (stored ?? {}) as Record<string, unknown>;
  const keys = new Set([...Object.keys(before), ...Object.keys(config.json)]);
  for (const key of keys) {
    if (FREE_KEYS.includes(key) || JSON.stringify(before[key]) === JSON.stringify(config.json[key])) continue;
    const found = `"${key}" was ${JSON.stringify(before[key])} and is ${JSON.stringify(config.json[key])}`;
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: made with another config: ${found}. Give another output folder`);
  }
}
