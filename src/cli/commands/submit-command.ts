import { resolve } from 'node:path';
import type { Command, Option } from 'commander';
import { checkNumber } from '../../base/check-options.ts';
import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import { addJobs, DEFAULT_ATTEMPTS } from '../../queue/add-jobs.ts';
import type { QueueJob } from '../../queue/queue-job.ts';
import { isLocal, localPath } from '../../storage/location.ts';
import { openStore } from '../../storage/open-store.ts';
import { checkLibraryOptions, type FileOptions, numberOption, printJson, usageError } from '../command-options.ts';
import { CliError, errorLine } from '../exit-codes.ts';
import { type Job, openTarget, writeOptions } from '../files/file-jobs.ts';
import { imageKind, streamKind } from '../files/output-kinds.ts';
import { outputSize } from '../files/output-state.ts';
import { planJobs } from '../files/plan-jobs.ts';
import { jobOptions, outputKey } from '../job-options.ts';
import type { Library } from '../library.ts';
import { type QueueOption, queueAddress, queueOption, withQueue } from '../queue/queue-option.ts';
import { type CliIo, STANDARD_STREAM } from '../terminal/cli-io.ts';
import { createProgressView } from '../terminal/progress-view.ts';
import { checkDecodeCommand } from './decode-command.ts';
import type { DecodeCommandOptions } from './decode-command-options.ts';
import { checkEncodeCommand } from './encode-command.ts';
import type { EncodeCommandOptions } from './encode-file.ts';

/** Options of `submit`, besides those of the command that workers are to run. */
interface SubmitOptions extends QueueOption, FileOptions {
  readonly priority?: number;
  readonly attempts?: number;
}

/** Options of the commands that can be submitted, as commander gives them. */
interface Submitted {
  readonly encode: EncodeCommandOptions;
  readonly decode: DecodeCommandOptions;
}

/** Adds a command's own options. */
type AddOptions = Readonly<Record<keyof Submitted, (command: Command) => Command>>;

/** Adds the command `submit`, with a command below it for each that workers can run. */
export function addSubmit(program: Command, addOptions: AddOptions, library: Library, io: CliIo): void {
  const submit = program
    .command('submit')
    .description('Put jobs into a queue, for workers to do: submit [encode] INPUTS, submit decode INPUTS.');
  addSubmitted(submit, 'encode', addOptions, library, io);
  addSubmitted(submit, 'decode', addOptions, library, io);
}

function addSubmitted<C extends keyof Submitted>(
  submit: Command,
  name: C,
  addOptions: AddOptions,
  library: Library,
  io: CliIo,
): void {
  const command = submit
    .command(name, { isDefault: name === 'encode' })
    .description(
      `Put jobs that ${name} files into a queue; paths become absolute, for workers that see the same files.`,
    )
    .argument('[inputs...]', 'files, URLs or quoted patterns')
    .addOption(queueOption());
  for (const option of submitOptions()) command.addOption(option);
  addOptions[name](command).action((inputs: string[], options: SubmitOptions & Submitted[C]) =>
    submitCommand(name, inputs, options, library, io),
  );
}

function submitOptions(): Option[] {
  return [
    numberOption('--priority <n>', 'lower ones are taken first (default: 0)', 'an integer 0..2097151'),
    numberOption('--attempts <n>', `tries of what may pass (default: ${DEFAULT_ATTEMPTS})`, 'an integer 1..1000'),
  ];
}

/** `ddpm-codec submit`: puts jobs into a queue. Those that it knows are left as they are. */
async function submitCommand<C extends keyof Submitted>(
  command: C,
  inputs: readonly string[],
  options: SubmitOptions & Submitted[C],
  library: Library,
  io: CliIo,
): Promise<void> {
  const { priority, attempts } = options;
  checkLibraryOptions(() => {
    checkNumber('priority', priority, { min: 0, max: 2_097_151, integer: true });
    checkNumber('attempts', attempts, { min: 1, max: 1000, integer: true });
  });
  if (command === 'encode') checkEncodeCommand(options, library);
  else checkDecodeCommand(options as DecodeCommandOptions, library);
  const address = queueAddress(options, io);
  const kind = command === 'encode' ? streamKind(options) : imageKind(options, library);
  if (inputs.includes(STANDARD_STREAM) || options.output === STANDARD_STREAM) {
    throw usageError('workers have other standard streams; give files or URLs');
  }
  const plan = await planJobs(inputs, kind, options, io);
  const shared = await sharedData(command, options, library);
  const refused = new RefusedOutputs(command, options, io);
  const view = createProgressView('submit', options.quiet === true, io);
  const counts = await withQueue(address, {}, async (open) => {
    let last = { added: 0, existing: 0 };
    try {
      const stream = queueJobs(plan.jobs(), shared);
      for await (const now of addJobs(open, stream, defined({ priority, attempts }), (job) => refused.admit(job))) {
        last = now;
        const step = now.added + now.existing + refused.count;
        view.update({ unit: 'file', step, steps: plan.count, fraction: Math.min(1, step / plan.count) });
      }
    } finally {
      view.stop();
    }
    return last;
  });
  const { skipped, failed } = refused;
  const { added, existing } = counts;
  if (options.json) await printJson('submit', { queue: address.display, added, existing, skipped, failed }, io);
  else if (!options.quiet) {
    const parts = [`${added} added`, `${existing} already there`, `${skipped} skipped`, `${failed} failed`];
    io.stderr.write(`${address.display}: ${parts.join('  ')}\n`);
  }
  if (failed > 0) throw new CliError(1, `${failed} of ${plan.count} jobs were not submitted`);
}

/** What all jobs of a submission have in common. */
type SharedData = Pick<QueueJob, 'version' | 'command' | 'options' | 'optionsKey' | 'model'>;

async function sharedData<C extends keyof Submitted>(
  command: C,
  options: Submitted[C],
  library: Library,
): Promise<SharedData> {
  const isOfStream = command === 'decode' && options.model === undefined;
  return {
    version: 1,
    command,
    options: jobOptions(command, options),
    optionsKey: await outputKey(command, options, library),
    model: isOfStream ? '' : await library.idOfModel(options.model),
  };
}

/** The jobs for the queue, with size and version of their inputs. */
async function* queueJobs(jobs: AsyncIterable<Job>, shared: SharedData): AsyncGenerator<QueueJob, void, void> {
  for await (const job of jobs) {
    const { size, version } = job.version === '' ? await asked(job) : job;
    yield { ...shared, input: absolute(job.input), output: absolute(job.output), size, identity: version };
  }
}

/** Size and version of an input that listing did not tell; of one that cannot be asked workers tell more. */
async function asked({ input, size, version }: Job): Promise<Pick<Job, 'size' | 'version'>> {
  const entry = await (await openStore(input)).stat(input).catch(() => undefined);
  return entry ?? { size, version };
}

function absolute(location: string): string {
  return isLocal(location) ? resolve(localPath(location)) : location;
}

/** Jobs that are not submitted because of their outputs: as the command itself would skip them, or fail. */
class RefusedOutputs {
  skipped = 0;
  failed = 0;
  readonly #command: keyof Submitted;
  readonly #options: FileOptions;
  readonly #io: CliIo;

  constructor(command: keyof Submitted, options: FileOptions, io: CliIo) {
    this.#command = command;
    this.#options = options;
    this.#io = io;
  }

  get count(): number {
    return this.skipped + this.failed;
  }

  /** Whether a job is submitted. Workers replace outputs: a job may be done twice if its worker is killed. */
  async admit({ input, output }: QueueJob): Promise<boolean> {
    if (this.#options.overwrite === false && (await outputSize(output)) !== undefined) {
      this.skipped++;
      return false;
    }
    const how = writeOptions(this.#options, this.#command);
    if (how.replace) return true;
    try {
      await openTarget({ output, makesFolder: true }, how, this.#io);
      return true;
    } catch (error) {
      if (!(error instanceof DdpmError)) throw error;
      this.failed++;
      this.#io.stderr.write(`${errorLine(error, `submit ${input}`, input)}\n`);
      return false;
    }
  }
}
