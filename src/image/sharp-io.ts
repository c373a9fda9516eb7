import sharp, { type Sharp } from 'sharp';
import type { RawImage } from '../api/types.ts';
import { DdpmError } from '../errors.ts';
import type { ImageFormat } from './format.ts';
import { assertPngIsComplete } from './png.ts';
import { isPnm, readPnm, readPnmHeader, writePnm } from './pnm.ts';

/** Largest number of pixels that is read unless the caller says otherwise: 16383 x 16383, as in sharp. */
export const DEFAULT_LIMIT_INPUT_PIXELS: number = 0x3fff ** 2;

/** Quality of the lossy formats, 1..100: high enough that what is seen is our codec and not theirs. */
const LOSSY_QUALITY = 95;

/** Options of `readImage`. */
export interface ReadImageOptions {
  /** Name of the input in error messages, e.g. its path; default `input`. */
  readonly source?: string;
  /** Largest number of pixels accepted, >= 1; default 268402689, as in sharp. */
  readonly limitInputPixels?: number;
}

/**
 * Decodes an image file (PNG, JPEG, WebP, AVIF, TIFF, GIF, SVG, binary PPM and PGM) to 8 bits a sample. EXIF orientation is
 * applied, an embedded colour profile, CMYK and other colour spaces are converted to sRGB, grey stays one channel, 16 bits
 * become 8, an alpha channel that is opaque everywhere is dropped. Of an animation the first frame is taken.
 *
 * @param bytes - the whole file
 * @param options - name for messages, and the pixel limit
 * @throws DdpmError `ERR_DDPM_INPUT` if the bytes are empty, truncated, corrupt, no image, or have real transparency;
 *   `ERR_DDPM_LIMIT` if there are more pixels than `limitInputPixels`; TypeError or RangeError for a wrong argument
 */
export async function readImage(bytes: Uint8Array, options: ReadImageOptions = {}): Promise<RawImage> {
  const { source = 'input', limitInputPixels = DEFAULT_LIMIT_INPUT_PIXELS } = options;
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`"bytes" expected Uint8Array, got ${typeof bytes}`);
  if (!Number.isSafeInteger(limitInputPixels) || limitInputPixels < 1) {
    throw new RangeError(`"limitInputPixels" expected integer >= 1, got ${limitInputPixels}`);
  }
  if (bytes.length === 0) throw new DdpmError('ERR_DDPM_INPUT', `${source}: the file is empty. Give an image file`);
  try {
    const decoded = isPnm(bytes)
      ? readLimitedPnm(bytes, source, limitInputPixels)
      : await readWithSharp(bytes, source, limitInputPixels);
    return dropOpaqueAlpha(decoded, source);
  } catch (error) {
    if (error instanceof DdpmError) throw error;
    const why = firstLine(error);
    const message = `${source}: not readable as an image: ${why}. Give a complete PNG, JPEG, WebP, AVIF, TIFF, GIF or PPM file`;
    throw new DdpmError('ERR_DDPM_INPUT', message, { cause: error });
  }
}

/**
 * Encodes pixels as an image file. PNG, TIFF, PPM and PGM are lossless; JPEG, WebP and AVIF are written at quality 95 (JPEG
 * and AVIF without chroma subsampling). Grey stays one channel where the format can (not in WebP, AVIF and PPM).
 *
 * @param image - pixels, width * height * channels of them
 * @param format - see `imageFormat`, which tells it from a file name
 * @throws RangeError if the number of samples does not fit the size, or RGB shall go into PGM; DdpmError `ERR_DDPM_OUTPUT`
 *   if the format cannot hold the picture (e.g. WebP above 16383 pixels a side)
 */
export async function writeImage(image: RawImage, format: ImageFormat): Promise<Uint8Array> {
  const { data, width, height, channels } = image;
  if (data.length !== width * height * channels || data.length === 0) {
    throw new RangeError(`"image.data" expected ${width} x ${height} x ${channels} samples, got ${data.length}`);
  }
  if (format === 'pgm' && channels !== 1) throw new RangeError('"format" expected ppm or another for RGB, got pgm');
  if (format === 'ppm' || format === 'pgm') return writePnm(image, format);
  const pixels = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  const coloured = channels === 1 ? pixels.toColourspace('b-w') : pixels;
  try {
    return (await withFormat(coloured, format).toUint8Array()).data;
  } catch (error) {
    const message = `cannot write ${width} x ${height} pixels as ${format}: ${firstLine(error)}. Choose another format, e.g. png`;
    throw new DdpmError('ERR_DDPM_OUTPUT', message, { cause: error });
  }
}

/** What a decoder gives before alpha is looked at. */
interface DecodedPixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

function readLimitedPnm(bytes: Uint8Array, source: string, limit: number): DecodedPixels {
  const { width, height } = readPnmHeader(bytes);
  assertWithinLimit(source, width, height, limit);
  return readPnm(bytes);
}

async function readWithSharp(bytes: Uint8Array, source: string, limit: number): Promise<DecodedPixels> {
  assertPngIsComplete(bytes);
  // The header alone is read first, without sharp's limit, so that our message can tell the size.
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  assertWithinLimit(source, header.width, header.height, limit);
  const isGrey = header.space === 'b-w' || header.space === 'grey16';
  // failOn 'warning', sharp's own default: libjpeg reports damaged entropy-coded data as a mere warning.
  const { data, info } = await sharp(bytes, { failOn: 'warning', limitInputPixels: limit, autoOrient: true })
    .toColourspace(isGrey ? 'b-w' : 'srgb')
    .raw()
    .toUint8Array();
  return { data, width: info.width, height: info.height, channels: info.channels };
}

function assertWithinLimit(source: string, width: number, height: number, limit: number): void {
  if (width * height <= limit) return;
  const size = `${width} x ${height} = ${width * height} pixels`;
  const message = `${source}: ${size}, more than limitInputPixels = ${limit}. Raise limitInputPixels (--limit-pixels)`;
  throw new DdpmError('ERR_DDPM_LIMIT', message);
}

function dropOpaqueAlpha(decoded: DecodedPixels, source: string): RawImage {
  const { data, width, height, channels } = decoded;
  if (channels === 1 || channels === 3) return { data, width, height, channels };
  if (channels !== 2 && channels !== 4) throw new Error(`${channels} channels; only grey and RGB are supported`);
  const colours = channels === 2 ? 1 : 3;
  const colour = new Uint8Array(width * height * colours);
  for (let from = 0, to = 0; from < data.length; from += channels) {
    if (data[from + colours] !== 255) {
      const message = `${source}: the image has transparent pixels; alpha is not supported yet. Flatten it onto a background first`;
      throw new DdpmError('ERR_DDPM_INPUT', message);
    }
    for (let j = 0; j < colours; j++) colour[to++] = data[from + j];
  }
  return { data: colour, width, height, channels: colours };
}

function withFormat(pixels: Sharp, format: Exclude<ImageFormat, 'ppm' | 'pgm'>): Sharp {
  switch (format) {
    case 'png':
      return pixels.png();
    case 'tiff':
      return pixels.tiff({ compression: 'deflate', predictor: 'horizontal' });
    case 'jpeg':
      return pixels.jpeg({ quality: LOSSY_QUALITY, chromaSubsampling: '4:4:4' });
    case 'webp':
      return pixels.webp({ quality: LOSSY_QUALITY });
    case 'avif':
      return pixels.avif({ quality: LOSSY_QUALITY, chromaSubsampling: '4:4:4' });
    default:
      throw new RangeError(`"format" expected png, jpeg, webp, avif, tiff, ppm or pgm, got ${format satisfies never}`);
  }
}

/** First line of a library's message, without the punctuation that our own sentence goes on with. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .split('\n', 1)[0]
    .trim()
    .replace(/[.:]+$/, '');
}
