/** Plans a run: lists its inputs once to count and check all, and again, one by one, to process them. */
import { inShard } from '../../batch/shard.ts';
import { isLocal, shownLocation } from '../../storage/location.ts';
import type { Entry } from '../../storage/store.ts';
import { type FileOptions, usageError } from '../command-options.ts';
import { type CliIo, STANDARD_STREAM } from '../terminal/cli-io.ts';
import type { Job, OutputKind } from './file-jobs.ts';
import { openInputs } from './input-list.ts';
import { OutputNaming } from './output-naming.ts';
import { PathRegister } from './path-register.ts';

/** The jobs of a run, none of which is kept. */
export interface JobPlan {
  /** Number of jobs. */
  readonly count: number;
  /** Size of the largest input in bytes; Infinity if that of one is not known. */
  readonly largest: number;
  /** The job of a run with one input, which is no part of a larger one. */
  readonly single: Job | undefined;
  /**
   * Lists the jobs; can be called once. Inputs that were not there when the run was planned are left out.
   *
   * @throws DdpmError `ERR_DDPM_INPUT` if they can no longer be listed
   */
  jobs(): AsyncGenerator<Job, void, void>;
}

/**
 * Determines the output of each input, and checks before any work that they go together. With a shard, all inputs are checked, and those of the
 * shard become jobs.
 *
 * @throws CliError with exit code 2 for an invalid combination, e.g. two inputs with one output, or an output that is read;
 *   DdpmError `ERR_DDPM_INPUT` if a pattern matches no file
 */
export async function planJobs(
  inputs: readonly string[],
  kind: OutputKind,
  options: FileOptions,
  io: CliIo,
): Promise<JobPlan> {
  const naming = new OutputNaming(kind.extension, options.output);
  const list = await openInputs(inputs, options, io);
  const { shard } = options;
  const checks = new JobChecks(list, naming, kind, options);
  const found = { inputs: 0, count: 0, largest: 0 };
  let first: Job | undefined;
  for await (const entry of list) {
    const job = await checks.check(entry);
    if (!job) continue;
    found.inputs++;
    if (shard && !inShard(entry.location, shard)) continue;
    first ??= job;
    found.count++;
    // What a remote store was not asked about is not taken for small.
    const isUnknown = entry.version === '' && !isLocal(entry.location);
    found.largest = Math.max(found.largest, isUnknown ? Number.POSITIVE_INFINITY : entry.size);
  }
  naming.assertEnough(found.inputs);
  const isPart = shard !== undefined || options.journal !== undefined;
  return {
    count: found.count,
    largest: found.largest,
    single: found.count === 1 && !isPart ? first : undefined,
    async *jobs() {
      for await (const entry of list) {
        if (!checks.register.take(entry.location) || (shard && !inShard(entry.location, shard))) continue;
        yield naming.jobOf(entry);
      }
    },
  };
}

/** Checks jobs against each other. */
class JobChecks {
  readonly register = new PathRegister();
  readonly #list: AsyncIterable<Entry>;
  readonly #naming: OutputNaming;
  readonly #kind: OutputKind;
  readonly #options: FileOptions;
  /** Files that are read besides the inputs. */
  readonly #others: readonly string[];

  constructor(list: AsyncIterable<Entry>, naming: OutputNaming, kind: OutputKind, options: FileOptions) {
    this.#list = list;
    this.#naming = naming;
    this.#kind = kind;
    this.#options = options;
    const { model, journal, filesFrom } = options;
    this.#others = [model, journal, filesFrom].filter(
      (path) => path !== undefined && path !== STANDARD_STREAM,
    ) as string[];
    for (const path of this.#others) this.register.addRead(path);
  }

  /**
   * Checks the job of an input.
   *
   * @returns undefined if the input came before
   * @throws CliError with exit code 2 if it does not go with the options, or with another job
   */
  async check(entry: Entry): Promise<Job | undefined> {
    const { location } = entry;
    if (!this.register.addInput(location)) return undefined;
    const job = this.#naming.jobOf(entry);
    this.#checkStreams(job);
    if (job.output !== STANDARD_STREAM) this.#kind.checkName(job.output);
    if (location !== STANDARD_STREAM && !this.register.addRead(location)) throw await this.#writesInput(location);
    // Several inputs with one output are told apart when all are counted.
    if (job.output === STANDARD_STREAM) return job;
    const hindrance = this.register.addWritten(job.output);
    if (hindrance === 'read') throw readError(job.output, await this.#inputAt(job.output));
    if (hindrance === 'written' && !this.#naming.isFixed) throw await this.#writtenTwice(job);
    return job;
  }

  #checkStreams({ input, output }: Job): void {
    const { json, journal, shard } = this.#options;
    if (json && output === STANDARD_STREAM) {
      throw usageError('--json and -o - both need standard output; give -o FILE');
    }
    if ((journal === undefined && shard === undefined) || (input !== STANDARD_STREAM && output !== STANDARD_STREAM))
      return;
    throw usageError('--journal and --shard need files, not standard input or output');
  }

  async #writesInput(input: string): Promise<Error> {
    const content = this.register.contentKey(input);
    const writer = await this.#find((job) => this.register.contentKey(job.output) === content);
    return readError(writer?.output ?? input, input);
  }

  /** The input, or other file that is read, behind a location. */
  async #inputAt(location: string): Promise<string> {
    const content = this.register.contentKey(location);
    const isMeant = (path: string): boolean => this.register.contentKey(path) === content;
    return this.#others.find(isMeant) ?? (await this.#find(({ input }) => isMeant(input)))?.input ?? location;
  }

  async #writtenTwice({ input, output, target }: Job): Promise<Error> {
    const name = this.register.nameKey(output);
    const other = await this.#find((job) => this.register.nameKey(job.output) === name);
    const both = `${shownLocation(other?.input ?? output)} and ${shownLocation(input)}`;
    return usageError(`${both} would both be written to ${target}; give -o "{dir}/{name}…"`);
  }

  /** The first job of which something is true, for messages; this lists the inputs once more. */
  async #find(isMeant: (job: Job) => boolean): Promise<Job | undefined> {
    for await (const entry of this.#list) {
      const job = this.#naming.jobOf(entry);
      if (isMeant(job)) return job;
    }
    return undefined;
  }
}

function readError(output: string, input: string): Error {
  return usageError(
    `the output ${shownLocation(output)} is the file that is read as ${shownLocation(input)}; give another output`,
  );
}
