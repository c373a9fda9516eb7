import { type Command, Option } from 'commander';
import { defined } from '../../base/defined.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import { assertWritable, writeFileAtomic } from '../../storage/atomic-write.ts';
import { type EngineOptions, givenThreads } from '../command-codec.ts';
import { backendOption, forceOption, noClobberOption, printJson, threadsOption } from '../command-options.ts';
import { dataSetFiles, readDataSet } from '../files/data-set.ts';
import { checkExtension, checkOutputPath } from '../files/output-name.ts';
import { assertNotRead } from '../files/same-file.ts';
import type { Library } from '../library.ts';
import { parseNumber } from '../parse-arguments.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import { createProgressView } from '../terminal/progress-view.ts';
import { grouped, seconds } from '../terminal/text-format.ts';

/** Options of a calibration that `calibrate` and `models import` share. */
export interface CalibrationOptions extends Pick<EngineOptions, 'threads'> {
  readonly levels?: number;
  readonly images?: number;
  readonly seed?: number;
  readonly backend?: BackendName;
  readonly limitPixels?: number;
  readonly json?: true;
  readonly quiet?: true;
}

/** Options of the `calibrate` command as commander gives them; numbers are parsed but not checked. */
export interface CalibrateCommandOptions extends CalibrationOptions {
  readonly output?: string;
  readonly name?: string;
  readonly force?: true;
  /** False with `--no-clobber`. */
  readonly clobber?: boolean;
}

/**
 * With fewer blocks, single values of the table have a standard error of more than about 10 % (standard deviation of a
 * variance, Gaussian case).
 */
const FEW_BLOCKS = 200;

/** Adds the `calibrate` command. */
export function addCalibrate(program: Command, library: Library, io: CliIo): void {
  const command = program
    .command('calibrate')
    .description("Measure on images how far off a model's estimates are; makes a model that images can be coded with.")
    .argument('<model>', 'name, id or weights file of a model')
    .argument('<images...>', 'image files, CIFAR-10 binaries (.bin), folders of either, or quoted globs')
    .option('-o, --output <path>', 'weights file to write (default: into the model folder)')
    .addOption(new Option('--name <name>', 'name in the model folder (default: that of the model)').conflicts('output'))
    .addOption(forceOption())
    .addOption(noClobberOption());
  for (const option of calibrationOptions()) command.addOption(option);
  command.action((model: string, images: string[], options: CalibrateCommandOptions) =>
    calibrateCommand(model, images, options, library, io),
  );
}

/** Defines the options that `calibrate` and `models import` share. */
export function calibrationOptions(): Option[] {
  const number = (flags: string, text: string): Option => new Option(flags, text).argParser(parseNumber);
  return [
    number('--levels <n>', 'noise levels of the table, 2..256 (default: 24)'),
    number('--images <n>', 'take the first n images (default: all)'),
    number('--seed <n>', 'seed of the noise, 0..4294967295 (default: 0)'),
    backendOption(),
    threadsOption(),
    number('--limit-pixels <n>', 'largest number of pixels of an image (default: 268402689)'),
    new Option('--json', 'print one JSON object on standard output'),
    new Option('--quiet', 'print errors only'),
  ];
}

/** `ddpm-codec calibrate`: measures the calibration of a model and writes a model file that contains it. */
export async function calibrateCommand(
  model: string,
  inputs: readonly string[],
  options: CalibrateCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const { output } = options;
  const existing = { replace: options.clobber !== false };
  const startMs = io.now();
  const name = options.name ?? (await library.modelName(model));
  if (output === undefined) await library.checkNameFree(name);
  else {
    checkOutputPath('--output', output);
    if (!options.force) checkExtension(output, [], 'a model');
    assertNotRead([output], [model, ...(await dataSetFiles(inputs))]);
    assertWritable(output, existing);
  }
  const { data, info } = await runCalibration({ model, inputs, label: model }, options, library, io);
  const path = output ?? (await library.registerModel(data, { name, id: info.id }));
  if (output !== undefined) await writeFileAtomic(output, data, existing);
  if (options.json) return printJson('calibrate', { model, output: path, bytes: data.length, ...info }, io);
  if (options.quiet) return;
  const measured = `${grouped(info.images)} images, ${grouped(info.blocks)} blocks, ${info.levels} noise levels`;
  io.stderr.write(`${model} → ${path}  id ${info.id}  ${measured}  ${seconds(io.now() - startMs)}\n`);
}

/** A model to calibrate. */
export interface CalibrationTask {
  /** Name, id or path of a model, or the bytes of a model file. */
  readonly model: string | Uint8Array;
  /** Images, CIFAR-10 binaries, folders, globs. */
  readonly inputs: readonly string[];
  /** Label of the progress bar. */
  readonly label: string;
}

/** Reads images and calibrates the model on them, with a progress bar. */
export async function runCalibration(
  { model, inputs, label }: CalibrationTask,
  options: CalibrationOptions,
  library: Library,
  io: CliIo,
): Promise<Awaited<ReturnType<Library['calibrateModel']>>> {
  const view = createProgressView(label, options.quiet === true, io);
  const warn = (text: string): void => {
    view.stop();
    if (!options.quiet) io.stderr.write(`ddpm-codec: warning: ${text}\n`);
  };
  try {
    const images = await readDataSet(inputs, options, { library, io, warn });
    const { levels, seed, backend } = options;
    const result = await library.calibrateModel(model, images, {
      ...defined({ levels, seed, backend, ...givenThreads(options) }),
      onProgress: (progress) => view.update({ unit: 'level', ...progress }),
    });
    const { blocks } = result.info;
    if (blocks < FEW_BLOCKS) {
      warn(`the table is measured on ${blocks} blocks of 8x8 pixels alone; give more images for a good one`);
    }
    return result;
  } finally {
    view.stop();
  }
}
