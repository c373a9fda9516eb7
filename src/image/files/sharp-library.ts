/** Loads sharp when it is first needed: programs that read and write no image files work without it. */
import { DdpmError } from '../../base/errors.ts';
import { isNotInstalled } from '../../base/missing-package.ts';

/** What the package exports. */
export type SharpModule = typeof import('sharp').default;

let loaded: Promise<SharpModule> | undefined;

/**
 * Loads the image library, once.
 *
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` if it is not installed, or its binary does not load on this machine
 */
export function loadSharp(): Promise<SharpModule> {
  loaded ??= import('sharp').then(
    ({ default: sharp }) => sharp,
    (cause: unknown) => {
      loaded = undefined; // it may be installed the next time
      const what = isNotInstalled(cause, 'sharp') ? 'is not installed' : `does not load: ${firstLineOf(cause)}`;
      const remedy =
        'Run: npm install sharp (with its optional dependencies), or give pixels (PPM, PGM) instead of image files';
      throw new DdpmError('ERR_DDPM_DEPENDENCY', `image files need the package sharp, which ${what}. ${remedy}`, {
        cause,
      });
    },
  );
  return loaded;
}

/**
 * Names and versions of sharp and libvips, for people to read.
 *
 * @throws as {@link loadSharp}
 */
export async function sharpVersion(): Promise<string> {
  const { versions } = await loadSharp();
  return `sharp ${versions.sharp}, libvips ${versions.vips}`;
}

/**
 * First line of a library's error message that says something, without its final punctuation, so that our own sentence
 * can continue.
 */
export function firstLineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [line = ''] = text
    .replace(/^Input buffer has corrupt header:\s*/, '')
    .split('\n')
    .filter((each) => each.trim() !== '' && !each.startsWith('source: bad seek'));
  return line.trim().replace(/[.:]+$/, '');
}
