/** Trains a model: runs the optimiser and writes the log, checkpoints and the model file. */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { NamedPlane } from '../analysis/image-planes.ts';
import { DdpmError } from '../base/errors.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { Backend, BackendName } from '../model/backends/backend.ts';
import { openBackend } from '../model/backends/open-backend.ts';
import { adamStart, adamStep, averageStep, learningRateAt } from '../model/training/optimizer.ts';
import { initialVector, layOut, type ParameterLayout } from '../model/training/parameter-layout.ts';
import { uniformOf } from '../model/training/training-random.ts';
import { Batches } from './batches.ts';
import { readCheckpoint, type TrainingState, writeCheckpoint } from './checkpoint.ts';
import { networkOf } from './config-network.ts';
import { EventFile } from './event-file.ts';
import { exportModel } from './export-model.ts';
import { pooledGradients } from './gradient-pool.ts';
import { type GradientSource, localGradients } from './gradient-source.ts';
import { makeFolder, readIfThere, replaceFile } from './run-files.ts';
import type { TrainingConfig } from './training-config.ts';
import { appendLog, type LogEntry, trimLog } from './training-log.ts';
import { validationBits, validationPlanes } from './validation.ts';

/** Names of the files in the output folder. */
export const TRAINING_FILES = {
  checkpoint: 'checkpoint.safetensors',
  model: 'model.safetensors',
  log: 'log.jsonl',
} as const;

/** Progress of a training. */
export interface TrainProgress {
  /** Number of completed steps, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** step / steps. */
  readonly fraction: number;
  /** Loss of the last step. */
  readonly loss: number;
  /** The latest line of the log; undefined if there is none yet. */
  readonly entry: LogEntry | undefined;
}

/** Options of `train`. On the same backend, only `images` and `threads` influence the weights. */
export interface TrainOptions {
  /** Images to train on, 8 bits a sample and at least as large as the crops of the config. All are kept in memory. */
  readonly images: readonly RawImage[];
  /** Held-out images; required unless `every.validation` of the config is 0. */
  readonly validation?: readonly RawImage[];
  /** Folder for checkpoint, model, log and events; created if it does not exist. */
  readonly output: string;
  /**
   * Whether to continue from a checkpoint in the folder. Default false: then a checkpoint in the folder is an error.
   */
  readonly resume?: boolean;
  /** Whether to write the log as event files of TensorBoard as well; default true. */
  readonly tensorboard?: boolean;
  /** Default: `tensorflow` if it can be started on this machine, otherwise `wasm`. */
  readonly backend?: BackendName;
  /** Number of threads that compute gradients, for the backends `wasm` and `cpu`; default 1. */
  readonly threads?: number;
  /** Aborting it ends the training after the current step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Called after each step. */
  readonly onProgress?: (progress: TrainProgress) => void;
}

/** Result of a training. */
export interface TrainResult {
  /** Path of the model file, with the averaged weights. */
  readonly model: string;
  /** Number of completed steps. */
  readonly step: number;
  /** True if the signal ended the training before its last step. */
  readonly interrupted: boolean;
  /** Number of parameters of the network (single values). */
  readonly parameters: number;
  /** {@link Backend.description} of the backend that was used. */
  readonly backend: string;
  /** Ideal bits a dimension on held-out images, as measured last; null if they were not measured in this run. */
  readonly validationBitsPerDim: number | null;
}

/**
 * Trains a model. On the wasm backend, the same config, images and number of threads give the same weights, whether or
 * not the training was interrupted and resumed. If the signal is aborted, the training writes a checkpoint after the
 * current step and returns. A process that is killed loses the steps since the last checkpoint.
 *
 * @param config - from {@link parseTrainingConfig}
 * @throws DdpmError `ERR_DDPM_INPUT` if images are missing or too small, the loss is not finite, or the checkpoint was
 *   made with another config; `ERR_DDPM_MODEL_CORRUPT` if the checkpoint is damaged; `ERR_DDPM_OUTPUT` if the folder
 *   cannot be written, or contains a checkpoint and `resume` is not set; `ERR_DDPM_BACKEND` if the backend cannot start
 */
export async function train(config: TrainingConfig, options: TrainOptions): Promise<TrainResult> {
  const backend = await chooseBackend(options.backend);
  const run = new TrainingRun(config, backend, options);
  try {
    return await run.drive();
  } finally {
    await run.close();
  }
}

async function chooseBackend(name: BackendName | undefined): Promise<Backend> {
  if (name !== undefined) return openBackend(name);
  try {
    return await openBackend('tensorflow');
  } catch {
    return openBackend('wasm'); // TrainResult.backend tells which backend was used
  }
}

/** Sums over the steps since the last line of the log. */
interface Tally {
  loss: number;
  norm: number;
  steps: number;
  /** Time of the steps in milliseconds, without validation and checkpoints. */
  ms: number;
}

class TrainingRun {
  readonly #config: TrainingConfig;
  readonly #options: TrainOptions;
  readonly #backend: Backend;
  readonly #layout: ParameterLayout;
  readonly #batches: Batches;
  readonly #planes: NamedPlane[];
  readonly #gradients: GradientSource;
  readonly #state: TrainingState;
  readonly #events: EventFile | undefined;
  readonly #startMs: number = performance.now();
  readonly #earlierSeconds: number;
  #tally: Tally = { loss: 0, norm: 0, steps: 0, ms: 0 };
  #entry: LogEntry | undefined;
  #validation: number | null = null;
  #savedStep = -1;

  constructor(config: TrainingConfig, backend: Backend, options: TrainOptions) {
    const { data, batch, seed, every } = config;
    this.#config = config;
    this.#options = options;
    this.#backend = backend;
    const network = networkOf(config);
    this.#layout = layOut(network.parameters);
    this.#batches = new Batches(options.images, { batch, crop: data.crop, flips: data.flips, seed });
    const heldOut = options.validation ?? [];
    if (every.validation > 0 && heldOut.length === 0) {
      throw new DdpmError(
        'ERR_DDPM_INPUT',
        'no images held out for validation. Give some, or set "every.validation" to 0',
      );
    }
    this.#planes = every.validation > 0 ? validationPlanes(heldOut, config.validation.images, data.crop) : [];
    makeFolder(options.output);
    this.#state = this.#restore() ?? {
      step: 0,
      seconds: 0,
      ...startOf(initialVector(this.#layout, (parameter) => network.initialBound(parameter), uniformOf(seed, 'start'))),
    };
    this.#earlierSeconds = this.#state.seconds;
    trimLog(this.#path('log'), this.#state.step);
    if (options.tensorboard ?? true) this.#events = new EventFile(options.output, this.#state.step);
    const threads = backend.name === 'tensorflow' ? 1 : Math.min(options.threads ?? 1, batch);
    const size = this.#layout.total;
    this.#gradients =
      threads > 1 ? pooledGradients(config, backend, { size, threads }) : localGradients(config, backend);
  }

  #path(file: keyof typeof TRAINING_FILES): string {
    return join(this.#options.output, TRAINING_FILES[file]);
  }

  /** Reads the checkpoint in the output folder; undefined if there is none. */
  #restore(): TrainingState | undefined {
    const source = this.#path('checkpoint');
    const bytes = readIfThere(source);
    if (bytes === undefined) return undefined;
    if (!this.#options.resume) {
      throw new DdpmError('ERR_DDPM_OUTPUT', `${source} exists: go on with --resume, or give another folder`);
    }
    const state = readCheckpoint(bytes, { source, config: this.#config, size: this.#layout.total });
    this.#savedStep = state.step;
    return state;
  }

  async drive(): Promise<TrainResult> {
    const { steps } = this.#config;
    const { signal, onProgress } = this.#options;
    if (this.#state.step === 0) await this.#report();
    while (this.#state.step < steps && !signal?.aborted) {
      const loss = await this.#step();
      const { step } = this.#state;
      await this.#report();
      onProgress?.({ step, steps, fraction: step / steps, loss, entry: this.#entry });
      await setImmediate();
    }
    this.#save();
    const { step } = this.#state;
    return {
      model: this.#path('model'),
      step,
      interrupted: step < steps,
      parameters: this.#layout.total,
      backend: this.#backend.description,
      validationBitsPerDim: this.#validation,
    };
  }

  /** Takes one step of the optimiser and returns the loss. */
  async #step(): Promise<number> {
    const startMs = performance.now();
    const { optimizer: settings, steps, ema } = this.#config;
    const { step, parameters, average, adam } = this.#state;
    const gradient = new Float32Array(parameters.length);
    const loss = await this.#gradients.run(parameters, this.#batches.batchOf(step), gradient);
    if (!Number.isFinite(loss)) {
      throw new DdpmError('ERR_DDPM_INPUT', `the loss is ${loss} at step ${step}. Lower "optimizer.learningRate"`);
    }
    const rate = learningRateAt(settings, step, steps);
    const norm = adamStep(parameters, gradient, adam, { settings, step, rate });
    averageStep(average, parameters, step, ema);
    this.#state.step = step + 1;
    this.#state.seconds = this.#earlierSeconds + (performance.now() - this.#startMs) / 1000;
    const tally = this.#tally;
    tally.loss += loss;
    tally.norm += norm;
    tally.steps++;
    tally.ms += performance.now() - startMs;
    return loss;
  }

  /** Writes the checkpoint, validates and logs, where they are due at this step. */
  async #report(): Promise<void> {
    const { every, steps } = this.#config;
    const { step } = this.#state;
    const isLast = step === steps;
    const isDue = (interval: number): boolean => interval > 0 && (step % interval === 0 || isLast);
    const validates = isDue(every.validation);
    // Saves before the validation, which takes long, so that the process can be killed meanwhile.
    if (step > 0 && isDue(every.checkpoint)) this.#save();
    if (validates) {
      const { validation: settings } = this.#config;
      this.#validation = await validationBits(this.#model(), this.#planes, { settings, backend: this.#backend });
    }
    if (validates || (step > 0 && isDue(every.log))) this.#log(validates ? this.#validation : null);
  }

  #log(bits: number | null): void {
    const { steps, batch, optimizer } = this.#config;
    const tally = this.#tally;
    const { step, seconds } = this.#state;
    this.#entry = {
      step,
      loss: tally.steps > 0 ? tally.loss / tally.steps : null,
      gradientNorm: tally.steps > 0 ? tally.norm / tally.steps : null,
      learningRate: step > 0 ? learningRateAt(optimizer, step - 1, steps) : 0,
      imagesPerSecond: tally.ms > 0 ? (1000 * batch * tally.steps) / tally.ms : null,
      seconds,
      ...(bits !== null && { validationBitsPerDim: bits }),
    };
    appendLog(this.#path('log'), this.#entry);
    this.#events?.append(this.#entry);
    this.#tally = { loss: 0, norm: 0, steps: 0, ms: 0 };
  }

  #model(): Uint8Array {
    const { average, step } = this.#state;
    return exportModel(average, { layout: this.#layout, config: this.#config, step });
  }

  /** Writes the checkpoint and the model, unless they were already written at this step. */
  #save(): void {
    if (this.#savedStep === this.#state.step) return;
    replaceFile(this.#path('model'), this.#model());
    replaceFile(this.#path('checkpoint'), writeCheckpoint(this.#state, this.#config));
    this.#savedStep = this.#state.step;
  }

  close(): Promise<void> {
    return this.#gradients.close();
  }
}

function startOf(parameters: Float32Array): Pick<TrainingState, 'parameters' | 'average' | 'adam'> {
  return { parameters, average: parameters.slice(), adam: adamStart(parameters.length) };
}
