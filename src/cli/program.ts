import { Command, Option } from 'commander';
import { type DecodeCommandOptions, decodeCommand } from './decode.ts';
import { type EncodeCommandOptions, encodeCommand } from './encode.ts';
import { exitCodeMeanings } from './exit-codes.ts';
import { type InfoCommandOptions, infoCommand } from './info.ts';
import type { CliIo } from './io.ts';
import type { Library } from './library.ts';
import { parseByteCount, parseNumber } from './parse.ts';

const BACKENDS = ['wasm', 'cpu', 'tensorflow'];

const EXAMPLES = `
Examples:
  ddpm-codec encode photo.png -o photo.ddpm --effort 7
  ddpm-codec decode photo.ddpm -o preview.png --bytes 20k
  head -c 20000 photo.ddpm | ddpm-codec decode - -o - > preview.png
`;

/** The command line. Parsing runs the command; commander's own errors are thrown as CommanderError, nothing exits. */
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
      outputError: () => {}, // run.ts prints the one line
    })
    .addHelpText(
      'after',
      `${EXAMPLES}\n${exitCodeHelp()}\n\nddpm-codec COMMAND --help lists the options of a command.`,
    );
  addEncode(program, library, io);
  addDecode(program, library, io);
  addInfo(program, library, io);
  return program;
}

function addEncode(program: Command, library: Library, io: CliIo): void {
  const command = program
    .command('encode')
    .description('Encode an image file (PNG, JPEG, WebP, AVIF, TIFF, GIF, PPM) as .ddpm.')
    .argument('<input>', 'image file; - for standard input')
    .option('-o, --output <file>', '.ddpm file; - for standard output (default: input with the extension .ddpm)')
    .addOption(numberOption('-e, --effort <n>', 'integer 1 (fast) .. 9 (small) (default: 5)'))
    .addOption(numberOption('--ladder <step>', 'step of the noise ladder in log-SNR: 1, 1.5 or 2 (default: by effort)'))
    .addOption(numberOption('--beam <paths>', 'paths of the trellis search, 1..4096 (default: by effort)'))
    .addOption(
      numberOption(
        '--end-sigma <sigma>',
        'noise level of the last layer, 0.004..50, smaller is better and larger (default: 0.02)',
      ),
    )
    .addOption(numberOption('--seed <n>', 'seed of the shared noise, 0..4294967295, stored in the file (default: 0)'));
  addCommonOptions(command).action((input: string, options: EncodeCommandOptions) =>
    encodeCommand(input, options, library, io),
  );
}

function addDecode(program: Command, library: Library, io: CliIo): void {
  const bytes = new Option('--bytes <n>', 'decode only the first n bytes; suffixes k = 1000, M = 1000000');
  const command = program
    .command('decode')
    .description('Decode a .ddpm file, or any prefix of one, to an image file.')
    .argument('<input>', '.ddpm file; - for standard input')
    .option(
      '-o, --output <file>',
      'image file: .png .jpg .webp .avif .tif .ppm .pgm; - for a PNG on standard output (default: input with the extension .png)',
    )
    .addOption(bytes.argParser(parseByteCount).conflicts(['layers', 'bpp']))
    .addOption(numberOption('--layers <k>', 'decode only the first k layers').conflicts(['bytes', 'bpp']))
    .addOption(numberOption('--bpp <x>', 'decode only the first x bits per pixel').conflicts(['bytes', 'layers']))
    .option('--strict', 'make a truncated file an error (exit code 4) and not a warning');
  addCommonOptions(command).action((input: string, options: DecodeCommandOptions) =>
    decodeCommand(input, options, library, io),
  );
}

function addInfo(program: Command, library: Library, io: CliIo): void {
  program
    .command('info')
    .description('Print the header of a .ddpm file and a row for each layer; the model is not run.')
    .argument('[input]', '.ddpm file; - for standard input')
    .option('--json', 'print one JSON object on standard output')
    .option('--backends', 'list the tensor backends and whether they can be started here')
    .action((input: string | undefined, options: InfoCommandOptions) => infoCommand(input, options, library, io));
}

function addCommonOptions(command: Command): Command {
  return command
    .option('--model <path>', 'weights file (default: the model shipped with the package)')
    .addOption(new Option('--backend <name>', 'tensor backend (default: wasm)').choices(BACKENDS))
    .addOption(numberOption('--limit-pixels <n>', 'largest number of pixels accepted (default: 268402689)'))
    .option('-f, --force', 'overwrite an existing output file')
    .option('--json', 'print one JSON object on standard output and no summary')
    .option('--quiet', 'print errors only');
}

function numberOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseNumber);
}

function exitCodeHelp(): string {
  const lines = [...exitCodeMeanings].map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return ['Exit codes:', ...lines].join('\n');
}
