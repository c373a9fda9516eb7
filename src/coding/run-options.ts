/** Options that encode and decode share. */
import { checkBoolean, checkChoice, checkListeners, checkNumber } from '../base/check-options.ts';
import { DdpmError } from '../base/errors.ts';
import type { TransportName } from '../codec/transport/transport.ts';
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
  /**
   * True: results are the same to the bit on every machine, which needs the backend `wasm`. By default lossy pictures may
   * differ in single samples by one grey level, where the machine can run the network in fused arithmetic; lossless ones
   * never differ.
   */
  readonly portable?: boolean;
  /** Aborts the run between two windows or tiles; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Largest number of pixels accepted; default 268402689, as in sharp. */
  readonly limitInputPixels?: number;
}

/** Names of {@link RunOptions}, for the check of unknown keys. */
export const RUN_OPTION_KEYS: readonly string[] = [
  'model',
  'backend',
  'portable',
  'signal',
  'onProgress',
  'limitInputPixels',
];

/** Names of the backends, the default first. */
export const BACKENDS: readonly BackendName[] = ['wasm', 'cpu', 'tensorflow', 'webgpu'];

/** The backend that gives the same results, to the bit, on every machine. */
export const PORTABLE_BACKEND: BackendName = 'wasm';

/**
 * Whether the network's results must be the same to the bit on every machine: a tail and dithered layers depend on them.
 *
 * @param stream - `lossless`: a tail follows the layers
 */
export function needsExact(
  { lossless, transport }: { readonly lossless: boolean; readonly transport: TransportName },
  { portable = false }: Pick<RunOptions, 'portable'>,
): boolean {
  return portable || lossless || transport === 'dithered';
}

/**
 * Checks that a backend computes alike on every machine.
 *
 * @param what - what needs that, plural: `lossless files`
 * @throws DdpmError `ERR_DDPM_BACKEND` if it does not
 */
export function requirePortable(what: string, backend: BackendName = PORTABLE_BACKEND): void {
  if (backend === PORTABLE_BACKEND) return;
  const why = `its arithmetic differs from machine to machine; ${what} need the backend ${PORTABLE_BACKEND}`;
  throw new DdpmError('ERR_DDPM_BACKEND', `backend ${backend}: ${why}`);
}

/**
 * How the network computes: the same bits on every machine, fused multiply-adds whose last bits may differ, or as the backend
 * does.
 */
export type NetworkArithmetic = 'exact' | 'fused' | 'native';

/** The arithmetic of a run. */
export function arithmeticOf(
  { backend, fused }: { readonly backend: BackendName; readonly fused: boolean },
  { exact }: { readonly exact: boolean },
): NetworkArithmetic {
  if (backend !== PORTABLE_BACKEND) return 'native';
  return fused && !exact ? 'fused' : 'exact';
}

/**
 * Checks the options that encode and decode share.
 *
 * @throws TypeError or RangeError for a wrong option; DdpmError `ERR_DDPM_BACKEND` if results must be portable and the
 *   backend is not
 */
export function checkRunOptions(options: RunOptions): void {
  checkChoice('backend', options.backend, BACKENDS);
  checkBoolean('portable', options.portable);
  checkNumber('limitInputPixels', options.limitInputPixels, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (options.model !== undefined && typeof options.model !== 'string') {
    throw new TypeError('"model" expected path of a weights file');
  }
  checkListeners(options);
  if (options.portable) requirePortable('results that are the same everywhere ("portable")', options.backend);
}
