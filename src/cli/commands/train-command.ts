import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { defined } from '../../base/defined.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import type { LogEntry } from '../../training/training-log.ts';
import { backendOption, usageError } from '../command-options.ts';
import { CliError } from '../exit-codes.ts';
import { readDataSet } from '../files/data-set.ts';
import { checkOutputPath } from '../files/output-name.ts';
import type { Library } from '../library.ts';
import { parseNumber, parseThreads } from '../parse-arguments.ts';
import { type CliIo, readInput, writeStandardOutput } from '../terminal/cli-io.ts';
import { createProgressView } from '../terminal/progress-view.ts';
import { grouped, seconds } from '../terminal/text-format.ts';

/** Options of the `train` command as commander gives them; numbers are parsed but not checked. */
export interface TrainCommandOptions {
  readonly data?: string[];
  readonly validation?: string[];
  readonly output?: string;
  readonly resume?: true;
  readonly tensorboard: boolean;
  readonly backend?: BackendName;
  readonly threads?: number | 'all';
  readonly quiet?: true;
}

/** Exit code after SIGINT. */
const INTERRUPTED = 130;

/** Adds the `train` command. */
export function addTrain(program: Command, library: Library, io: CliIo): void {
  const data = 'CIFAR-10 binaries (.bin), image files, folders or quoted globs';
  program
    .command('train')
    .description('Train a model as a config file says; writes checkpoints, a loss log and a model file.')
    .argument('<config>', 'JSON, see docs/training.md and configs/')
    .option('--data <paths...>', `images to train on: ${data} (default: as the config says)`)
    .option('--validation <paths...>', 'images held out (default: as the config says)')
    .option('-o, --output <folder>', 'folder of checkpoint, log, events and model (default: runs/NAME of the config)')
    .option('--resume', 'go on from the checkpoint in the folder')
    .option('--no-tensorboard', 'write no event files for TensorBoard beside the log')
    .addOption(backendOption('tensorflow if installed, else wasm'))
    .addOption(
      new Option('-j, --threads <n>', 'threads that share each batch, on wasm; or all (default: 1)').argParser(
        parseThreads,
      ),
    )
    .addOption(new Option('--stop-after <step>', 'end with a checkpoint after this step').argParser(parseNumber))
    .option('--quiet', 'print errors only')
    .action((config: string, options: TrainCommandOptions & { readonly stopAfter?: number }) =>
      trainCommand(config, options, library, io),
    );
}

/** `ddpm-codec train`: trains a model. */
export async function trainCommand(
  path: string,
  options: TrainCommandOptions & { readonly stopAfter?: number },
  library: Library,
  io: CliIo,
): Promise<void> {
  const config = library.parseTrainingConfig(Buffer.from(await readInput(path, io)).toString(), path);
  const output = options.output ?? join('runs', basename(path, extname(path)));
  checkOutputPath('--output', output);
  const view = createProgressView('train', options.quiet === true, io);
  const say = (text: string): void => {
    view.stop();
    if (!options.quiet) io.stderr.write(`${text}\n`);
  };
  const read = async (given: readonly string[] | undefined, own: readonly string[], what: string, limit?: number) => {
    const paths = given ?? own;
    if (paths.length === 0) throw usageError(`the config names no ${what} images: give --${what}`);
    const warn = (text: string): void => say(`ddpm-codec: warning: ${text}`);
    return readDataSet(paths, defined({ images: limit }), { library, io, warn });
  };
  const images = await read(options.data, config.data.train, 'data');
  const { validation: settings, every } = config;
  const heldOut =
    every.validation > 0 ? await read(options.validation, config.data.validation, 'validation', settings.images) : [];
  const abort = new AbortController();
  const release = io.onInterrupt?.(() => abort.abort());
  let shown: LogEntry | undefined;
  try {
    const { resume, tensorboard, backend, threads, stopAfter } = options;
    const result = await library.train(config, {
      images,
      validation: heldOut,
      output,
      ...defined({ resume, backend }),
      tensorboard,
      ...(threads !== undefined && { threads: threads === 'all' ? availableParallelism() : threads }),
      signal: abort.signal,
      onProgress: (progress) => {
        const { step, steps, fraction, entry } = progress;
        if (stopAfter !== undefined && step >= stopAfter) abort.abort();
        if (entry !== undefined && entry !== shown) say(describeEntry(entry, steps));
        shown = entry;
        view.update({ unit: 'step', step, steps, fraction });
      },
    });
    view.stop();
    if (result.interrupted && (stopAfter === undefined || result.step < stopAfter)) {
      throw new CliError(INTERRUPTED, `interrupted at step ${result.step}. Go on with --resume -o ${output}`);
    }
    if (!options.quiet) await writeStandardOutput(`${describeResult(result)}\n`, io);
  } finally {
    release?.();
    view.stop();
  }
}

function describeEntry(entry: LogEntry, steps: number): string {
  const { step, loss, gradientNorm, learningRate, imagesPerSecond, validationBitsPerDim } = entry;
  const parts = [`step ${step}/${steps}`];
  if (loss !== null) parts.push(`loss ${loss.toPrecision(4)}`);
  if (gradientNorm !== null) parts.push(`gradient ${gradientNorm.toPrecision(3)}`);
  parts.push(`lr ${learningRate.toExponential(1)}`);
  if (imagesPerSecond !== null) parts.push(`${imagesPerSecond.toFixed(1)} images/s`);
  parts.push(seconds(entry.seconds * 1000));
  if (validationBitsPerDim !== undefined) parts.push(`held out ${validationBitsPerDim.toFixed(3)} bits/dim (ideal)`);
  return parts.join('  ');
}

function describeResult(result: Awaited<ReturnType<Library['train']>>): string {
  const { model, step, parameters, backend, validationBitsPerDim: bits } = result;
  const held = bits === null ? '' : `, ${bits.toFixed(3)} bits/dim on held-out images (ideal)`;
  return `${model}  ${grouped(parameters)} parameters, ${step} steps${held}\n${backend}`;
}
