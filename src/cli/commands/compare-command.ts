import type { Command } from 'commander';
import type { RawImage } from '../../image/raw-image.ts';
import { shownLocation } from '../../storage/location.ts';
import { printJson, usageError } from '../command-options.ts';
import type { Library } from '../library.ts';
import { measureLines, measureLooks, type NetworkFiles } from '../picture-measures.ts';
import { type CliIo, readInput, writeStandardOutput } from '../terminal/cli-io.ts';

/** First byte of a `.ddpm` stream. No supported image format begins with it. */
const DDPM_MAGIC = 0xdd;
/** Width of the column of names. */
const NAME_WIDTH = 14;

/** Options of the `compare` command. */
export interface CompareCommandOptions extends NetworkFiles {
  readonly json?: true;
}

/** Adds the `compare` command. */
export function addCompare(program: Command, library: Library, io: CliIo): void {
  program
    .command('compare')
    .description(
      'Print how far two pictures are apart, where they can be seen: PSNR, SSIM, MS-SSIM, SSIMULACRA 2, LPIPS, DISTS, RMSE.',
    )
    .argument('<a>', 'image or .ddpm file; - for standard input; SSIMULACRA 2 takes it as the original')
    .argument('<b>', 'another one of the same size')
    .option('--lpips <file>', 'ONNX file of LPIPS (docs/quality.md)')
    .option('--dists <file>', 'ONNX file of DISTS (docs/quality.md)')
    .option('--json', 'print one JSON object on standard output')
    .action((a: string, b: string, options: CompareCommandOptions) => compareCommand([a, b], options, library, io));
}

/** `ddpm-codec compare`: prints how different two pictures are. */
export async function compareCommand(
  [a, b]: readonly [string, string],
  options: CompareCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const [first, second] = [await readPicture(a, library, io), await readPicture(b, library, io)];
  const profilesDiffer = !sameBytes(first.metadata?.icc, second.metadata?.icc);
  const inSrgb = async (): Promise<[RawImage, RawImage]> =>
    sameChannels(await library.imageToSrgb(first), await library.imageToSrgb(second));
  const pair = profilesDiffer ? await inSrgb() : sameChannels(first, second);
  const size = ({ width, height }: RawImage): string => `${width} x ${height}`;
  if (size(pair[0]) !== size(pair[1]))
    throw usageError(
      `${shownLocation(a)} has ${size(pair[0])} pixels, ${shownLocation(b)} has ${size(pair[1])}; give pictures of one size`,
    );
  const looks = await measureLooks(profilesDiffer ? pair : await inSrgb(), options, library, io);
  const measures = { ...library.compareImages(...pair), ...looks };
  if (options.json) {
    const { width, height, channels } = pair[0];
    const names = { a: shownLocation(a), b: shownLocation(b) };
    return printJson(
      'compare',
      { ...names, width, height, channels, convertedToSrgb: profilesDiffer, ...measures },
      io,
    );
  }
  const lines = measureLines(measures).map(([name, value]) => `${name.padEnd(NAME_WIDTH)}${value}`);
  if (profilesDiffer) lines.push(`${'Colours'.padEnd(NAME_WIDTH)}converted to sRGB, as the ICC profiles differ`);
  await writeStandardOutput(`${lines.join('\n')}\n`, io);
}

async function readPicture(path: string, library: Library, io: CliIo): Promise<RawImage> {
  const bytes = await readInput(path, io);
  if (bytes[0] !== DDPM_MAGIC) return library.readImage(bytes, { source: shownLocation(path) });
  const { data, info, metadata } = await library.decode(bytes);
  return { data, width: info.width, height: info.height, channels: info.channels, metadata };
}

/** Whether both are missing, or equal. */
function sameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (!one || !other) return one === other;
  return Buffer.compare(one, other) === 0;
}

/** Converts grey to RGB, and adds opaque alpha, where only one of the pictures has colour or alpha. */
function sameChannels(a: RawImage, b: RawImage): [RawImage, RawImage] {
  if (a.channels === b.channels) return [a, b];
  const hasAlpha = a.channels % 2 === 0 || b.channels % 2 === 0;
  const colours = Math.max(a.channels, b.channels) > 2 ? 3 : 1;
  return [withChannels(a, colours, hasAlpha), withChannels(b, colours, hasAlpha)];
}

function withChannels({ data, width, height, channels }: RawImage, colours: 1 | 3, hasAlpha: boolean): RawImage {
  const own = channels > 2 ? 3 : 1;
  const out = (hasAlpha ? colours + 1 : colours) as RawImage['channels'];
  const pixels = new Uint8Array(width * height * out).fill(255);
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < colours; c++) pixels[p * out + c] = data[p * channels + (c % own)];
    if (channels > own) pixels[p * out + colours] = data[p * channels + own];
  }
  return { data: pixels, width, height, channels: out };
}
