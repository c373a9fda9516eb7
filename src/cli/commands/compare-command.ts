import type { Command } from 'commander';
import type { RawImage } from '../../image/raw-image.ts';
import { shownLocation } from '../../storage/location.ts';
import { printJson, usageError } from '../command-options.ts';
import type { Library } from '../library.ts';
import { type CliIo, readInput, writeStandardOutput } from '../terminal/cli-io.ts';
import { decibels } from '../terminal/text-format.ts';

/** First byte of a `.ddpm` stream. No supported image format begins with it. */
const DDPM_MAGIC = 0xdd;

/** Adds the `compare` command. */
export function addCompare(program: Command, library: Library, io: CliIo): void {
  program
    .command('compare')
    .description('Print how far two pictures are apart, where they can be seen: PSNR, SSIM, MS-SSIM, RMSE.')
    .argument('<a>', 'image or .ddpm file; - for standard input')
    .argument('<b>', 'another one of the same size')
    .option('--json', 'print one JSON object on standard output')
    .action((a: string, b: string, options: { readonly json?: true }) => compareCommand([a, b], options, library, io));
}

/** `ddpm-codec compare`: prints how different two pictures are. */
export async function compareCommand(
  [a, b]: readonly [string, string],
  options: { readonly json?: true },
  library: Library,
  io: CliIo,
): Promise<void> {
  const [first, second] = [await readPicture(a, library, io), await readPicture(b, library, io)];
  const profilesDiffer = !sameBytes(first.metadata?.icc, second.metadata?.icc);
  const [left, right] = profilesDiffer
    ? [await library.imageToSrgb(first), await library.imageToSrgb(second)]
    : [first, second];
  const [one, other] = sameChannels(left, right);
  const size = ({ width, height }: RawImage): string => `${width} x ${height}`;
  if (size(one) !== size(other))
    throw usageError(
      `${shownLocation(a)} has ${size(one)} pixels, ${shownLocation(b)} has ${size(other)}; give pictures of one size`,
    );
  const { mse, rmse, psnr, ssim, msSsim, alphaRmse } = library.compareImages(one, other);
  const { width, height, channels } = one;
  if (options.json) {
    const measures = { mse, rmse, psnr, ssim, msSsim, alphaRmse };
    return printJson(
      'compare',
      {
        a: shownLocation(a),
        b: shownLocation(b),
        width,
        height,
        channels,
        convertedToSrgb: profilesDiffer,
        ...measures,
      },
      io,
    );
  }
  const similarity = (value: number | null): string => (value === null ? 'too small' : value.toFixed(6));
  const lines = [
    `PSNR     ${decibels(psnr)}`,
    `SSIM     ${similarity(ssim)}`,
    `MS-SSIM  ${similarity(msSsim)}`,
    `RMSE     ${rmse.toFixed(4)} grey levels`,
    ...(alphaRmse === null
      ? []
      : [`alpha    ${alphaRmse.toFixed(4)} RMSE; colours count where one of the two is visible`]),
    ...(profilesDiffer ? ['Colours  converted to sRGB, as the ICC profiles differ'] : []),
  ];
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
