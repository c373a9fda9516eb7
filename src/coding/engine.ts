/** Where encode and decode get their work done: a model in this thread, or a pool of threads that have it. */
import type { Executor } from '../codec/executor/executor.ts';
import { inlineExecutor } from '../codec/executor/inline-executor.ts';
import { openTransport, type TransportChoice } from '../codec/executor/open-transport.ts';
import type { Model } from '../model/denoiser.ts';
import type { RunOptions } from './run-options.ts';

/** A model that is ready to work. */
export interface Engine {
  /** First 8 bytes of the SHA-256 of the weights file, in lower-case hexadecimal. */
  readonly modelId: string;
  /** The model takes windows of one size alone, so its streams have no pyramid. */
  readonly flat: boolean;
  /** Who does the jobs of one stream. */
  executor(transport: TransportChoice): Executor;
}

/**
 * Loads the model that the options name; if they name none, that with the id `streamModel`, if it is known, or the default.
 */
export type OpenEngine = (options: Pick<RunOptions, 'model' | 'backend'>, streamModel?: string) => Promise<Engine>;

/** An engine in this thread. */
export function inlineEngine(model: Model): Engine {
  return {
    modelId: model.id,
    flat: model.denoiser.windowSize !== undefined,
    executor: (transport) => inlineExecutor(model, openTransport(transport)),
  };
}
