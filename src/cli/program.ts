import { Command, Option } from 'commander';
import { TRANSPORTS } from '../codec/transport/transport.ts';
import {
  backendOption,
  forceOption,
  limitPixelsOption,
  noClobberOption,
  numberOption,
  shardOption,
  threadsOption,
} from './command-options.ts';
import { addAnalyze } from './commands/analyze-command.ts';
import { addBench } from './commands/bench-command.ts';
import { addCalibrate } from './commands/calibrate-command.ts';
import { addCompare } from './commands/compare-command.ts';
import { decodeCommand } from './commands/decode-command.ts';
import type { DecodeCommandOptions } from './commands/decode-command-options.ts';
import { addDoctor } from './commands/doctor-command.ts';
import { encodeCommand } from './commands/encode-command.ts';
import type { EncodeCommandOptions } from './commands/encode-file.ts';
import { addFid } from './commands/fid-command.ts';
import { type InfoCommandOptions, infoCommand } from './commands/info-command.ts';
import { addModels } from './commands/models-command.ts';
import { addRetry } from './commands/retry-command.ts';
import { addSample } from './commands/sample-command.ts';
import { addStatus } from './commands/status-command.ts';
import { addSubmit } from './commands/submit-command.ts';
import { addTrain } from './commands/train-command.ts';
import { truncateCommand } from './commands/truncate-command.ts';
import type { TruncateCommandOptions } from './commands/truncate-command-options.ts';
import { addWorker } from './commands/worker-command.ts';
import { exitCodeMeanings } from './exit-codes.ts';
import type { Library } from './library.ts';
import { observeOptions } from './observe-jobs.ts';
import { parseByteCount, parseMetadata, parseRetries, parseSide } from './parse-arguments.ts';
import type { CliIo } from './terminal/cli-io.ts';

const RATE_OPTIONS = ['bytes', 'bpp', 'psnr', 'quality', 'endSigma'];

const CUT_OPTIONS = ['bytes', 'layers', 'bpp', 'psnr'];

/** Options about runs of many files. */
const RUN_OPTIONS = ['shard', 'journal', 'retryFailed', 'filesFrom', 'metrics'];

const SEED_RANGE = 'an integer 0..4294967295';

const OUTPUT_HELP = 'file; DIR/ or a template with {dir}, {name}, {ext} for several inputs; - for standard output';

const EXAMPLES = `
Examples:
  ddpm-codec encode photo.png -o photo.ddpm --bytes 20k
  ddpm-codec encode "photos/*.jpg" -o "{dir}/{name}.ddpm" --psnr 32 -j all
  ddpm-codec decode photo.ddpm -o preview.png --max-size 256
  ddpm-codec truncate photo.ddpm --bytes 5k -o small.ddpm
  ddpm-codec truncate photo.ddpm --psnr 30 -o good.ddpm
  head -c 20000 photo.ddpm | ddpm-codec decode - -o - > preview.png
`;

/**
 * Defines the command line. Parsing it runs the command. Errors that commander detects are thrown as CommanderError;
 * commander does not end the process.
 */
export function createProgram(library: Library, io: CliIo): Command {
  const program = new Command('ddpm-codec')
    .description('Progressive image codec on a diffusion model: every prefix of a .ddpm file is a picture.')
    .version(library.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {}, // run-cli.ts prints errors
    })
    .addHelpText(
      'after',
      `${EXAMPLES}\n${exitCodeHelp()}\n\nddpm-codec COMMAND --help lists the options of a command.`,
    );
  addEncode(program, library, io);
  addDecode(program, library, io);
  addTruncate(program, library, io);
  addInfo(program, library, io);
  addAnalyze(program, library, io);
  addSample(program, library, io);
  addTrain(program, library, io);
  addModels(program, library, io);
  addCalibrate(program, library, io);
  addBench(program, io);
  addCompare(program, library, io);
  addFid(program, library, io);
  addDoctor(program, io);
  addSubmit(program, { encode: addEncodeOptions, decode: addDecodeOptions }, library, io);
  addWorker(program, library, io);
  addStatus(program, io);
  addRetry(program, io);
  return program;
}

function addEncode(program: Command, library: Library, io: CliIo): void {
  const command = program
    .command('encode')
    .description('Encode image files (PNG, JPEG, WebP, AVIF, TIFF, GIF, PPM) as .ddpm.')
    .argument('[inputs...]', 'image files or quoted globs ("photos/**/*.jpg"); - for standard input');
  addRunOptions(addEncodeOptions(command))
    .addOption(threadsOption('; for one file as for many'))
    .action((inputs: string[], options: EncodeCommandOptions) => encodeCommand(inputs, options, library, io));
}

/** Adds the options that say how images are encoded, and where to. */
function addEncodeOptions(command: Command): Command {
  command.option('-o, --output <path>', `${OUTPUT_HELP} (default: input with the extension .ddpm)`);
  for (const option of rateOptions())
    command.addOption(option.conflicts(RATE_OPTIONS.filter((name) => name !== option.attributeName())));
  command
    .addOption(
      new Option(
        '-l, --lossless',
        'decode to the exact pixels; --end-sigma says where the lossless part starts',
      ).conflicts(RATE_OPTIONS.filter((name) => name !== 'endSigma')),
    )
    .option('--report-psnr', 'report the PSNR of the file, which takes a run of the network more')
    .option('--index', 'begin with an index of layers and PSNR (default: above 64x64 pixels and 1000 bytes)')
    .option('--no-index', 'leave the index out')
    .option('--exact-alpha', 'keep and count the colours of pixels with alpha 0, which nobody sees')
    .addOption(numberOption('-e, --effort <n>', 'from fast to small (default: 5)', 'an integer 1..9'))
    .addOption(
      new Option('--metadata <kinds>', 'keep all, none or a list of icc,exif,xmp (default: icc)').argParser(
        parseMetadata,
      ),
    )
    .addOption(
      numberOption(
        '--ladder <step>',
        'step of the noise ladder in log-SNR (default: by effort)',
        '0.5, 0.75, 1, 1.5 or 2, dithered also 3, 4, 6, 8',
      ),
    )
    .addOption(
      new Option(
        '--transport <name>',
        'how the layers are conveyed; dithered is for comparison, without -e and --beam (default: trellis)',
      ).choices(TRANSPORTS),
    )
    .addOption(numberOption('--beam <paths>', 'paths of the trellis search (default: by effort)', 'an integer 1..4096'))
    .addOption(numberOption('--seed <n>', 'seed of the shared noise, stored in the file (default: 0)', SEED_RANGE));
  return addModelOptions(addFileOptions(command));
}

/** Options that set the size or the quality of the file; at most one of them may be given. */
function rateOptions(): Option[] {
  const sizes = 'suffixes k = 1000, M = 1000000';
  return [
    new Option('--target-size, --bytes <n>', `size the file must not exceed; ${sizes}`).argParser(parseByteCount),
    numberOption('--bpp <x>', 'the same as bits per pixel', 'a number 0..1000'),
    numberOption('--psnr <dB>', 'quality to reach within 0.1 dB, slower', 'a number 1..100'),
    numberOption('-q, --quality <n>', 'as of WebP; 83 is about the default, 100 is --lossless', 'a number 0..100'),
    numberOption(
      '--end-sigma <sigma>',
      'noise level of the last layer, smaller is better and larger (default: 0.065)',
      'a number 0.004..40',
    ),
  ];
}

function addDecode(program: Command, library: Library, io: CliIo): void {
  const command = program
    .command('decode')
    .description('Decode .ddpm files, or any prefixes of them, to image files.')
    .argument('[inputs...]', '.ddpm files or quoted globs; - for standard input')
    .addOption(allStepsOption());
  addRunOptions(addDecodeOptions(command))
    .addOption(threadsOption('; for one file as for many'))
    .action((inputs: string[], options: DecodeCommandOptions) => decodeCommand(inputs, options, library, io));
}

/** Adds the options that say how streams are decoded, and where to. */
function addDecodeOptions(command: Command): Command {
  command.option(
    '-o, --output <path>',
    `image: .png .jpg .webp .avif .tif .ppm .pgm; ${OUTPUT_HELP} (default: input with the extension .png)`,
  );
  for (const option of decodeOptions()) command.addOption(option);
  return addModelOptions(addFileOptions(command));
}

function allStepsOption(): Option {
  const parts = ['bytes', 'layers', 'bpp', 'maxSize', 'maxWidth', 'maxHeight'];
  return new Option(
    '--all-steps <dir>',
    'write the picture after each layer of one input as DIR/NAME-LL.png',
  ).conflicts(['output', ...parts, 'reconstruction', 'threads', 'strict', 'overwrite', ...RUN_OPTIONS]);
}

function decodeOptions(): Option[] {
  const bytes = new Option('--max-bytes, --bytes <n>', 'decode only the first n bytes; suffixes k = 1000, M = 1000000');
  const modes = 'mmse: best PSNR; sample: one likely picture, with texture (default: mmse)';
  return [
    bytes.argParser(parseByteCount).conflicts(['layers', 'bpp']),
    numberOption('--layers <k>', 'decode only the first k layers', 'an integer from 0 up').conflicts(['bytes', 'bpp']),
    numberOption('--bpp <x>', 'decode only the first x bits per pixel', 'a number above 0').conflicts([
      'bytes',
      'layers',
    ]),
    new Option('--max-size <n>', 'reduce width and height to n pixels or less, from fewer layers and much faster')
      .argParser(parseSide)
      .conflicts(['maxWidth', 'maxHeight']),
    new Option('--max-width <n>', 'the same for the width').argParser(parseSide),
    new Option('--max-height <n>', 'the same for the height').argParser(parseSide),
    new Option('--reconstruction <mode>', modes).choices(['mmse', 'sample']),
    numberOption('--seed <n>', 'seed of --reconstruction sample (default: 0)', SEED_RANGE),
    new Option(
      '--limit-memory <n>',
      'largest memory in bytes that decoding may need, by estimate; suffixes k, M (default: none)',
    ).argParser(parseByteCount),
    numberOption('--timeout <seconds>', 'give up on a file after this time (default: none)', 'a number 0.001..2147483'),
    new Option('--strict', 'make a truncated file, or bytes after its end, an error (exit code 4) and not a warning'),
  ];
}

function addTruncate(program: Command, library: Library, io: CliIo): void {
  const command = program
    .command('truncate')
    .description('Shorten .ddpm files, in milliseconds; the model is not run.')
    .argument('[inputs...]', '.ddpm files or quoted globs; - for standard input')
    .requiredOption('-o, --output <path>', OUTPUT_HELP);
  for (const option of cutOptions()) {
    command.addOption(option.conflicts(CUT_OPTIONS.filter((name) => name !== option.attributeName())));
  }
  addRunOptions(addFileOptions(command.addOption(limitPixelsOption()))).action(
    (inputs: string[], options: TruncateCommandOptions) => truncateCommand(inputs, options, library, io),
  );
}

/** Options that say where a file is cut; one of them must be given. */
function cutOptions(): Option[] {
  return [
    new Option('--max-bytes, --bytes <n>', 'keep exactly the first n bytes; suffixes k = 1000, M = 1000000').argParser(
      parseByteCount,
    ),
    numberOption('--layers <k>', 'keep the first k layers', 'an integer from 0 up'),
    numberOption('--bpp <x>', 'keep the first x bits per pixel', 'a number above 0'),
    numberOption('--psnr <dB>', "keep the layers up to this quality, by the file's index", 'a number 0..100'),
  ];
}

function addInfo(program: Command, library: Library, io: CliIo): void {
  program
    .command('info')
    .description('Print the header of a .ddpm file and a row for each layer; the model is not run.')
    .argument('[input]', '.ddpm file; - for standard input')
    .option('--json', 'print one JSON object on standard output')
    .option('--backends', 'list the tensor backends and whether they can be started here')
    .addOption(limitPixelsOption())
    .action((input: string | undefined, options: InfoCommandOptions) => infoCommand(input, options, library, io));
}

/** Adds the options that say how a run goes about its files. */
function addRunOptions(command: Command): Command {
  const journal = 'note what is done in this file, and go on where the run that it is from has ended';
  const retries = 'try again what may pass, such as network failures and a full disk; an integer 0..100 (default: 3)';
  command
    .addOption(shardOption())
    .option('--journal <file>', journal)
    .option('--retry-failed', 'try again what failed for good, as the journal says')
    .addOption(new Option('--retries <n>', retries).argParser(parseRetries));
  for (const option of observeOptions()) command.addOption(option);
  return command;
}

function addFileOptions(command: Command): Command {
  return command
    .option('--files-from <file>', 'take inputs from a list as well, a path or URL a line; - for standard input')
    .option('-0, --null', 'names in the list end with a zero byte, as those of find -print0')
    .option('--no-overwrite', 'skip inputs whose output exists')
    .addOption(noClobberOption().conflicts('overwrite'))
    .addOption(forceOption())
    .option('--json', 'print one JSON object a file on standard output and no summary')
    .option('--quiet', 'print errors only');
}

function addModelOptions(command: Command): Command {
  return command
    .option('--model <model>', 'name, id or weights file of a model (default: the one that is shipped)')
    .addOption(backendOption())
    .option('--portable', 'the same bytes and pixels on every machine, for lossy pictures too (exact arithmetic)')
    .addOption(limitPixelsOption());
}

function exitCodeHelp(): string {
  const lines = [...exitCodeMeanings].map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return ['Exit codes:', ...lines].join('\n');
}
