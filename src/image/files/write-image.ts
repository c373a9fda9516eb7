import type { Sharp } from 'sharp';
import { checkKeys, checkNumber } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { fitsChannels } from '../metadata.ts';
import type { RawImage } from '../raw-image.ts';
import { writePnm } from '../write-pnm.ts';
import { imageToSrgb } from './convert-colours.ts';
import { assertHolds, type ImageFormat, losesProfile } from './image-format.ts';
import { pngCarrier, spaceOf } from './png-carrier.ts';
import { firstLineOf, loadSharp, type SharpModule } from './sharp-library.ts';

/** Quality of the lossy formats by default: high enough that their losses do not hide those of our codec. */
const LOSSY_QUALITY = 95;

/** Quality from which on colours keep their full resolution in JPEG and AVIF. */
const FULL_CHROMA_QUALITY = 90;

/** Options of {@link writeImage}. */
export interface WriteImageOptions {
  /** Quality of JPEG, WebP and AVIF, 1..100, as in sharp; default 95. The other formats are lossless. */
  readonly quality?: number | undefined;
  /** Effort of AVIF, 0 (fast) to 9 (small), as in sharp; default 4. */
  readonly avifEffort?: number | undefined;
}

/** Effort of AVIF by default, that of sharp. */
const AVIF_EFFORT = 4;

/**
 * Encodes pixels as an image file. PNG, TIFF, PPM and PGM are lossless; JPEG, WebP and AVIF are written at quality 95
 * or another one (JPEG and AVIF without chroma subsampling from 90 on). Grey stays one channel where the format can (not in WebP, AVIF and PPM).
 * The image's metadata is embedded where the format can hold it: not in PPM and PGM, and in TIFF without EXIF. Where the
 * format cannot hold the ICC profile (`losesProfile`), the pixels are converted to sRGB. A profile that is broken or not
 * for these channels is left out.
 *
 * @param image - pixels, with width * height * channels samples
 * @param format - `imageFormat` derives it from a file name
 * @returns the bytes of the file
 * @throws TypeError or RangeError for a wrong option, or if the number of samples does not fit the size; DdpmError `ERR_DDPM_OUTPUT` if the format cannot hold
 *   the picture (alpha in JPEG, PPM and PGM; colours in PGM; sides above 65500 pixels in JPEG, 16383 in WebP, 16384 in
 *   AVIF), `ERR_DDPM_DEPENDENCY` if sharp is needed and missing
 */
export async function writeImage(
  image: RawImage,
  format: ImageFormat,
  options: WriteImageOptions = {},
): Promise<Uint8Array> {
  const settings = checkedSettings(options);
  const { data, width, height, channels } = image;
  if (data.length !== width * height * channels || data.length === 0) {
    throw new RangeError(`"image.data" expected ${width} x ${height} x ${channels} samples, got ${data.length}`);
  }
  assertHolds(format, image, `${width} x ${height} pixels as ${format}`);
  const shown = losesProfile(image, format) ? await imageToSrgb(image) : image;
  if (format === 'ppm' || format === 'pgm') return writePnm(shown, format);
  const sharp = await loadSharp();
  try {
    const pixels = await pixelsWithMetadata(shown, sharp);
    return await (format === 'png' ? writePng(pixels) : bytesOf(withFormat(pixels, format, settings)));
  } catch (error) {
    const message = `cannot write ${width} x ${height} pixels as ${format}: ${firstLineOf(error)}. Choose another format, e.g. png`;
    throw new DdpmError('ERR_DDPM_OUTPUT', message, { cause: error });
  }
}

/** {@link WriteImageOptions} with their defaults. */
interface LossySettings {
  readonly quality: number;
  readonly avifEffort: number;
}

function checkedSettings(options: WriteImageOptions): LossySettings {
  checkKeys(options, ['quality', 'avifEffort']);
  return {
    quality: checkNumber('quality', options.quality, { min: 1, max: 100, integer: true }) ?? LOSSY_QUALITY,
    avifEffort: checkNumber('avifEffort', options.avifEffort, { min: 0, max: 9, integer: true }) ?? AVIF_EFFORT,
  };
}

/** A sharp pipeline whose input is the pixels with their metadata. */
async function pixelsWithMetadata(image: RawImage, sharp: SharpModule): Promise<Sharp> {
  const { width, height, channels, metadata = {} } = image;
  const data = new Uint8Array(image.data.buffer, image.data.byteOffset, image.data.length);
  const samples = { data, width, height, channels };
  const icc = metadata.icc && fitsChannels(metadata.icc, channels) ? metadata.icc : undefined;
  if (!icc && !metadata.exif && !metadata.xmp) {
    return sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).toColourspace(spaceOf(samples));
  }
  const png = await pngCarrier(samples, { ...metadata, icc }, sharp);
  const carrier = sharp(png, { limitInputPixels: false, failOn: 'none' });
  if (icc) carrier.keepIccProfile();
  if (metadata.exif) carrier.keepExif();
  if (metadata.xmp) carrier.keepXmp();
  return carrier.toColourspace(spaceOf(samples));
}

/** The bytes of a file. */
async function bytesOf(pixels: Sharp): Promise<Uint8Array> {
  return (await pixels.toUint8Array()).data;
}

/**
 * Writes a PNG with filters, which photographs need, and without, as is better for drawings, and returns the shorter
 * file. The levels of zlib are those that gave the least bytes in each case.
 */
async function writePng(pixels: Sharp): Promise<Uint8Array> {
  const filtered = bytesOf(pixels.clone().png({ adaptiveFiltering: true, compressionLevel: 6 }));
  const plain = bytesOf(pixels.clone().png({ adaptiveFiltering: false, compressionLevel: 9 }));
  const [one, other] = await Promise.all([filtered, plain]);
  return other.length < one.length ? other : one;
}

function withFormat(
  pixels: Sharp,
  format: Exclude<ImageFormat, 'ppm' | 'pgm' | 'png'>,
  { quality, avifEffort: effort }: LossySettings,
): Sharp {
  const chromaSubsampling = quality < FULL_CHROMA_QUALITY ? '4:2:0' : '4:4:4';
  switch (format) {
    case 'tiff':
      return pixels.tiff({ compression: 'deflate', predictor: 'horizontal' });
    case 'jpeg':
      return pixels.jpeg({ quality, chromaSubsampling });
    case 'webp':
      return pixels.webp({ quality });
    case 'avif':
      return pixels.avif({ quality, effort, chromaSubsampling });
    default:
      throw new RangeError(`"format" expected png, jpeg, webp, avif, tiff, ppm or pgm, got ${format satisfies never}`);
  }
}
