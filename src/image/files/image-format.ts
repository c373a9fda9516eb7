import { DdpmError } from '../../base/errors.ts';
import { fitsChannels } from '../metadata.ts';
import type { Channels, RawImage } from '../raw-image.ts';

/** Image file formats that `writeImage` can write. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'avif' | 'tiff' | 'ppm' | 'pgm';

const formatOfExtension: ReadonlyMap<string, ImageFormat> = new Map([
  ['png', 'png'],
  ['jpg', 'jpeg'],
  ['jpeg', 'jpeg'],
  ['webp', 'webp'],
  ['avif', 'avif'],
  ['tif', 'tiff'],
  ['tiff', 'tiff'],
  ['ppm', 'ppm'],
  ['pgm', 'pgm'],
]);

/**
 * Format of a file name, by its extension in either case: png, jpg/jpeg, webp, avif, tif/tiff, ppm, pgm. A name without
 * an extension means PNG. Call it before a long decode, so that a name that cannot be written fails at once.
 *
 * @param fileName - a file name or path, e.g. `out/photo.jpg`
 * @param channels - 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA: what the file must hold
 * @throws RangeError if no format has this extension, or for RGB as PGM; DdpmError `ERR_DDPM_OUTPUT` for alpha in a
 *   format without it (JPEG, PPM, PGM)
 */
export function imageFormat(fileName: string, channels: Channels = 1): ImageFormat {
  const baseName = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
  const dot = baseName.lastIndexOf('.');
  const extension = dot > 0 ? baseName.slice(dot + 1).toLowerCase() : 'png';
  const format = formatOfExtension.get(extension);
  if (format === undefined) {
    const known = [...formatOfExtension.keys()].join(', ');
    throw new RangeError(
      `"fileName" expected one of the extensions ${known}, got ${extension || 'none'} (${fileName})`,
    );
  }
  assertHoldsAlpha(format, channels, fileName);
  if (format === 'pgm' && channels !== 1) {
    throw new RangeError(`"fileName" expected a format for RGB, such as ppm or png, got pgm (${fileName})`);
  }
  return format;
}

/**
 * Checks that a format can hold alpha, if there is any.
 *
 * @param target - what is to be written, for the message
 * @throws DdpmError `ERR_DDPM_OUTPUT` if it cannot
 */
export function assertHoldsAlpha(format: ImageFormat, channels: Channels, target: string): void {
  if (channels % 2 === 1 || !['jpeg', 'ppm', 'pgm'].includes(format)) return;
  const why = `the picture has an alpha channel, which ${format} cannot hold`;
  throw new DdpmError('ERR_DDPM_OUTPUT', `cannot write ${target}: ${why}. Choose png, webp, avif or tiff`);
}

/**
 * Whether a picture's ICC profile cannot be in files of a format, so that `writeImage` converts the pixels to sRGB: PPM
 * and PGM hold none, and in WebP and AVIF grey becomes RGB, for which a profile of grey is none.
 */
export function losesProfile(
  { channels, metadata }: Pick<RawImage, 'channels' | 'metadata'>,
  format: ImageFormat,
): boolean {
  if (!metadata?.icc || !fitsChannels(metadata.icc, channels)) return false;
  return ['ppm', 'pgm'].includes(format) || (channels <= 2 && ['webp', 'avif'].includes(format));
}
