import { checkBoolean, checkChoice, checkKeys, checkListeners, checkNumber } from '../base/check-options.ts';
import { BACKENDS } from '../coding/run-options.ts';
import { checkRawImage } from '../image/raw-image.ts';
import { MAX_THREADS } from '../node/threads/thread-limit.ts';
import type { TrainingConfig } from '../training/training-config.ts';
import type { TrainOptions, TrainResult } from '../training/training-run.ts';

const KEYS = ['images', 'validation', 'output', 'resume', 'tensorboard', 'backend', 'threads', 'signal', 'onProgress'];

/**
 * Trains a model according to a config. The same config, images and number of threads give the same weights on the wasm
 * backend, whether or not the training was interrupted. If the signal aborts, training finishes the current step,
 * writes a checkpoint and returns; a process that is killed loses the steps since the last checkpoint.
 *
 * @param config - from `parseTrainingConfig`
 * @throws DdpmError `ERR_DDPM_INPUT` for images that do not fit or a checkpoint of another config, `ERR_DDPM_OUTPUT` if
 *   the folder cannot be written, or holds a checkpoint and `resume` is not given, `ERR_DDPM_BACKEND`; TypeError or
 *   RangeError for a wrong option
 */
export async function train(config: TrainingConfig, options: TrainOptions): Promise<TrainResult> {
  checkKeys(options, KEYS);
  const { images, validation = [], output } = options;
  if (!Array.isArray(images) || images.length === 0) throw new TypeError('"images" expected at least one image');
  for (const image of [...images, ...validation]) checkRawImage(image);
  if (typeof output !== 'string' || output === '') throw new TypeError('"output" expected path of a folder');
  checkBoolean('tensorboard', options.tensorboard);
  checkChoice('backend', options.backend, BACKENDS);
  checkNumber('threads', options.threads, { min: 1, max: MAX_THREADS, integer: true });
  checkListeners(options);
  // Imported here because the tensor library takes a third of a second to load, which other commands need not wait for.
  const { train: run } = await import('../training/training-run.ts');
  return run(config, options);
}
