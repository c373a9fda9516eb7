import { DdpmError } from '../../base/errors.ts';
import { fitsChannels } from '../metadata.ts';
import type { Channels, RawImage } from '../raw-image.ts';

/** Image file formats that `writeImage` can write. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'avif' | 'tiff' | 'ppm' | 'pgm';

/** Names of {@link ImageFormat}. */
export const IMAGE_FORMATS: readonly ImageFormat[] = ['png', 'jpeg', 'webp', 'avif', 'tiff', 'ppm', 'pgm'];

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

/** Largest width and height in pixels that a format, or the library that writes it, can hold. */
const LARGEST_SIDE: { readonly [format in ImageFormat]?: number } = {
  jpeg: 65_500,
  webp: 16_383,
  avif: 16_384,
};

/** What must be known of a picture to say whether a format can hold it. */
export interface PictureShape {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
  readonly channels: Channels;
}

/**
 * Format of a file name, by its extension in either case: png, jpg/jpeg, webp, avif, tif/tiff, ppm, pgm. A name without
 * an extension means PNG. Call it, and `assertHolds`, before a long decode, so that a name that cannot be written fails at
 * once.
 *
 * @param fileName - a file name or path, e.g. `out/photo.jpg`
 * @throws RangeError if no format has this extension
 */
export function imageFormat(fileName: string): ImageFormat {
  const baseName = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
  const dot = baseName.lastIndexOf('.');
  const extension = dot > 0 ? baseName.slice(dot + 1).toLowerCase() : 'png';
  const format = formatOfExtension.get(extension);
  if (format !== undefined) return format;
  const known = [...formatOfExtension.keys()].join(', ');
  throw new RangeError(`"fileName" expected one of the extensions ${known}, got ${extension || 'none'} (${fileName})`);
}

/**
 * Checks that a format can hold a picture: its size, its colours, and alpha if there is any.
 *
 * @param target - what is to be written, for the message
 * @throws DdpmError `ERR_DDPM_OUTPUT` if it cannot
 */
export function assertHolds(format: ImageFormat, { width, height, channels }: PictureShape, target: string): void {
  const refuse = (why: string, remedy: string): never => {
    throw new DdpmError('ERR_DDPM_OUTPUT', `cannot write ${target}: ${why}. Choose ${remedy}`);
  };
  const side = LARGEST_SIDE[format] ?? Number.POSITIVE_INFINITY;
  if (width > side || height > side) {
    refuse(`the picture has ${width} x ${height} pixels, ${format} holds at most ${side} a side`, 'png or tiff');
  }
  if (channels % 2 === 0 && ['jpeg', 'ppm', 'pgm'].includes(format)) {
    refuse(`the picture has an alpha channel, which ${format} cannot hold`, 'png, webp, avif or tiff');
  }
  if (channels > 2 && format === 'pgm') refuse('the picture has colours, which pgm cannot hold', 'ppm or png');
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
