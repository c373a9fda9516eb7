/** The record of what a run has done, which a later run goes on from. */
import { closeSync, createReadStream, fstatSync, fsync, openSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { DdpmError } from '../base/errors.ts';
import { CompactMap, MAX_VALUE } from './compact-map.ts';
import { BEGIN_BYTES, isJournal, type JournalLine, type JournalSubject, lineText, parseLine } from './journal-lines.ts';
import { linesOf } from './lines.ts';

const syncFile = promisify(fsync);

/** Value of a job that is done. */
const DONE = 0;
/** Value of a job that failed, and was done later. */
const CLEARED: number = MAX_VALUE;

/** What a journal says of a job. */
export type JournalVerdict = { readonly status: 'done' } | { readonly status: 'failed'; readonly exitCode: number };

/**
 * A file of JSON lines, one for each job that ended, which is only ever appended to. Lines are written whole, so that several processes can
 * share a file (on one machine; network file systems may tear their lines). A line that a killed process left torn is ignored. What the lines
 * say is kept as hashes, some 15 bytes a job.
 */
export class Journal {
  readonly path: string;
  readonly #file: number;
  /** Done jobs with the size of their output, and jobs that failed for good with their exit code. */
  readonly #verdicts = new CompactMap();
  /** Whether the file ends within a line. */
  #isTorn = false;
  #unreadable = 0;
  #syncing: Promise<void> | undefined;
  #isSynced = true;
  /** Why the last lines may not be on the disk. */
  #failure: DdpmError | undefined;

  private constructor(path: string, file: number) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Opens a journal and reads its lines, or makes a new one.
   *
   * @throws DdpmError `ERR_DDPM_OUTPUT` if the file cannot be opened, or is no journal; then it is left as it is
   */
  static async open(path: string): Promise<Journal> {
    let file: number;
    try {
      file = openSync(path, 'a+');
    } catch (cause) {
      throw cannotUse(path, `${(cause as Error).message}. Check the path and its permissions`, cause);
    }
    const journal = new Journal(path, file);
    try {
      journal.#check();
      await journal.#read();
    } catch (error) {
      journal.#close();
      throw error;
    }
    return journal;
  }

  /** Number of lines that could not be read: torn by the end of a process, or damaged. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /**
   * What the lines say of a job.
   *
   * @param outputSize - bytes of the output that is there; undefined if none is. A job is done only if the output has the size that it was
   *   written with
   * @returns undefined if it is to be done
   */
  verdict(subject: JournalSubject, outputSize: number | undefined): JournalVerdict | undefined {
    if (outputSize !== undefined && this.#verdicts.get(doneKey(subject, outputSize)) === DONE)
      return { status: 'done' };
    const exitCode = this.#verdicts.get(jobKey(subject));
    return exitCode === undefined || exitCode === CLEARED ? undefined : { status: 'failed', exitCode };
  }

  /**
   * Writes a line. It is there for other processes, and after the end of this one, when the call returns; {@link flush} waits until it would
   * survive a loss of power.
   *
   * @throws DdpmError `ERR_DDPM_OUTPUT` if it cannot be written
   */
  add(line: JournalLine): void {
    const bytes = Buffer.from(`${this.#isTorn ? '\n' : ''}${lineText(line)}`);
    let written = 0;
    try {
      written = writeSync(this.#file, bytes);
    } catch (cause) {
      throw cannotUse(this.path, `${(cause as Error).message}. Check the disk`, cause);
    }
    this.#isTorn = written < bytes.length;
    if (this.#isTorn) throw cannotUse(this.path, 'a line was written in part. Check the disk');
    this.#isSynced = false;
    this.#syncing ??= this.#sync();
  }

  /**
   * Waits until all lines are on the disk.
   *
   * @throws DdpmError `ERR_DDPM_OUTPUT` if that fails
   */
  async flush(): Promise<void> {
    await this.#syncing;
    if (this.#failure) throw this.#failure;
  }

  /** Flushes and closes the file. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.#close();
    }
  }

  #close(): void {
    closeSync(this.#file);
  }

  /** One call of fsync serves all lines that were written before it began. */
  async #sync(): Promise<void> {
    try {
      while (!this.#isSynced) {
        this.#isSynced = true;
        await syncFile(this.#file);
      }
    } catch (cause) {
      this.#failure = cannotUse(this.path, `${(cause as Error).message}. Check the disk`, cause);
    }
    this.#syncing = undefined;
  }

  #check(): void {
    const stats = fstatSync(this.#file);
    const begin = new Uint8Array(BEGIN_BYTES);
    const isFile = stats.isFile();
    const length = isFile ? readSync(this.#file, begin, 0, BEGIN_BYTES, 0) : 0;
    if (isFile && isJournal(begin.subarray(0, length))) return;
    const what = isFile ? 'its first line is not one of a journal of this version' : 'it is no regular file';
    throw cannotUse(this.path, `${what}. Give the path of a journal, or of a new file`);
  }

  async #read(): Promise<void> {
    const { size } = fstatSync(this.#file);
    if (size === 0) return;
    const stream = createReadStream(this.path, { fd: this.#file, autoClose: false, start: 0, end: size - 1 });
    for await (const text of linesOf(stream)) {
      if (text === '') continue;
      const line = parseLine(text);
      if (line) this.#note(line);
      else this.#unreadable++;
    }
    const last = new Uint8Array(1);
    readSync(this.#file, last, 0, 1, size - 1);
    this.#isTorn = last[0] !== 0x0a;
  }

  #note(line: JournalLine): void {
    const key = jobKey(line);
    if (line.status === 'done') {
      this.#verdicts.set(doneKey(line, line.outputSize as number), DONE);
      if (this.#verdicts.get(key) !== undefined) this.#verdicts.set(key, CLEARED);
    } else if (line.permanent) {
      this.#verdicts.set(key, line.exitCode as number);
    }
  }
}

function jobKey({ input, size, version, options, output }: JournalSubject): string {
  return JSON.stringify([input, size, version, options, output]);
}

function doneKey(subject: JournalSubject, outputSize: number): string {
  return `${jobKey(subject)}${outputSize}`;
}

function cannotUse(path: string, why: string, cause?: unknown): DdpmError {
  const message = `cannot use the journal ${path}: ${why}`;
  return new DdpmError('ERR_DDPM_OUTPUT', message, cause === undefined ? undefined : { cause });
}
