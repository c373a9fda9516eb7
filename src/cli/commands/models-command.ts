import type { Command, Option } from 'commander';
import { defined } from '../../base/defined.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import { printJson } from '../command-options.ts';
import type { Library } from '../library.ts';
import { type CliIo, writeStandardOutput } from '../terminal/cli-io.ts';
import { grouped } from '../terminal/text-format.ts';
import { type CalibrationOptions, calibrationOptions, runCalibration } from './calibrate-command.ts';

/** Options of `models import` as commander gives them. */
export interface ImportCommandOptions extends CalibrationOptions {
  readonly name?: string;
  readonly calibrationImages?: readonly string[];
  readonly backend?: BackendName;
  readonly json?: true;
  readonly quiet?: true;
}

type ModelEntry = Awaited<ReturnType<Library['listModels']>>[number];

/** Adds the `models` command with its subcommands. */
export function addModels(program: Command, library: Library, io: CliIo): void {
  const models = program.command('models').description('Import models of other programs, and list what there is.');
  const importing = models
    .command('import')
    .description('Convert a diffusers folder (UNet2DModel, safetensors) and keep it in the model folder.')
    .argument('<dir>', 'folder with config.json, scheduler_config.json and diffusion_pytorch_model.safetensors')
    .option('--name <name>', 'what to call the model (default: the name of the folder)')
    .option(
      '--calibration-images <paths...>',
      'calibrate on these (as the command calibrate does): images, CIFAR-10 binaries, folders or quoted globs',
    );
  for (const option of calibrationOptions()) importing.addOption(option as Option);
  importing.action((folder: string, options: ImportCommandOptions) => importCommand(folder, options, library, io));
  models
    .command('list')
    .description('List the models that --model can name: that of the package and those of the model folder.')
    .option('--json', 'print one JSON object on standard output')
    .action((options: { json?: true }) => listCommand(options, library, io));
}

/** `ddpm-codec models import`: converts a diffusers folder and adds the model to the model folder. */
export async function importCommand(
  folder: string,
  options: ImportCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const { data, info } = await library.importModel(folder, defined({ name: options.name }));
  const images = options.calibrationImages;
  await library.checkNameFree(info.name, images ? undefined : info.id);
  const { data: file, info: measured } = images
    ? await runCalibration({ model: data, inputs: images, label: info.name }, options, library, io)
    : { data, info: { id: info.id } };
  const path = await library.registerModel(file, { name: info.name, id: measured.id });
  const report = { ...info, ...measured, calibrated: images !== undefined, bytes: file.length, path };
  if (options.json) return printJson('models import', { input: folder, ...report }, io);
  if (options.quiet) return;
  const parameters = `${grouped(info.parameters)} parameters`;
  io.stderr.write(`${folder} → ${info.name} (${measured.id})  ${info.architecture}, ${parameters}  ${path}\n`);
  if (images) return;
  io.stderr.write(`ddpm-codec: to code with it, measure it first: ddpm-codec calibrate ${info.name} IMAGES\n`);
}

/** `ddpm-codec models list`: prints a table of all models. */
export async function listCommand(options: { readonly json?: true }, library: Library, io: CliIo): Promise<void> {
  const models = await library.listModels();
  if (options.json) return printJson('models list', { folder: library.modelFolder(), models }, io);
  const rows = models.map(rowOf);
  const header = ['name', 'id', 'architecture', 'parameters', 'bytes', 'codes', 'path'];
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)));
  const lines = [header, ...rows].map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
  const problems = models.flatMap(({ problem }) => (problem === null ? [] : [`unusable: ${problem}`]));
  await writeStandardOutput(`${[...lines.map((line) => line.trimEnd()), ...problems].join('\n')}\n`, io);
}

function rowOf({ name, id, architecture, parameters, bytes, calibrated, path, problem }: ModelEntry): string[] {
  const codes = problem === null && calibrated ? 'yes' : 'no';
  return [name, id, architecture ?? '-', grouped(parameters), grouped(bytes), codes, path];
}
