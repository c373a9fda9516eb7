/** What encode and decode do alike around the walk: turns for the event loop, progress, abort, timing. */

import { checkChoice, checkNumber } from '../base/check-options.ts';
import { nextTurn } from '../base/event-loop.ts';
import type {
  Executor,
  ResidualJob,
  ResidualResult,
  StageTimes,
  TileJob,
  TileResult,
  WindowJob,
  WindowResult,
} from '../codec/executor/executor.ts';
import type { LadderStep } from '../codec/format/noise-ladder.ts';
import type { BackendName } from '../model/backends/backend.ts';

/** How far a run has come; one event after each layer. */
export interface Progress {
  readonly phase: 'encode' | 'decode';
  /** Layers done. */
  readonly step: number;
  /** Layers in all. */
  readonly steps: number;
  /** Share of the work done, 0..1 (a layer of a coarse pyramid level is cheap). */
  readonly fraction: number;
}

/** Options that encode and decode share. */
export interface RunOptions {
  /** Name or id of a model (`listModels`), or path of a weights file. Default: the model that the stream names, or the shipped one. */
  readonly model?: string;
  /** Default `wasm`: the same result on every machine. */
  readonly backend?: BackendName;
  /** Stops the run between two windows or tiles; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Largest number of pixels accepted; default 268402689, as in sharp. */
  readonly limitInputPixels?: number;
}

/** Names of {@link RunOptions}, for the check of unknown keys. */
export const RUN_OPTION_KEYS: readonly string[] = ['model', 'backend', 'signal', 'onProgress', 'limitInputPixels'];

/** Backends by name, the default first. */
export const BACKENDS: readonly BackendName[] = ['wasm', 'cpu', 'tensorflow'];

/** The backend whose results are the same on every machine. */
export const PORTABLE_BACKEND: BackendName = 'wasm';

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

/** An executor that adds up where the time goes, lets the event loop have its turn before each job, and ends on abort. */
export class AttendedExecutor implements Executor {
  readonly calibration: Executor['calibration'];
  readonly sizeMultiple: number;
  readonly windowSize?: number;
  readonly concurrency: number;
  readonly #executor: Executor;
  readonly #signal: AbortSignal | undefined;
  #times: StageTimes = { networkMs: 0, channelMs: 0, whiteningMs: 0 };

  constructor(executor: Executor, { signal }: RunOptions) {
    const { calibration, sizeMultiple, windowSize, concurrency } = executor;
    this.calibration = calibration;
    this.sizeMultiple = sizeMultiple;
    if (windowSize !== undefined) this.windowSize = windowSize;
    this.concurrency = concurrency;
    this.#executor = executor;
    this.#signal = signal;
  }

  /** What the jobs so far took, over all threads. */
  get times(): StageTimes {
    return this.#times;
  }

  denoise(job: WindowJob): Promise<WindowResult> {
    return this.#attend(() => this.#executor.denoise(job));
  }

  residual(job: ResidualJob): Promise<ResidualResult> {
    return this.#attend(() => this.#executor.residual(job));
  }

  takeStep(job: TileJob): Promise<TileResult> {
    return this.#attend(() => this.#executor.takeStep(job));
  }

  async #attend<T extends { readonly time: StageTimes }>(run: () => Promise<T>): Promise<T> {
    await nextTurn();
    this.#signal?.throwIfAborted();
    const result = await run();
    const { networkMs, channelMs, whiteningMs } = this.#times;
    this.#times = {
      networkMs: networkMs + result.time.networkMs,
      channelMs: channelMs + result.time.channelMs,
      whiteningMs: whiteningMs + result.time.whiteningMs,
    };
    return result;
  }
}

/** Work of a tail in units of a layer of the full size. */
const TAIL_WORK = 0.5;
/** A tail reports its progress and lets others have their turn after so many milliseconds. */
const TAIL_TURN_MS = 50;

/** Reports the end of each layer, and ends on abort. */
export class Checkpoints {
  readonly #options: RunOptions;
  readonly #phase: 'encode' | 'decode';
  /** Share of the work that is done after each layer: a layer costs as much as its level has pixels. */
  readonly #fractions: number[] = [];

  /** @param tail - a tail follows the layers: one more step */
  constructor(phase: 'encode' | 'decode', steps: readonly LadderStep[], options: RunOptions, tail = false) {
    this.#phase = phase;
    this.#options = options;
    let sum = 0;
    for (const { level } of steps) {
      sum += 4 ** -level;
      this.#fractions.push(sum);
    }
    if (tail) {
      sum += TAIL_WORK;
      this.#fractions.push(sum);
    }
    this.#fractions = this.#fractions.map((part) => part / sum);
  }

  /** @throws the signal's reason if the run was aborted */
  async pass(layers: number): Promise<void> {
    const known = Math.min(layers, this.#fractions.length);
    await this.#report(known, known === 0 ? 0 : this.#fractions[known - 1]);
  }

  /**
   * Drains the coder of a tail.
   *
   * @param rows - of the picture
   * @throws the signal's reason if the run was aborted
   */
  async drainTail<T>(coder: Generator<number, T, void>, rows: number): Promise<T> {
    const layers = this.#fractions.length - 1;
    const from = this.#fractions[layers - 1] ?? 0;
    let turn = performance.now();
    for (;;) {
      const { done, value } = coder.next();
      if (done) {
        await this.#report(layers + 1, 1);
        return value;
      }
      if (performance.now() - turn < TAIL_TURN_MS) continue;
      await this.#report(layers, from + ((1 - from) * value) / rows);
      turn = performance.now();
    }
  }

  async #report(layers: number, fraction: number): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.({ phase: this.#phase, step: layers, steps: this.#fractions.length, fraction });
    await nextTurn(); // so that a caller who aborts on progress is heard
    this.#options.signal?.throwIfAborted();
  }
}
