/** Interface of engines, which run the model for encoder and decoder: in this thread, or on a pool of threads. */
import type { Executor } from '../codec/executor/executor.ts';
import { inlineExecutor } from '../codec/executor/inline-executor.ts';
import { openTransport, type TransportChoice } from '../codec/executor/open-transport.ts';
import type { BackendName } from '../model/backends/backend.ts';
import type { Model } from '../model/denoiser.ts';
import { PORTABLE_BACKEND, type RunOptions } from './run-options.ts';

/** A loaded model that can run the jobs of streams. */
export interface Engine {
  /** First 8 bytes of the SHA-256 of the weights file, in lower-case hexadecimal. */
  readonly modelId: string;
  /** What runs the network. */
  readonly backend: BackendName;
  /** True: the model takes windows of one size only, so its streams have no pyramid. */
  readonly flat: boolean;
  /** True: where results need not be exact, the network runs in fused arithmetic. */
  readonly fused: boolean;
  /**
   * Creates the executor for the jobs of one stream.
   *
   * @param signal - once it aborts, jobs that wait for a thread are no longer done
   */
  executor(transport: TransportChoice, signal?: AbortSignal): Executor;
}

/** What a stream needs of an engine. */
export interface EngineNeeds {
  /** Id of the model that the stream names. */
  readonly streamModel?: string;
  /** True: the network's results must be the same to the bit on every machine. */
  readonly exact: boolean;
}

/**
 * Opens an engine with the model that the options name; if they name none, with that of the stream, if it is known, or else
 * with the default model. Without a backend in the options, any may be taken that does what is needed.
 */
export type OpenEngine = (options: Pick<RunOptions, 'model' | 'backend'>, needs: EngineNeeds) => Promise<Engine>;

/**
 * Creates an engine in this thread.
 *
 * @param backend - which the model was loaded for
 */
export function inlineEngine(model: Model, backend: BackendName = PORTABLE_BACKEND): Engine {
  return {
    modelId: model.id,
    backend,
    flat: model.denoiser.windowSize !== undefined,
    fused: model.denoiser.fused === true,
    executor: (transport) => inlineExecutor(model, openTransport(transport)),
  };
}
