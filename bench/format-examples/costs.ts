/** Files whose side information docs/format.md, "Costs", shows. */
import { type EncodeOptions, encode, type RawImage } from 'ddpm-codec';
import { parseStream } from 'ddpm-codec/codec';
import type { FileCost } from '../documents/figures/format.ts';
import { mean } from '../mean.ts';
import { CIFAR_PATH, readCifar } from '../pictures.ts';
import { crop, meanOfColours } from './crops.ts';
import { streamTiles } from './stream-tiles.ts';

/** A row of the table: one picture, or several whose mean is shown. */
export interface CostCase {
  readonly image: string;
  readonly options: EncodeOptions;
  readonly pictures: readonly RawImage[];
  readonly allowed: FileCost['allowed'];
}

/** Flags of the options in use. */
const FLAGS = { effort: '--effort', ladderStep: '--ladder', seed: '--seed', endSigma: '--end-sigma' } as const;
type CostOptions = Pick<EncodeOptions, keyof typeof FLAGS>;

/** Options as flags of the command line. */
function flagsOf(options: CostOptions): string {
  const names = Object.keys(FLAGS) as (keyof typeof FLAGS)[];
  return names.flatMap((name) => (options[name] === undefined ? [] : [`${FLAGS[name]} ${options[name]}`])).join(' ');
}

/** The rows of the table. */
export async function costCases(): Promise<CostCase[]> {
  const images = readCifar(CIFAR_PATH, 24);
  const small = { header: '16', side: '0.5, mean' };
  const large = { header: '24', side: '5' };
  const none = { header: '', side: '' };
  const other = { ladderStep: 1, seed: 4000000001, endSigma: 0.05 };
  const one = async (name: string, width: number, height: number, x: number, y: number, grey = false) => [
    await crop(name, { left: x, top: y, width, height }, grey ? 1 : 3),
  ];
  return [
    { image: '32x32, CIFAR-10 test image 0', options: {}, pictures: images.slice(0, 1), allowed: small },
    { image: 'the same', options: other, pictures: images.slice(0, 1), allowed: { ...small, side: '' } },
    { image: '32x32, test images 0 to 23, mean', options: {}, pictures: images, allowed: small },
    {
      image: '32x32 grey, mean of the colours of image 0',
      options: {},
      pictures: [meanOfColours(images[0])],
      allowed: small,
    },
    {
      image: '37x61 grey, from Kodak 13 at (10, 10)',
      options: {},
      pictures: await one('kodim13', 37, 61, 10, 10, true),
      allowed: none,
    },
    {
      image: '500x333, from Kodak 23 at (100, 100)',
      options: { effort: 4 },
      pictures: await one('kodim23', 500, 333, 100, 100),
      allowed: large,
    },
    {
      image: '768x512, Kodak 23',
      options: { effort: 4 },
      pictures: await one('kodim23', 768, 512, 0, 0),
      allowed: large,
    },
  ];
}

/** The files of a row. */
export async function costFiles({ pictures, options }: CostCase): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  for (const picture of pictures) files.push((await encode(picture, options)).data);
  return files;
}

/** Sums up the files of a row. */
export function costOf({ image, options, allowed }: CostCase, files: readonly Uint8Array[]): FileCost {
  const streams = files.map((bytes) => ({ ...parseStream(bytes), tiles: streamTiles(bytes) }));
  const tiles = streams.flatMap((stream) => stream.tiles);
  const spread = (values: readonly number[]) => ({ mean: mean(values), largest: Math.max(...values) });
  return {
    image,
    options: flagsOf(options),
    bytes: mean(files.map(({ length }) => length)),
    headerBytes: mean(streams.map(({ header }) => header.headerBytes)),
    layers: mean(streams.map(({ layers }) => layers.length)),
    tiles: tiles.length / files.length,
    code: spread(tiles.map(({ codeLength }) => codeLength)),
    side: spread(tiles.map(({ sideBits }) => sideBits)),
    checksums: streams.some(({ header }) => header.checksums),
    allowed,
  };
}
