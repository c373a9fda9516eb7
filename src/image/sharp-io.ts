import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import type { Channels, Metadata, RawImage } from '../api/types.ts';
import { DdpmError } from '../errors.ts';
import { assertHoldsAlpha, type ImageFormat } from './format.ts';
import { iccColours, kindsOf, type MetadataChoice, type MetadataKind, uprightExif, uprightXmp } from './metadata.ts';
import { assertPngIsComplete, insertPngChunks, type PngChunk } from './png.ts';
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
  /** Metadata to keep: `all`, `none` or a list of `icc`, `exif` and `xmp`; default `['icc']`. */
  readonly metadata?: MetadataChoice;
}

/** Pixels of an image file, and what reading it has changed. */
export interface LoadedImage extends RawImage {
  /** One line for each lossy conversion: 16 bits to 8, CMYK to sRGB, the first frame of an animation. Empty if none. */
  readonly warnings: readonly string[];
}

/**
 * Decodes an image file (PNG, JPEG, WebP, AVIF, TIFF, GIF, SVG, binary PPM and PGM) to 8 bits a sample. EXIF orientation is
 * applied, and reset in metadata that is kept. With an ICC profile that is kept the pixels stay as they are; without it, and
 * from CMYK and other colour spaces, they are converted to sRGB. Grey stays one channel, alpha is kept unless it is opaque
 * everywhere. 16 bits become 8 and of an animation the first frame is taken, both with a warning.
 *
 * @param bytes - the whole file
 * @param options - name for messages, the pixel limit, and which metadata to keep
 * @throws DdpmError `ERR_DDPM_INPUT` if the bytes are empty, truncated, corrupt or no image; `ERR_DDPM_LIMIT` if there are
 *   more pixels than `limitInputPixels`; TypeError or RangeError for a wrong argument
 */
export async function readImage(bytes: Uint8Array, options: ReadImageOptions = {}): Promise<LoadedImage> {
  const { source = 'input', limitInputPixels: limit = DEFAULT_LIMIT_INPUT_PIXELS, metadata = ['icc'] } = options;
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
    const why = firstLine(error);
    const message = `${source}: not readable as an image: ${why}. Give a complete PNG, JPEG, WebP, AVIF, TIFF, GIF or PPM file`;
    throw new DdpmError('ERR_DDPM_INPUT', message, { cause: error });
  }
}

/**
 * Encodes pixels as an image file. PNG, TIFF, PPM and PGM are lossless; JPEG, WebP and AVIF are written at quality 95 (JPEG
 * and AVIF without chroma subsampling). Grey stays one channel where the format can (not in WebP, AVIF and PPM). The image's
 * metadata is embedded where the format can hold it: not in PPM and PGM, and in TIFF without EXIF. An ICC profile that is
 * broken or not for these channels is left out.
 *
 * @param image - pixels, width * height * channels of them
 * @param format - see `imageFormat`, which tells it from a file name
 * @throws RangeError if the number of samples does not fit the size, or RGB shall go into PGM; DdpmError `ERR_DDPM_OUTPUT`
 *   if the format cannot hold the picture (alpha in JPEG, PPM and PGM; WebP above 16383 pixels a side)
 */
export async function writeImage(image: RawImage, format: ImageFormat): Promise<Uint8Array> {
  const { data, width, height, channels } = image;
  if (data.length !== width * height * channels || data.length === 0) {
    throw new RangeError(`"image.data" expected ${width} x ${height} x ${channels} samples, got ${data.length}`);
  }
  assertHoldsAlpha(format, channels, `${width} x ${height} pixels as ${format}`);
  if (format === 'pgm' && channels !== 1) throw new RangeError('"format" expected ppm or another for RGB, got pgm');
  if (format === 'ppm' || format === 'pgm') return writePnm(image, format);
  try {
    return (await withFormat(await pixelsWithMetadata(image), format).toUint8Array()).data;
  } catch (error) {
    const message = `cannot write ${width} x ${height} pixels as ${format}: ${firstLine(error)}. Choose another format, e.g. png`;
    throw new DdpmError('ERR_DDPM_OUTPUT', message, { cause: error });
  }
}

function readLimitedPnm(bytes: Uint8Array, source: string, limit: number): LoadedImage {
  const { width, height } = readPnmHeader(bytes);
  assertWithinLimit(source, width, height, limit);
  return { ...readPnm(bytes), warnings: [] };
}

/** What `readImage` was asked for. */
interface Request {
  readonly source: string;
  readonly limit: number;
  readonly kinds: ReadonlySet<MetadataKind>;
}

async function readWithSharp(bytes: Uint8Array, { source, limit, kinds }: Request): Promise<LoadedImage> {
  assertPngIsComplete(bytes);
  // The header alone is read first, without sharp's limit, so that our message can tell the size.
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  assertWithinLimit(source, header.width, header.height, limit);
  const { colours, profile } = coloursOf(header);
  const keepsProfile = profile === 'fits' && kinds.has('icc');
  // failOn 'warning', sharp's own default: libjpeg reports damaged entropy-coded data as a mere warning. A profile for other
  // channels than the picture's says nothing about it.
  const ignoreIcc = keepsProfile || profile === 'misfit';
  const pixels = sharp(bytes, { failOn: 'warning', limitInputPixels: limit, autoOrient: true, ignoreIcc });
  // With a profile sharp takes 16 bits to P3 and leaves them there (pipeline.cc, processingProfile); this brings them to sRGB.
  if (!ignoreIcc && header.icc && header.space === 'rgb16') pixels.withIccProfile('srgb', { attach: false });
  // As raw b-w sharp would give the first channel alone, without alpha.
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

interface Colours {
  /** `other` is converted to sRGB. */
  readonly colours: 'grey' | 'rgb' | 'other';
  /** Whether the embedded profile is one for these colours. */
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

/** The pixels as input of sharp, with the metadata. */
async function pixelsWithMetadata(image: RawImage): Promise<Sharp> {
  const { data, width, height, channels, metadata = {} } = image;
  const pixels = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  const colours = channels <= 2 ? 'grey' : 'rgb';
  const coloured = pixels.toColourspace(colours === 'grey' ? 'b-w' : 'srgb');
  const icc = metadata.icc && iccColours(metadata.icc) === colours ? metadata.icc : undefined;
  const chunks = metadataChunks({ ...metadata, icc });
  if (chunks.length === 0) return coloured;
  // sharp can attach a profile only by converting to it, but keeps what its input has: a PNG carries the metadata.
  const png = (await coloured.png({ compressionLevel: 0 }).toUint8Array()).data;
  const carrier = sharp(insertPngChunks(png, chunks, crc32), { limitInputPixels: false, failOn: 'none' });
  if (icc) carrier.keepIccProfile();
  if (metadata.exif) carrier.keepExif();
  if (metadata.xmp) carrier.keepXmp();
  return carrier.toColourspace(colours === 'grey' ? 'b-w' : 'srgb');
}

/** Metadata as PNG chunks (PNG, third edition: sections 11.3.2.3 iCCP, 11.3.3.4 iTXt, 11.3.4.5 eXIf). */
function metadataChunks({ icc, exif, xmp }: { [kind in MetadataKind]?: Uint8Array | undefined }): PngChunk[] {
  const chunks: PngChunk[] = [];
  if (icc) chunks.push({ type: 'iCCP', data: Buffer.concat([Buffer.from('icc\0\0'), deflateSync(icc)]) });
  if (exif) chunks.push({ type: 'eXIf', data: uprightExif(exif) });
  if (xmp) chunks.push({ type: 'iTXt', data: Buffer.concat([Buffer.from('XML:com.adobe.xmp\0\0\0\0\0'), xmp]) });
  return chunks;
}

function assertWithinLimit(source: string, width: number, height: number, limit: number): void {
  if (width * height <= limit) return;
  const size = `${width} x ${height} = ${width * height} pixels`;
  const message = `${source}: ${size}, more than limitInputPixels = ${limit}. Raise limitInputPixels (--limit-pixels)`;
  throw new DdpmError('ERR_DDPM_LIMIT', message);
}

/** Grey and alpha of RGBA whose colours are all grey. */
function withoutColour({ data, width, height }: RawImage): RawImage {
  const grey = new Uint8Array(width * height * 2);
  for (let i = 0; i < grey.length; i += 2) {
    grey[i] = data[i * 2];
    grey[i + 1] = data[i * 2 + 3];
  }
  return { data: grey, width, height, channels: 2 };
}

/** The picture without its alpha channel if that is opaque everywhere. */
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
