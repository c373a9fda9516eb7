import { statSync } from 'node:fs';
import type { AnalysisImage } from '../../api/analyze.ts';
import { defined } from '../../base/defined.ts';
import { parseGlob } from '../../storage/glob-pattern.ts';
import { isLocal, locationParts, shownLocation } from '../../storage/location.ts';
import { walkFolder } from '../../storage/walk-folder.ts';
import { CliError } from '../exit-codes.ts';
import type { Library } from '../library.ts';
import { type CliIo, readInput } from '../terminal/cli-io.ts';
import { expandInputs } from './input-files.ts';

/** Pattern of the files that are read from folders. */
const IN_FOLDERS = '**/*.{png,jpg,jpeg,webp,avif,tif,tiff,gif,ppm,pgm,bin}';

/** Options of {@link readDataSet}. */
export interface DataSetOptions {
  /** Largest number of images; default all. */
  readonly images?: number;
  readonly limitPixels?: number;
}

/** What reading a data set needs. */
export interface DataSetContext {
  readonly library: Pick<Library, 'readCifar10' | 'readImage'>;
  readonly io: CliIo;
  /** Called with a line of text for each lossy conversion. */
  readonly warn: (text: string) => void;
}

/** An image of a data set. */
export interface DataSetImage {
  readonly image: AnalysisImage;
  /** Share of the data set that ends with this image, 0..1. */
  readonly fraction: number;
}

/**
 * Reads the images of a data set: CIFAR-10 binaries (`.bin`), image files, folders (searched recursively, in
 * alphabetical order), and globs.
 *
 * @throws CliError with exit code 3 if there are no images, or a file cannot be read
 */
export async function readDataSet(
  inputs: readonly string[],
  options: DataSetOptions,
  context: DataSetContext,
): Promise<AnalysisImage[]> {
  const found: AnalysisImage[] = [];
  for await (const { image } of dataSetImages(await dataSetFiles(inputs), options, context)) found.push(image);
  if (found.length === 0) throw noImages(inputs);
  return found;
}

/**
 * Reads the images of a data set, a file at a time.
 *
 * @param files - those of {@link dataSetFiles}
 * @throws CliError with exit code 3 if a file cannot be read
 */
export async function* dataSetImages(
  files: readonly string[],
  options: DataSetOptions,
  { library, io, warn }: DataSetContext,
): AsyncGenerator<DataSetImage, void, void> {
  const { images: limit = Number.POSITIVE_INFINITY, limitPixels: limitInputPixels } = options;
  let count = 0;
  const found = (image: AnalysisImage, filesDone: number): DataSetImage => {
    count++;
    return { image, fraction: Math.max(filesDone / files.length, count / limit) };
  };
  for (const [i, path] of files.entries()) {
    if (count >= limit) break;
    const bytes = await readInput(path, io);
    const source = shownLocation(path);
    if (locationParts(path).ext.toLowerCase() === '.bin') {
      const records = library.readCifar10(bytes, { source, limit: limit - count });
      for (const [r, image] of records.entries()) {
        yield found({ ...image, name: `${source}, record ${r}` }, i + (r + 1) / records.length);
      }
      continue;
    }
    const image = await library.readImage(bytes, { source, metadata: 'none', ...defined({ limitInputPixels }) });
    for (const warning of image.warnings) warn(`${source}: ${warning}`);
    if (image.channels === 2 || image.channels === 4) warn(`${source}: alpha is left out`);
    if (image.channels <= 2) warn(`${source}: grey is taken as three equal colours`);
    yield found({ ...image, name: source }, i + 1);
  }
}

/**
 * The files of a data set: those that inputs name, and those in folders.
 *
 * @throws CliError with exit code 3 if there are none
 */
export async function dataSetFiles(inputs: readonly string[]): Promise<string[]> {
  const lists = (await expandInputs(inputs)).map(async (path) => {
    if (!isLocal(path) || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
    const names: string[] = [];
    for await (const { location } of walkFolder(path, parseGlob(IN_FOLDERS, { anyCase: true }))) names.push(location);
    return names;
  });
  const files = (await Promise.all(lists)).flat();
  if (files.length > 0) return files;
  throw noImages(inputs);
}

function noImages(inputs: readonly string[]): CliError {
  return new CliError(3, `no images in ${inputs.join(', ')}. Give .bin or image files`);
}
