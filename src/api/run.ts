/** What encode and decode do alike around the walk: turns for the event loop, progress, abort, timing. */
import { setImmediate } from 'node:timers/promises';
import type { LadderStep } from '../codec/ladder.ts';
import type { Model } from '../model/denoiser.ts';
import { checkChoice, checkNumber } from './options.ts';
import type { BackendName, RunOptions } from './types.ts';

/** Names of {@link RunOptions}, for the check of unknown keys. */
export const RUN_OPTION_KEYS: readonly string[] = ['model', 'backend', 'signal', 'onProgress', 'limitInputPixels'];

/** Backends by name, the default first. */
export const BACKENDS: readonly BackendName[] = ['wasm', 'cpu', 'tensorflow'];

/** Checks the options that encode and decode share. */
export function checkRunOptions(options: RunOptions): void {
  checkChoice('backend', options.backend, BACKENDS);
  checkNumber('limitInputPixels', options.limitInputPixels, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (options.model !== undefined && typeof options.model !== 'string') {
    throw new TypeError('"model" expected path of a weights file');
  }
  if (options.onProgress !== undefined && typeof options.onProgress !== 'function') {
    throw new TypeError('"onProgress" expected function');
  }
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new TypeError('"signal" expected AbortSignal');
  }
}

/** A stopwatch that adds up. */
export class Stopwatch {
  ms = 0;

  /** Runs a function and adds its time. */
  time<T>(run: () => T): T {
    const start = performance.now();
    try {
      return run();
    } finally {
      this.ms += performance.now() - start;
    }
  }
}

/** The model with a stopwatch around its network. */
export function timedModel(model: Model, watch: Stopwatch): Model {
  const { denoiser } = model;
  return {
    ...model,
    denoiser: {
      sizeMultiple: denoiser.sizeMultiple,
      dispose: () => denoiser.dispose(),
      async denoise(y, shape, sigma) {
        const start = performance.now();
        const posterior = await denoiser.denoise(y, shape, sigma);
        watch.ms += performance.now() - start;
        return posterior;
      },
    },
  };
}

/** Reports the end of each layer and lets the event loop (signals, aborts, progress bars) have its turn. */
export class Checkpoints {
  readonly #options: RunOptions;
  readonly #phase: 'encode' | 'decode';
  /** Share of the work that is done after each layer: a layer costs as much as its level has pixels. */
  readonly #fractions: number[] = [];

  constructor(phase: 'encode' | 'decode', steps: readonly LadderStep[], options: RunOptions) {
    this.#phase = phase;
    this.#options = options;
    let sum = 0;
    for (const { level } of steps) {
      sum += 4 ** -level;
      this.#fractions.push(sum);
    }
    this.#fractions = this.#fractions.map((part) => part / sum);
  }

  /** @throws the signal's reason if the run was aborted */
  async pass(layers: number): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const fraction = layers === 0 ? 0 : this.#fractions[layers - 1];
    this.#options.onProgress?.({ phase: this.#phase, step: layers, steps: this.#fractions.length, fraction });
    await setImmediate();
    this.#options.signal?.throwIfAborted();
  }
}
