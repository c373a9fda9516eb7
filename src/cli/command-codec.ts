import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { BackendName } from '../model/backends/backend.ts';
import type { Codec } from '../node/threads/pooled-codec.ts';
import { defined } from './command-options.ts';
import type { Job } from './files/file-jobs.ts';
import type { Library } from './library.ts';

/** Options of the commands that run the model. */
export interface EngineOptions {
  readonly model?: string;
  readonly backend?: BackendName;
  /** Default 1. */
  readonly threads?: number | 'all';
}

/** Encoder and decoder as the commands use them. */
export interface Engine extends Pick<Codec, 'encode' | 'decode'> {
  /** Files to work on at a time. */
  readonly files: number;
}

/** Inputs of up to so many bytes are many at a time: small pictures share runs of the network. A 64x64 PNG has less. */
const SMALL_BYTES = 16_000;
/** Small files at a time for each thread; as many as a codec takes. */
const SMALL_FILES_A_THREAD = 16;

/**
 * Runs a task with an encoder and decoder: this thread and one file after the other for one thread, otherwise a pool of workers,
 * which share the parts of one file as well as many files.
 *
 * @param jobs - the files to work on
 */
export async function withEngine(
  options: EngineOptions,
  jobs: readonly Job[],
  library: Library,
  task: (engine: Engine) => Promise<void>,
): Promise<void> {
  const shared = defined({ model: options.model, backend: options.backend });
  const threads = options.threads === 'all' ? availableParallelism() : (options.threads ?? 1);
  if (threads === 1 || jobs.length === 0) {
    return task({
      files: 1,
      encode: (image, more) => library.encode(image, { ...more, ...shared }),
      decode: (bytes, more) => library.decode(bytes, { ...more, ...shared }),
    });
  }
  const files = threads * (jobs.every(isSmall) ? SMALL_FILES_A_THREAD : 1);
  const codec = await library.createCodec({ ...shared, threads });
  try {
    await task({ files, encode: (...args) => codec.encode(...args), decode: (...args) => codec.decode(...args) });
  } finally {
    await codec.close();
  }
}

/** What is not there is small too; reading it will fail. */
function isSmall({ input }: Job): boolean {
  return (statSync(input, { throwIfNoEntry: false })?.size ?? 0) <= SMALL_BYTES;
}
