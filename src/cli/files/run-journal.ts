/** The journal of a run of a command. */
import { createHash } from 'node:crypto';
import { Journal, type JournalVerdict } from '../../batch/journal.ts';
import type { JournalLine, JournalSubject } from '../../batch/journal-lines.ts';
import { shownLocation, urlKey } from '../../storage/location.ts';
import { openStore } from '../../storage/open-store.ts';
import type { FileOptions } from '../command-options.ts';
import { type FileCommand, type FileCommands, outputKey } from '../job-options.ts';
import type { Library } from '../library.ts';
import type { Job } from './file-jobs.ts';
import { outputSize } from './output-state.ts';

/** How a job ended, for the journal. */
export type JournalEnd = Pick<
  JournalLine,
  'status' | 'outputSize' | 'exitCode' | 'permanent' | 'message' | 'attempts' | 'seconds'
>;

/** Knows which jobs of a run are done, and notes those that end. */
export class RunJournal {
  readonly #journal: Journal;
  readonly #command: FileCommand;
  readonly #key: string;
  readonly #retriesFailed: boolean;

  private constructor(journal: Journal, command: FileCommand, key: string, retriesFailed: boolean) {
    this.#journal = journal;
    this.#command = command;
    this.#key = key;
    this.#retriesFailed = retriesFailed;
  }

  /**
   * Opens the journal that the options name; undefined if they name none.
   *
   * @throws DdpmError `ERR_DDPM_OUTPUT` if it cannot be opened or is no journal; `ERR_DDPM_MODEL_MISSING` if the model cannot be read
   */
  static async open<C extends FileCommand>(
    command: C,
    options: FileCommands[C] & FileOptions,
    library: Pick<Library, 'idOfModel'>,
  ): Promise<RunJournal | undefined> {
    if (options.journal === undefined) return undefined;
    const key = await outputKey(command, options, library);
    return new RunJournal(await Journal.open(options.journal), command, key, options.retryFailed === true);
  }

  /** Number of lines of the journal that could not be read. */
  get unreadable(): number {
    return this.#journal.unreadable;
  }

  /**
   * The job with size and version of its input: names in remote stores are listed without. An input that its store does not tell about is done
   * again by each run.
   */
  async identified(job: Job): Promise<Job> {
    if (job.version !== '') return job;
    // Whatever is wrong with the input is told when it is read.
    const found = await (await openStore(job.input)).stat(job.input).catch(() => undefined);
    return found ? { ...job, size: found.size, version: found.version } : job;
  }

  /** What is known of a job: that it is done and its output is there, or that it failed for good; undefined if it is to be done. */
  async verdict(job: Job): Promise<JournalVerdict | undefined> {
    if (job.version === '') return undefined;
    const verdict = this.#journal.verdict(this.#subject(job), await outputSize(job.output));
    return verdict?.status === 'failed' && this.#retriesFailed ? undefined : verdict;
  }

  /**
   * Notes the end of a job, after its output is there.
   *
   * @throws DdpmError `ERR_DDPM_OUTPUT` if the line cannot be written
   */
  note(job: Job, { status, ...end }: JournalEnd): void {
    const time = new Date().toISOString();
    this.#journal.add({ time, status, command: this.#command, ...this.#subject(job), ...end });
  }

  /** @throws DdpmError `ERR_DDPM_OUTPUT` if the last lines cannot be brought to the disk */
  close(): Promise<void> {
    return this.#journal.close();
  }

  #subject({ input, output, size, version }: Job): JournalSubject {
    return { input: nameOf(input), size, version, options: this.#key, output };
  }
}

/** Digits of a URL's hash. */
const HASH_DIGITS = 16;

/** An input as a journal names it: a URL without its query, which may be secret; a hash tells it apart from others. */
function nameOf(input: string): string {
  const shown = shownLocation(input);
  if (shown === input) return input;
  return `${shown} ${createHash('sha256').update(urlKey(input)).digest('hex').slice(0, HASH_DIGITS)}`;
}
