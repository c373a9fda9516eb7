/** What a command does with one file. */
import type { Progress } from '../../coding/run-options.ts';
import type { CliError } from '../exit-codes.ts';
import type { Summary } from '../terminal/text-format.ts';
import type { Job, Target } from './file-jobs.ts';

/** Result of a command for one file. */
export interface Outcome {
  /** Fields of the JSON object, in addition to input and output. */
  readonly report: Readonly<Record<string, unknown>> & { readonly bytes: number };
  readonly summary: Pick<Summary, 'bpp' | 'result' | 'aim'>;
  /** A failure although a file was written. */
  readonly failure?: CliError;
}

/** Functions that a command can call while it processes one file. */
export interface JobContext extends Target {
  /**
   * Reads the input.
   *
   * @param maxBytes - bytes from the beginning that are wanted; the rest is not downloaded; default all
   * @throws DdpmError `ERR_DDPM_INPUT` if it cannot be read, CliError with exit code 3 if it is empty
   */
  read(maxBytes?: number): Promise<Uint8Array>;
  readonly onProgress: (progress: Progress) => void;
  /** Prints a warning, unless `--quiet` is given. */
  warn(text: string): void;
}

/** Functions that a command can call in a batch. */
export interface BatchContext extends JobContext {
  /** Reads the input in another way, and again if that failed for a reason that may pass. */
  reading<T>(work: () => Promise<T>): Promise<T>;
}

/** Processes one file and writes its output. */
export type Work = (job: Job, context: BatchContext) => Promise<Outcome>;
