import type { Frame } from '../../api/decode-progressive.ts';
import { defined } from '../../base/defined.ts';
import type { InspectInfo } from '../../coding/stream-info.ts';
import { inFolder, locationParts, shownLocation } from '../../storage/location.ts';
import { makeFolder } from '../../storage/make-folder.ts';
import { printJson, usageError } from '../command-options.ts';
import { CliError, CORRUPT_EXIT_CODE, errorReport } from '../exit-codes.ts';
import { openTarget, type Target, writeOptions } from '../files/file-jobs.ts';
import { checkOutput } from '../files/output-name.ts';
import { assertNotRead } from '../files/same-file.ts';
import type { Library } from '../library.ts';
import { type CliIo, displayName, readInput, STANDARD_STREAM } from '../terminal/cli-io.ts';
import { createProgressView, type ProgressView } from '../terminal/progress-view.ts';
import { grouped, trailingWarning } from '../terminal/text-format.ts';
import type { DecodeCommandOptions } from './decode-command-options.ts';

/**
 * `ddpm-codec decode --all-steps DIR`: decodes once and writes the picture after each layer as `DIR/NAME-LL.png`. With
 * `--json` prints an object for each picture, and a last one with an error if it fails.
 *
 * @throws CliError with exit code 2 if there is not exactly one input; 4 if the stream is damaged, after the pictures
 *   before the damage have been written; 7 if a file cannot be written
 */
export async function writeAllSteps(
  inputs: readonly string[],
  folder: string,
  options: DecodeCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  if (inputs.length !== 1) throw usageError(`--all-steps takes one input, got ${inputs.length}`);
  checkOutput('--all-steps', folder);
  const [input] = inputs;
  try {
    await writeSteps(input, folder, options, library, io);
  } catch (error) {
    const source = displayName(input, 'standard input');
    if (options.json) {
      await printJson(
        'decode',
        { input: shownLocation(input), output: folder, error: errorReport(error, `decode ${source}`, source) },
        io,
      );
    }
    throw error;
  }
}

async function writeSteps(
  input: string,
  folder: string,
  options: DecodeCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const name = displayName(input, 'standard input');
  const bytes = await readInput(input, io);
  const { model, backend, portable, limitPixels: limitInputPixels, limitMemory, timeout } = options;
  const run = defined({ model, backend, portable, limitInputPixels, limitMemory, timeout });
  const header = library.inspect(bytes, defined({ limitInputPixels }));
  makeFolder(folder);
  const outputs = await openOutputs({ input, folder, header }, options, io);
  const steps = new StepWriter({ input, folder, outputs }, options, io);
  const source = (async function* () {
    // What follows the last intact layer is damaged, incomplete, or the lossless tail.
    yield bytes.subarray(0, header.layers.at(-1)?.cumulativeBytes ?? header.headerBytes);
  })();
  try {
    for await (const { data, info, metadata } of library.decodeProgressive(source, run)) {
      const { width, height, channels } = info;
      await steps.write(await library.writeImage({ data, width, height, channels, metadata }, 'png'), info);
    }
  } finally {
    steps.view.stop();
  }
  if (header.trailingBytes > 0 && !options.quiet) {
    io.stderr.write(`ddpm-codec: warning: ${trailingWarning(name, header.trailingBytes)}\n`);
  }
  if (header.damage === null) return;
  const written = `${folder} holds the pictures of the ${header.layers.length} layers before the damage`;
  throw new CliError(CORRUPT_EXIT_CODE, `${name}: damaged stream: ${header.damage}. ${written}`);
}

/** The picture of a layer. */
interface StepOutput {
  readonly location: string;
  readonly target: Target;
}

/** Checks before any work that the pictures of all layers, from the first, can be written. */
async function openOutputs(
  { input, folder, header }: { readonly input: string; readonly folder: string; readonly header: InspectInfo },
  options: DecodeCommandOptions,
  io: CliIo,
): Promise<StepOutput[]> {
  const name = input === STANDARD_STREAM ? 'picture' : locationParts(input).name;
  const digits = String(header.layersTotal).length;
  const locations = header.layers.map(({ layer }) =>
    inFolder(folder, `${name}-${String(layer).padStart(digits, '0')}.png`),
  );
  assertNotRead(locations, [input]);
  const existing = writeOptions({ ...options, output: folder }, 'decode');
  const outputs: StepOutput[] = [];
  for (const location of locations) {
    outputs.push({ location, target: await openTarget({ output: location, makesFolder: false }, existing, io) });
  }
  return outputs;
}

/** A stream and where its pictures go. */
interface StepsTask {
  readonly input: string;
  readonly folder: string;
  readonly outputs: readonly StepOutput[];
}

/** Writes the picture of each layer and reports it. */
class StepWriter {
  readonly #task: StepsTask;
  readonly #options: DecodeCommandOptions;
  readonly #io: CliIo;
  readonly view: ProgressView;

  constructor(task: StepsTask, options: DecodeCommandOptions, io: CliIo) {
    this.#task = task;
    this.#options = options;
    this.#io = io;
    this.view = createProgressView(task.folder, options.quiet === true, io);
  }

  async write(png: Uint8Array, { layer, layersTotal, bytes }: Frame['info']): Promise<void> {
    const { input, outputs } = this.#task;
    const { location: output, target } = outputs[layer - 1];
    await target.write(png);
    this.view.stop();
    if (this.#options.json)
      await printJson('decode', { input: shownLocation(input), output, layer, layersTotal, bytes }, this.#io);
    else if (!this.#options.quiet)
      this.#io.stderr.write(`${output}  layer ${layer}/${layersTotal}  ${grouped(bytes)} B\n`);
    this.view.update({ step: layer, steps: layersTotal, fraction: layer / layersTotal });
  }
}
