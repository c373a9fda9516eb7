import { availableParallelism } from 'node:os';
import { defined } from '../base/defined.ts';
import type { BackendName } from '../model/backends/backend.ts';
import type { Codec } from '../node/threads/threaded-codec.ts';
import type { JobPlan } from './files/plan-jobs.ts';
import type { Library } from './library.ts';

/** Options that all commands with a model share. */
export interface EngineOptions {
  readonly model?: string;
  readonly backend?: BackendName;
  readonly portable?: true;
  /** Number of threads; default 1. */
  readonly threads?: number | 'all';
}

/** The number of threads that the options ask for. */
export function threadCount({ threads = 1 }: Pick<EngineOptions, 'threads'>): number {
  return threads === 'all' ? availableParallelism() : threads;
}

/** The number of threads for the library, if the options name one. */
export function givenThreads(options: Pick<EngineOptions, 'threads'>): { readonly threads?: number } {
  return options.threads === undefined ? {} : { threads: threadCount(options) };
}

/** Encoder and decoder for the commands. */
export interface Engine extends Pick<Codec, 'encode' | 'decode'> {
  /** Number of files to process at the same time. */
  readonly files: number;
  /** Starts the threads, if there are to be any, unless they are there. The first call of `encode` or `decode` does so, too. */
  start(): Promise<void>;
}

/**
 * Inputs up to this size are processed many at a time, because small pictures share runs of the network. PNG files of
 * 64x64 pixels are smaller.
 */
const SMALL_BYTES = 16_000;
/** Number of small files per thread that are processed at the same time; the codec accepts no more. */
const SMALL_FILES_A_THREAD = 16;

/**
 * Runs a task with an encoder and decoder. With one thread, these run in the calling thread, one file after the other;
 * otherwise in a pool of worker threads, which process several files, or parts of one file, in parallel.
 *
 * @param plan - files that the task will process
 */
export async function withEngine(
  options: EngineOptions,
  { largest }: Pick<JobPlan, 'largest'>,
  library: Library,
  task: (engine: Engine) => Promise<void>,
): Promise<void> {
  const shared = defined({ model: options.model, backend: options.backend });
  const run = defined({ portable: options.portable });
  const threads = threadCount(options);
  if (threads === 1) {
    return task({
      files: 1,
      start: async () => {},
      encode: (image, more) => library.encode(image, { ...more, ...shared, ...run }),
      decode: (bytes, more) => library.decode(bytes, { ...more, ...shared, ...run }),
    });
  }
  let codec: ReturnType<Library['createCodec']> | undefined;
  const open = (): ReturnType<Library['createCodec']> => {
    codec ??= library.createCodec({ ...shared, threads });
    return codec;
  };
  try {
    await task({
      files: threads * (largest <= SMALL_BYTES ? SMALL_FILES_A_THREAD : 1),
      start: async () => void (await open()),
      encode: async (image, more) => (await open()).encode(image, { ...more, ...run }),
      decode: async (bytes, more) => (await open()).decode(bytes, { ...more, ...run }),
    });
  } finally {
    await (await codec)?.close();
  }
}
