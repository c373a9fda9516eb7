import type { Sharp } from 'sharp';
import { DdpmError } from '../../base/errors.ts';
import { DEFAULT_LIMIT_PIXELS } from '../../base/pixel-limit.ts';
import { iccColours, kindsOf, type MetadataChoice, type MetadataKind, uprightExif, uprightXmp } from '../metadata.ts';
import { assertPngIsComplete } from '../png-chunks.ts';
import { isPnm, readPnm, readPnmHeader } from '../pnm.ts';
import type { Channels, Metadata, RawImage } from '../raw-image.ts';
import { firstLineOf, loadSharp } from './sharp-library.ts';

/** Options of `readImage`. */
export interface ReadImageOptions {
  /** Name of the input in error messages, e.g. its path; default `input`. */
  readonly source?: string;
  /** Largest number of pixels accepted, >= 1; default 268402689, as in sharp. */
  readonly limitInputPixels?: number;
  /** Metadata to keep: `all`, `none` or a list of `icc`, `exif` and `xmp`; default `['icc']`. */
  readonly metadata?: MetadataChoice;
}

/** Pixels of an image file, with warnings on lossy conversions. */
export interface LoadedImage extends RawImage {
  /** One line for each lossy conversion: 16 bits to 8, CMYK to sRGB, the first frame of an animation. Empty if none. */
  readonly warnings: readonly string[];
}

/**
 * Decodes an image file (PNG, JPEG, WebP, AVIF, TIFF, GIF, SVG, binary PPM and PGM) to 8 bits a sample. EXIF
 * orientation is applied, and reset in metadata that is kept. If the ICC profile is kept the pixels stay as they are;
 * otherwise, and from CMYK and other colour spaces, they are converted to sRGB. Grey stays one channel; alpha is kept
 * unless it is opaque everywhere. Samples of 16 bits are reduced to 8, and of an animation the first frame is taken,
 * both with a warning.
 *
 * @param bytes - the whole file
 * @param options - name for messages, the pixel limit, and which metadata to keep
 * @throws DdpmError `ERR_DDPM_INPUT` if the bytes are empty, truncated, corrupt or no image; `ERR_DDPM_LIMIT` if there
 *   are more pixels than `limitInputPixels`; `ERR_DDPM_DEPENDENCY` if sharp is missing (PPM and PGM do not need it);
 *   TypeError or RangeError for a wrong argument
 */
export async function readImage(bytes: Uint8Array, options: ReadImageOptions = {}): Promise<LoadedImage> {
  const { source = 'input', limitInputPixels: limit = DEFAULT_LIMIT_PIXELS, metadata = ['icc'] } = options;
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`"bytes" expected Uint8Array, got ${typeof bytes}`);
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`"limitInputPixels" expected integer >= 1, got ${limit}`);
  }
  const kinds = kindsOf(metadata);
  if (bytes.length === 0) throw new DdpmError('ERR_DDPM_INPUT', `${source}: the file is empty. Give an image file`);
  try {
    if (isPnm(bytes)) return readLimitedPnm(bytes, source, limit);
    return await readWithSharp(bytes, { source, limit, kinds });
  } catch (error) {
    if (error instanceof DdpmError) throw error;
    const why = firstLineOf(error);
    const message = `${source}: not readable as an image: ${why}. Give a complete PNG, JPEG, WebP, AVIF, TIFF, GIF or PPM file`;
    throw new DdpmError('ERR_DDPM_INPUT', message, { cause: error });
  }
}

function readLimitedPnm(bytes: Uint8Array, source: string, limit: number): LoadedImage {
  const { width, height } = readPnmHeader(bytes);
  assertWithinLimit(source, width, height, limit);
  return { ...readPnm(bytes), warnings: [] };
}

/** Arguments of `readImage`, with their defaults. */
interface Request {
  readonly source: string;
  readonly limit: number;
  readonly kinds: ReadonlySet<MetadataKind>;
}

async function readWithSharp(bytes: Uint8Array, { source, limit, kinds }: Request): Promise<LoadedImage> {
  assertPngIsComplete(bytes);
  const sharp = await loadSharp();
  // Only the header is read first, without sharp's limit, so that our error message can name the size.
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  assertWithinLimit(source, header.width, header.height, limit);
  const { colours, profile } = coloursOf(header);
  const keepsProfile = profile === 'fits' && kinds.has('icc');
  // failOn 'warning', sharp's default: libjpeg reports damaged entropy-coded data only as a warning. A profile for
  // other channels than the picture's is ignored, since it does not describe the picture.
  const ignoreIcc = keepsProfile || profile === 'misfit';
  const pixels = sharp(bytes, { failOn: 'warning', limitInputPixels: limit, autoOrient: true, ignoreIcc });
  // If there is a profile, sharp converts 16 bits to P3 and leaves them there (pipeline.cc, processingProfile); this
  // converts them to sRGB.
  if (!ignoreIcc && header.icc && header.space === 'rgb16') pixels.withIccProfile('srgb', { attach: false });
  // For grey with alpha, sharp's raw b-w output would have the first channel only, without alpha.
  const greyAlpha = colours === 'grey' && header.hasAlpha;
  const { data, info } = await pixels
    .toColourspace(colours === 'grey' && !greyAlpha ? 'b-w' : 'srgb')
    .raw()
    .toUint8Array();
  if (info.channels > 4)
    throw new Error(`${info.channels} channels; only grey and RGB, with or without alpha, are read`);
  const metadata = keptMetadata(header, kinds, keepsProfile);
  const decoded = { data, width: info.width, height: info.height, channels: info.channels as Channels };
  return {
    ...dropOpaqueAlpha(greyAlpha && decoded.channels === 4 ? withoutColour(decoded) : decoded),
    ...(metadata && { metadata }),
    warnings: warningsOf(header, colours),
  };
}

type Header = Awaited<ReturnType<Sharp['metadata']>>;

/** Colours of an image file. */
interface Colours {
  /** `other` is converted to sRGB. */
  readonly colours: 'grey' | 'rgb' | 'other';
  /** Whether the embedded profile describes these colours. */
  readonly profile: 'fits' | 'misfit' | 'none';
}

function coloursOf({ space, icc }: Header): Colours {
  const isGrey = space === 'b-w' || space === 'grey16';
  const isRgb = space === 'srgb' || space === 'rgb' || space === 'rgb16';
  const colours = isGrey ? 'grey' : isRgb ? 'rgb' : 'other';
  if (!icc || colours === 'other') return { colours, profile: 'none' };
  return { colours, profile: iccColours(icc) === colours ? 'fits' : 'misfit' };
}

function keptMetadata(header: Header, kinds: ReadonlySet<MetadataKind>, keepsProfile: boolean): Metadata | undefined {
  const { icc, exif, xmp } = header;
  const metadata = {
    ...(keepsProfile && icc && { icc: Uint8Array.from(icc) }),
    ...(kinds.has('exif') && exif && { exif: uprightExif(exif) }),
    ...(kinds.has('xmp') && xmp && { xmp: uprightXmp(xmp) }),
  };
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}

function warningsOf({ depth, space, pages = 1 }: Header, colours: Colours['colours']): string[] {
  const warnings: string[] = [];
  if (depth !== 'uchar') warnings.push(`samples of type ${depth} were reduced to 8 bits`);
  if (colours === 'other') warnings.push(`the colours were converted from ${space} to sRGB; a profile is dropped`);
  if (pages > 1) warnings.push(`only the first of ${pages} frames or pages was taken`);
  return warnings;
}

function assertWithinLimit(source: string, width: number, height: number, limit: number): void {
  if (width * height <= limit) return;
  const size = `${width} x ${height} = ${width * height} pixels`;
  const message = `${source}: ${size}, more than limitInputPixels = ${limit}. Raise limitInputPixels (--limit-pixels)`;
  throw new DdpmError('ERR_DDPM_LIMIT', message);
}

/** Converts RGBA whose colours are all grey to grey and alpha. */
function withoutColour({ data, width, height }: RawImage): RawImage {
  const grey = new Uint8Array(width * height * 2);
  for (let i = 0; i < grey.length; i += 2) {
    grey[i] = data[i * 2];
    grey[i + 1] = data[i * 2 + 3];
  }
  return { data: grey, width, height, channels: 2 };
}

/** Removes an alpha channel that is opaque everywhere. */
function dropOpaqueAlpha(image: RawImage): RawImage {
  const { data, width, height, channels } = image;
  if (channels === 1 || channels === 3) return image;
  const colours = channels === 2 ? 1 : 3;
  for (let i = colours; i < data.length; i += channels) if (data[i] !== 255) return image;
  const colour = new Uint8Array(width * height * colours);
  for (let from = 0, to = 0; from < data.length; from += channels) {
    for (let j = 0; j < colours; j++) colour[to++] = data[from + j];
  }
  return { data: colour, width, height, channels: colours };
}
