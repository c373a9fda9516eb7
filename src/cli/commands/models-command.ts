import { rm } from 'node:fs/promises';
import type { Command, Option } from 'commander';
import { defined } from '../../base/defined.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import type { DownloadProgress } from '../../node/models/model-parts.ts';
import { printJson } from '../command-options.ts';
import type { Library } from '../library.ts';
import { type CliIo, writeStandardOutput } from '../terminal/cli-io.ts';
import { createProgressView } from '../terminal/progress-view.ts';
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

/** Smallest file whose download is shown. */
const SHOWN_BYTES = 1e6;

type ModelEntry = Awaited<ReturnType<Library['listModels']>>[number];

const FROM_HUB = `
hf: downloads from the hub of Hugging Face by the package @huggingface/hub (npm install @huggingface/hub).
  HF_TOKEN        token for a model that is private or gated
  HF_ENDPOINT     another hub than https://huggingface.co
  XDG_CACHE_HOME  where files lie until the model is registered (default ~/.cache); a download goes on where it ended
`;

/** Adds the `models` command with its subcommands. */
export function addModels(program: Command, library: Library, io: CliIo): void {
  const models = program.command('models').description('Import models of other programs, and list what there is.');
  const importing = models
    .command('import')
    .description('Convert a diffusers model (UNet2DModel, safetensors) and keep it in the model folder.')
    .argument(
      '<source>',
      'folder with config.json, scheduler_config.json and diffusion_pytorch_model.safetensors, or hf:OWNER/NAME[@REVISION]',
    )
    .option('--name <name>', 'what to call the model (default: the name of the folder or repository)')
    .option(
      '--calibration-images <paths...>',
      'calibrate on these (as the command calibrate does): images, CIFAR-10 binaries, folders or quoted globs',
    )
    .addHelpText('after', FROM_HUB);
  for (const option of calibrationOptions()) importing.addOption(option as Option);
  importing.action((source: string, options: ImportCommandOptions) => importCommand(source, options, library, io));
  models
    .command('list')
    .description('List the models that --model can name: that of the package and those of the model folder.')
    .option('--json', 'print one JSON object on standard output')
    .action((options: { json?: true }) => listCommand(options, library, io));
}

/** `ddpm-codec models import`: converts a diffusers model and adds it to the model folder. */
export async function importCommand(
  source: string,
  options: ImportCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const { data, info } = await importWithProgress(source, options, library, io);
  const images = options.calibrationImages;
  await library.checkNameFree(info.name, images ? undefined : info.id);
  const { data: file, info: measured } = images
    ? await runCalibration({ model: data, inputs: images, label: info.name }, options, library, io)
    : { data, info: { id: info.id } };
  const path = await library.registerModel(file, { name: info.name, id: measured.id });
  const { download, ...facts } = info;
  // The model folder has it all now.
  if (download !== null) await rm(download, { recursive: true, force: true });
  const report = { ...facts, ...measured, calibrated: images !== undefined, bytes: file.length, path };
  if (options.json) return printJson('models import', { input: source, ...report }, io);
  if (options.quiet) return;
  const parameters = `${grouped(info.parameters)} parameters`;
  io.stderr.write(
    `${info.origin ?? source} → ${info.name} (${measured.id})  ${info.architecture}, ${parameters}  ${path}\n`,
  );
  if (images) return;
  io.stderr.write(`ddpm-codec: to code with it, measure it first: ddpm-codec calibrate ${info.name} IMAGES\n`);
}

async function importWithProgress(
  source: string,
  { name, quiet }: ImportCommandOptions,
  library: Library,
  io: CliIo,
): ReturnType<Library['importModel']> {
  const view = createProgressView('download', quiet === true, io);
  const onProgress = ({ bytes, bytesTotal, fraction }: DownloadProgress): void => {
    const [step, steps] = [bytes, bytesTotal].map((count) => Math.ceil(count / 1e6)) as [number, number];
    if (bytesTotal >= SHOWN_BYTES) view.update({ unit: 'MB', step, steps, fraction });
  };
  try {
    return await library.importModel(source, { onProgress, ...defined({ name }) });
  } finally {
    view.stop();
  }
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
