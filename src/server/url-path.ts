import { FILE_EXTENSION } from '../codec/format/file-type.ts';

/** What no name of a file or folder may have: separators, also those of Windows, NUL and other control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const FORBIDDEN = /[/\\\u0000-\u001f\u007f]/;

/**
 * The file that a URL names, as a relative path with slashes, such as `holidays/photo.ddpm`. Every part of it is a plain
 * name: not empty, not hidden (with a dot in front, which `.` and `..` have as well), without separators.
 *
 * @param pathname - of the URL, percent-encoded, from its first slash
 * @param prefix - what comes before the path: empty, or begins with a slash and ends without one
 * @returns null if the URL names no `.ddpm` file below the prefix
 */
export function filePath(pathname: string, prefix: string): string | null {
  if (!pathname.startsWith(`${prefix}/`)) return null;
  const names = pathname
    .slice(prefix.length + 1)
    .split('/')
    .map(decoded);
  const isPlain = (name: string | null): name is string =>
    name !== null && name !== '' && !name.startsWith('.') && !FORBIDDEN.test(name);
  if (!names.every(isPlain) || !names.at(-1)?.endsWith(FILE_EXTENSION)) return null;
  return names.join('/');
}

/** A part of a URL's path without percent-encoding; null if that is malformed. */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
