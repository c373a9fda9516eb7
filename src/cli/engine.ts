import { availableParallelism } from 'node:os';
import type { BackendName, Codec } from '../index.ts';
import type { Library } from './library.ts';
import { defined } from './task.ts';

/** Options of the commands that run the model. */
export interface EngineOptions {
  readonly model?: string;
  readonly backend?: BackendName;
  /** Files worked on at a time; default 1. */
  readonly threads?: number | 'all';
}

/** Encoder and decoder as the commands use them; `threads` says how many files at a time. */
export interface Engine extends Pick<Codec, 'encode' | 'decode'> {
  readonly threads: number;
}

/**
 * Runs a task with an encoder and decoder: a pool of workers where there is more than one file for more than one thread, this
 * thread otherwise.
 *
 * @param files - how many there are to work on
 */
export async function withEngine(
  options: EngineOptions,
  files: number,
  library: Library,
  task: (engine: Engine) => Promise<void>,
): Promise<void> {
  const shared = defined({ model: options.model, backend: options.backend });
  const wanted = options.threads === 'all' ? availableParallelism() : (options.threads ?? 1);
  const threads = Math.min(wanted, files);
  if (threads <= 1) {
    return task({
      threads: 1,
      encode: (image, more) => library.encode(image, { ...more, ...shared }),
      decode: (bytes, more) => library.decode(bytes, { ...more, ...shared }),
    });
  }
  const codec = await library.createCodec({ ...shared, threads });
  try {
    await task({ threads, encode: (...args) => codec.encode(...args), decode: (...args) => codec.decode(...args) });
  } finally {
    await codec.close();
  }
}
