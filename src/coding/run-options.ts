/** Options that encode and decode share. */
import { checkChoice, checkListeners, checkNumber } from '../base/check-options.ts';
import type { BackendName } from '../model/backends/backend.ts';

/** Progress of a run, reported after each layer. */
export interface Progress {
  readonly phase: 'encode' | 'decode';
  /** Number of layers done. */
  readonly step: number;
  /** Number of layers in all. */
  readonly steps: number;
  /** Share of the work done, 0..1 (a layer of a coarse pyramid level is cheap). */
  readonly fraction: number;
}

/** Options that encode and decode share. */
export interface RunOptions {
  /**
   * Name or id of a model (`models.list`), or path of a weights file. Default: the model that the stream names, or the
   * shipped one.
   */
  readonly model?: string;
  /** Tensor backend; default `wasm`, which gives the same result on every machine. */
  readonly backend?: BackendName;
  /** Aborts the run between two windows or tiles; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Largest number of pixels accepted; default 268402689, as in sharp. */
  readonly limitInputPixels?: number;
}

/** Names of {@link RunOptions}, for the check of unknown keys. */
export const RUN_OPTION_KEYS: readonly string[] = ['model', 'backend', 'signal', 'onProgress', 'limitInputPixels'];

/** Names of the backends, the default first. */
export const BACKENDS: readonly BackendName[] = ['wasm', 'cpu', 'tensorflow'];

/** The backend that gives the same results, to the bit, on every machine. */
export const PORTABLE_BACKEND: BackendName = 'wasm';

/**
 * Checks the options that encode and decode share.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export function checkRunOptions(options: RunOptions): void {
  checkChoice('backend', options.backend, BACKENDS);
  checkNumber('limitInputPixels', options.limitInputPixels, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (options.model !== undefined && typeof options.model !== 'string') {
    throw new TypeError('"model" expected path of a weights file');
  }
  checkListeners(options);
}
