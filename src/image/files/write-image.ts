import { deflateSync } from 'node:zlib';
import type { Sharp } from 'sharp';
import { DdpmError } from '../../base/errors.ts';
import { iccColours, type MetadataKind, uprightExif } from '../metadata.ts';
import { insertPngChunks, type PngChunk } from '../png-chunks.ts';
import { writePnm } from '../pnm.ts';
import type { RawImage } from '../raw-image.ts';
import { assertHolds, type ImageFormat } from './image-format.ts';
import { firstLineOf, loadSharp, type SharpModule } from './sharp-library.ts';

/** Quality of the lossy formats, 1..100: high enough that their losses do not hide those of our codec. */
const LOSSY_QUALITY = 95;

/**
 * Encodes pixels as an image file. PNG, TIFF, PPM and PGM are lossless; JPEG, WebP and AVIF are written at quality 95
 * (JPEG and AVIF without chroma subsampling). Grey stays one channel where the format can (not in WebP, AVIF and PPM).
 * The image's metadata is embedded where the format can hold it: not in PPM and PGM, and in TIFF without EXIF. An ICC
 * profile that is broken or not for these channels is left out.
 *
 * @param image - pixels, with width * height * channels samples
 * @param format - `imageFormat` derives it from a file name
 * @returns the bytes of the file
 * @throws RangeError if the number of samples does not fit the size; DdpmError `ERR_DDPM_OUTPUT` if the format cannot hold
 *   the picture (alpha in JPEG, PPM and PGM; colours in PGM; sides above 65500 pixels in JPEG, 16383 in WebP, 16384 in
 *   AVIF), `ERR_DDPM_DEPENDENCY` if sharp is needed and missing
 */
export async function writeImage(image: RawImage, format: ImageFormat): Promise<Uint8Array> {
  const { data, width, height, channels } = image;
  if (data.length !== width * height * channels || data.length === 0) {
    throw new RangeError(`"image.data" expected ${width} x ${height} x ${channels} samples, got ${data.length}`);
  }
  assertHolds(format, image, `${width} x ${height} pixels as ${format}`);
  if (format === 'ppm' || format === 'pgm') return writePnm(image, format);
  const sharp = await loadSharp();
  try {
    return (await withFormat(await pixelsWithMetadata(image, sharp), format).toUint8Array()).data;
  } catch (error) {
    const message = `cannot write ${width} x ${height} pixels as ${format}: ${firstLineOf(error)}. Choose another format, e.g. png`;
    throw new DdpmError('ERR_DDPM_OUTPUT', message, { cause: error });
  }
}

/** A sharp pipeline whose input is the pixels with their metadata. */
async function pixelsWithMetadata(image: RawImage, sharp: SharpModule): Promise<Sharp> {
  const { data, width, height, channels, metadata = {} } = image;
  const pixels = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  const colours = channels <= 2 ? 'grey' : 'rgb';
  const coloured = pixels.toColourspace(colours === 'grey' ? 'b-w' : 'srgb');
  const icc = metadata.icc && iccColours(metadata.icc) === colours ? metadata.icc : undefined;
  const chunks = metadataChunks({ ...metadata, icc });
  if (chunks.length === 0) return coloured;
  // sharp can attach a profile only by converting to it, but keeps the one of its input. So a PNG carries the metadata.
  const png = (await coloured.png({ compressionLevel: 0 }).toUint8Array()).data;
  const carrier = sharp(insertPngChunks(png, chunks), { limitInputPixels: false, failOn: 'none' });
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
