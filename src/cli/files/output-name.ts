/** Checks of the names that outputs are given. */
import { existsSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import type { ImageFormat } from '../../image/files/image-format.ts';
import { localPath, type Scheme, schemeOf, shownLocation } from '../../storage/location.ts';
import { usageError } from '../command-options.ts';
import type { Library } from '../library.ts';

/** Extensions that promise one of the formats which people would look for in such a file. */
const PROMISING = new Set(
  'ddpm png jpg jpeg jpe jfif webp avif heic heif tif tiff gif svg bmp ppm pgm pbm pnm pam jxl jp2 ico'.split(' '),
);

/**
 * Checks the location of an output that an option names, before templates are filled in.
 *
 * @param flag - the option, for messages, e.g. `--output`
 * @param placeholders - those that the option knows, without braces
 * @throws CliError with exit code 2 if the location is empty, is in no store that is written, or has another placeholder
 */
export function checkOutput(flag: string, location: string, placeholders: readonly string[] = []): void {
  if (!['file', 's3'].includes(storeOf(location) ?? '')) {
    throw usageError(`${flag} expected a path or s3://BUCKET/KEY, got ${shownLocation(location)}`);
  }
  checkPlaceholders(flag, localPath(location), placeholders);
}

/**
 * Checks the path of an output that an option names, of a command that writes into the file system only.
 *
 * @param flag - the option, for messages, e.g. `--grid`
 * @throws CliError with exit code 2 if the path is empty, is a URL, or has a placeholder
 */
export function checkOutputPath(flag: string, path: string): void {
  if (storeOf(path) !== 'file' || localPath(path) !== path) {
    throw usageError(`${flag} expected a path, got ${shownLocation(path)}`);
  }
  checkPlaceholders(flag, path, []);
}

/** The kind of store of a location; undefined if there is none. */
function storeOf(location: string): Scheme | undefined {
  try {
    return schemeOf(location);
  } catch {
    return undefined; // a URL of another scheme
  }
}

function checkPlaceholders(flag: string, path: string, placeholders: readonly string[]): void {
  if (path === '') throw usageError(`${flag} expected a path, got an empty one`);
  if (existsSync(path)) return; // braces in the name of what is there are no placeholders
  const open = existsSync(dirname(path)) ? basename(path) : path;
  const unknown = [...open.matchAll(/\{([^{}]*)\}/g)].find(([, name]) => !placeholders.includes(name));
  if (!unknown) return;
  const known = placeholders.map((name) => `{${name}}`).join(', ');
  throw usageError(`${flag} expected ${known ? `no placeholders but ${known}` : 'no placeholders'}, got ${path}`);
}

/**
 * Checks that the extension of an output does not promise another format.
 *
 * @param own - extensions of what will be written, without dots
 * @param what - what will be written, for messages
 * @throws CliError with exit code 2 if it does
 */
export function checkExtension(path: string, own: readonly string[], what: string): void {
  const extension = extname(path).slice(1).toLowerCase();
  if (own.includes(extension) || !PROMISING.has(extension)) return;
  throw usageError(`the output ${path} is ${what} and not .${extension}; give another name, or --force`);
}

/**
 * The format of an image file that is to be written.
 *
 * @param force - true: PNG for an extension that names no format which can be written
 * @throws CliError with exit code 2 for such an extension without `force`
 */
export function outputFormat(path: string, force: boolean, library: Pick<Library, 'imageFormat'>): ImageFormat {
  try {
    return library.imageFormat(path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (force) return 'png';
    throw usageError(`${error.message.replace(/^"fileName" /, 'the output ')}; --force writes PNG`);
  }
}
