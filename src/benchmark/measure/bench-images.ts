/** Finds and reads the images of a benchmark: image files, folders, globs, and CIFAR-10 binaries. */
import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { readCifar10 } from '../../analysis/image-planes.ts';
import { DdpmError } from '../../base/errors.ts';
import { readImage } from '../../image/files/read-image.ts';
import type { ColourImage } from '../../image/raw-image.ts';
import { isPattern, listInputs } from '../../storage/list-inputs.ts';
import type { BenchImage } from '../bench-types.ts';

/** A CIFAR-10 record: 1 label byte, then 32 x 32 samples of red, of green and of blue. */
const RECORD_BYTES = 3073;
const CIFAR_EXTENSION = '.bin';
const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set(
  'png jpg jpeg webp avif tif tiff gif ppm pgm'.split(' ').map((extension) => `.${extension}`),
);

/**
 * Lists the images of a benchmark, in a fixed order: a folder stands for its image files and CIFAR-10 binaries
 * (`.bin`), a binary for its records, and a glob for the matching files. Folders and globs are sorted by name.
 *
 * @param inputs - files, folders and globs
 * @param limit - largest number of images; default all
 * @throws DdpmError `ERR_DDPM_INPUT` if an input contains no image
 */
export async function findImages(
  inputs: readonly string[],
  limit: number = Number.POSITIVE_INFINITY,
): Promise<BenchImage[]> {
  const paths = (await Promise.all(inputs.map(pathsOf))).flat();
  const sources = [...new Set(paths)].flatMap(sourcesOf).slice(0, limit);
  const counts = new Map<string, number>();
  for (const { name } of sources) counts.set(name, (counts.get(name) ?? 0) + 1);
  return sources.map((source) => (counts.get(source.name) === 1 ? source : { ...source, name: longName(source) }));
}

/** The name of an image whose short name is not unique: its path. */
function longName({ path, record }: BenchImage): string {
  return record === undefined ? path : `${path}-${record}`;
}

async function pathsOf(input: string): Promise<string[]> {
  const paths = await expand(input);
  if (paths.length > 0) return paths;
  throw new DdpmError(
    'ERR_DDPM_INPUT',
    `${input}: no image there. Give image files, folders, globs or CIFAR-10 .bin files`,
  );
}

async function expand(input: string): Promise<string[]> {
  if (existsSync(input)) {
    if (!statSync(input).isDirectory()) return [input];
    return readdirSync(input, { withFileTypes: true })
      .filter((entry: Dirent) => entry.isFile() && isPictureName(entry.name))
      .map(({ name }) => join(input, name))
      .sort();
  }
  if (!isPattern(input)) return [];
  const found: string[] = [];
  for await (const { location } of listInputs([input])) found.push(location);
  return found;
}

function isPictureName(name: string): boolean {
  const extension = extname(name).toLowerCase();
  return extension === CIFAR_EXTENSION || IMAGE_EXTENSIONS.has(extension);
}

function sourcesOf(path: string): BenchImage[] {
  const name = basename(path, extname(path));
  if (extname(path).toLowerCase() !== CIFAR_EXTENSION) return [{ name, path }];
  const { size } = statSync(path);
  if (size === 0 || size % RECORD_BYTES !== 0) {
    const why = `${size} bytes are no whole number of CIFAR-10 records of ${RECORD_BYTES}`;
    throw new DdpmError('ERR_DDPM_INPUT', `${path}: ${why}. Give a file of the binary version of CIFAR-10`);
  }
  return Array.from({ length: size / RECORD_BYTES }, (_, record) => ({ name: `${name}-${record}`, path, record }));
}

/**
 * Reads the pixels of an image, grey or RGB.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if the image cannot be read, or has an alpha channel, which not all codecs support
 */
export async function loadImage({ path, record }: BenchImage): Promise<ColourImage> {
  if (record !== undefined) return readRecord(path, record);
  const { data, width, height, channels } = await readImage(await readFile(path), { source: path, metadata: 'none' });
  if (channels !== 1 && channels !== 3) {
    throw new DdpmError(
      'ERR_DDPM_INPUT',
      `${path}: it has an alpha channel; the benchmark compares colours. Remove it`,
    );
  }
  return { data, width, height, channels };
}

async function readRecord(path: string, record: number): Promise<ColourImage> {
  const bytes = new Uint8Array(RECORD_BYTES);
  const file = await open(path);
  try {
    await file.read(bytes, 0, RECORD_BYTES, record * RECORD_BYTES);
  } finally {
    await file.close();
  }
  const [{ data, width, height }] = readCifar10(bytes, { source: path });
  return { data, width, height, channels: 3 };
}
