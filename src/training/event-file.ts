/** The events of a training for TensorBoard, beside the log. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { scalarRecord, startRecord, versionRecord } from './event-record.ts';
import { cannotWrite } from './run-files.ts';
import type { LogEntry } from './training-log.ts';

/** What of a line of the log becomes a curve, under which tag. */
const TAGS: readonly (readonly [tag: string, field: keyof LogEntry])[] = [
  ['loss', 'loss'],
  ['gradient_norm', 'gradientNorm'],
  ['learning_rate', 'learningRate'],
  ['images_per_second', 'imagesPerSecond'],
  ['validation/bits_per_dim', 'validationBitsPerDim'],
];

/**
 * Appends lines of the log to a file of its own, which begins with the first of them. Each is one call of the system, so that
 * a process that is killed leaves whole records, or one that is cut, which readers leave out.
 */
export class EventFile {
  readonly #folder: string;
  readonly #firstStep: number;
  #path: string | undefined;

  /** @param startStep - completed steps when the run began; what earlier runs did after it no longer counts */
  constructor(folder: string, startStep: number) {
    this.#folder = folder;
    this.#firstStep = startStep === 0 ? 0 : startStep + 1;
  }

  /**
   * Appends a line of the log, at the present time.
   *
   * @throws DdpmError `ERR_DDPM_OUTPUT` if the file cannot be written
   */
  append(entry: LogEntry): void {
    const wallTime = Date.now() / 1000;
    const scalars = new Map<string, number>();
    for (const [tag, field] of TAGS) {
      const value = entry[field];
      if (typeof value === 'number') scalars.set(tag, value);
    }
    this.#path ??= this.#begin();
    write(this.#path, scalarRecord({ wallTime, step: entry.step, scalars }), 'a');
  }

  /** Makes the file. Its name sorts after those of earlier runs, in which order TensorBoard reads them. */
  #begin(): string {
    for (let milliseconds = Date.now(); ; milliseconds++) {
      const time = `${Math.floor(milliseconds / 1000)}.${String(milliseconds % 1000).padStart(3, '0')}`;
      const path = join(this.#folder, `events.out.tfevents.${time}.ddpm-codec`);
      const seconds = milliseconds / 1000;
      const start = Buffer.concat([versionRecord(seconds), startRecord(seconds, this.#firstStep)]);
      if (write(path, start, 'ax')) return path;
    }
  }
}

/** Appends to a file; false if it is to be new and is there. */
function write(path: string, bytes: Uint8Array, flag: 'a' | 'ax'): boolean {
  try {
    appendFileSync(path, bytes, { flag });
    return true;
  } catch (cause) {
    if (flag === 'ax' && (cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cannotWrite(path, cause);
  }
}
