import { basename, extname, join } from 'node:path';
import type { Frame } from '../../api/decode-progressive.ts';
import { defined } from '../../base/defined.ts';
import { printJson, usageError } from '../command-options.ts';
import { CliError, CORRUPT_EXIT_CODE } from '../exit-codes.ts';
import { makeFolder, openTarget } from '../files/file-jobs.ts';
import type { Library } from '../library.ts';
import { type CliIo, readInput, STANDARD_STREAM } from '../terminal/cli-io.ts';
import { createProgressView, type ProgressView } from '../terminal/progress-view.ts';
import { grouped } from '../terminal/text-format.ts';
import type { DecodeCommandOptions } from './decode-command-options.ts';

/**
 * `ddpm-codec decode --all-steps DIR`: decodes once and writes the picture after each layer as `DIR/NAME-LL.png`.
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
  const [input] = inputs;
  const bytes = await readInput(input, io);
  const { model, backend, limitPixels: limitInputPixels, limitMemory, timeout } = options;
  const run = defined({ model, backend, limitInputPixels, limitMemory, timeout });
  const header = library.inspect(bytes, defined({ limitInputPixels }));
  const steps = new StepWriter(input, folder, options, io);
  makeFolder(folder);
  const source = (async function* () {
    // The bytes after the last intact layer are damaged or incomplete.
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
  if (header.damage === null) return;
  const written = `${folder} holds the pictures of the ${header.layers.length} layers before the damage`;
  throw new CliError(CORRUPT_EXIT_CODE, `${input}: damaged stream: ${header.damage}. ${written}`);
}

/** Writes the picture of each layer and reports it. */
class StepWriter {
  readonly #input: string;
  readonly #folder: string;
  readonly #options: DecodeCommandOptions;
  readonly #io: CliIo;
  readonly view: ProgressView;

  constructor(input: string, folder: string, options: DecodeCommandOptions, io: CliIo) {
    this.#input = input;
    this.#folder = folder;
    this.#options = options;
    this.#io = io;
    this.view = createProgressView(folder, options.quiet === true, io);
  }

  async write(png: Uint8Array, { layer, layersTotal, bytes }: Frame['info']): Promise<void> {
    const name = this.#input === STANDARD_STREAM ? 'picture' : basename(this.#input, extname(this.#input));
    const digits = String(layersTotal).length;
    const output = join(this.#folder, `${name}-${String(layer).padStart(digits, '0')}.png`);
    const job = { input: this.#input, output, source: this.#input, target: output, makesFolder: false };
    await openTarget(job, this.#options, this.#io).write(png);
    this.view.stop();
    if (this.#options.json)
      await printJson('decode', { input: this.#input, output, layer, layersTotal, bytes }, this.#io);
    else if (!this.#options.quiet)
      this.#io.stderr.write(`${output}  layer ${layer}/${layersTotal}  ${grouped(bytes)} B\n`);
    this.view.update({ step: layer, steps: layersTotal, fraction: layer / layersTotal });
  }
}
