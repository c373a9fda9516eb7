import { checkBytes } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { DEFAULT_LIMIT_PIXELS } from '../../base/pixel-limit.ts';
import { iccColours, kindsOf, type MetadataChoice, type MetadataKind, uprightExif, uprightXmp } from '../metadata.ts';
import { isPng } from '../png-chunks.ts';
import type { Metadata, RawImage } from '../raw-image.ts';
import { UnsupportedImage } from '../unsupported-image.ts';
import { describeAvif } from './avif-description.ts';
import { convertToSrgb } from './convert-colours.ts';
import { type Colours, coloursOf, decodeSamples, type SharpMetadata } from './decode-samples.ts';
import { type FileDescription, PLAIN_FILE } from './file-description.ts';
import { findDamage } from './find-damage.ts';
import { isIsoFile } from './iso-boxes.ts';
import { describePng } from './png-description.ts';
import { isPnm } from './pnm-header.ts';
import { readPnm } from './read-pnm.ts';
import { reductionWarning } from './sample-types.ts';
import { dropOpaqueAlpha, type Samples, toBytes, turnOver, withoutColour } from './samples.ts';
import { firstLineOf, loadSharp } from './sharp-library.ts';
import { describeTiff } from './tiff-description.ts';
import { isTiff } from './tiff-tags.ts';

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
  /**
   * One line for each lossy conversion (more than 8 bits to 8, CMYK to sRGB, the first frame of an animation), and for
   * what was wrong in the file and ignored. Empty if none.
   */
  readonly warnings: readonly string[];
}

/**
 * Decodes an image file (PNG, JPEG, WebP, AVIF, TIFF, GIF, SVG, PBM, PGM, PPM and PAM) to 8 bits a sample. EXIF
 * orientation is applied, and reset in metadata that is kept. Colours that a file states without an ICC profile (gAMA,
 * cHRM and cICP of PNG, nclx of AVIF), and that are not sRGB, become a profile that says the same. If the profile is
 * kept the pixels stay as they are; otherwise, and from CMYK and other colour spaces, they are converted to sRGB. Grey
 * stays one channel; alpha is kept unless it is opaque everywhere. Samples of more than 8 bits are reduced to 8, and of
 * an animation the first frame is taken, both with a warning.
 *
 * @param bytes - the whole file
 * @param options - name for messages, the pixel limit, and which metadata to keep
 * @throws DdpmError `ERR_DDPM_INPUT` if the bytes are empty, truncated, corrupt, no image, or of a kind that would not
 *   look right (HDR, CIELAB, floats beyond 0..1); `ERR_DDPM_LIMIT` if there are more pixels than `limitInputPixels`;
 *   `ERR_DDPM_DEPENDENCY` if sharp is missing (PBM, PGM, PPM and PAM do not need it); TypeError or RangeError for a
 *   wrong argument
 */
export async function readImage(bytes: Uint8Array, options: ReadImageOptions = {}): Promise<LoadedImage> {
  const { source = 'input', limitInputPixels: limit = DEFAULT_LIMIT_PIXELS, metadata = ['icc'] } = options;
  checkBytes('bytes', bytes);
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`"limitInputPixels" expected integer >= 1, got ${limit}`);
  }
  const kinds = kindsOf(metadata);
  if (bytes.length === 0) throw new DdpmError('ERR_DDPM_INPUT', `${source}: the file is empty. Give an image file`);
  const checkSize = (width: number, height: number): void => assertWithinLimit(source, width, height, limit);
  if (isPnm(bytes)) return withPlainErrors(source, async () => readPnm(bytes, checkSize));
  return withPlainErrors(source, () => readWithSharp(bytes, { limit, kinds, checkSize }), bytes);
}

/** Arguments of `readImage`, with their defaults. */
interface Request {
  readonly limit: number;
  readonly kinds: ReadonlySet<MetadataKind>;
  /** @throws DdpmError `ERR_DDPM_LIMIT` */
  readonly checkSize: (width: number, height: number) => void;
}

/**
 * Runs a reader; its errors become a DdpmError that names the file.
 *
 * @param bytes - the file, if the errors are those of sharp, and the fault is to be looked for
 */
async function withPlainErrors<T>(source: string, read: () => Promise<T>, bytes?: Uint8Array): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof DdpmError) throw cause;
    const input = (message: string): DdpmError => new DdpmError('ERR_DDPM_INPUT', `${source}: ${message}`, { cause });
    if (cause instanceof UnsupportedImage) throw input(cause.message);
    const why = (bytes && findDamage(bytes, firstLineOf(cause))) ?? firstLineOf(cause);
    throw input(`not readable as an image: ${why}. Give a complete PNG, JPEG, WebP, AVIF, TIFF, GIF or PPM file`);
  }
}

function describe(bytes: Uint8Array): FileDescription {
  if (isPng(bytes)) return describePng(bytes);
  if (isTiff(bytes)) return describeTiff(bytes);
  return isIsoFile(bytes) ? describeAvif(bytes) : PLAIN_FILE;
}

async function readWithSharp(bytes: Uint8Array, { limit, kinds, checkSize }: Request): Promise<LoadedImage> {
  const description = describe(bytes);
  const sharp = await loadSharp();
  // Only the header is read first, without sharp's limit, so that our error message can name the size.
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  checkSize(header.width, header.height);
  const colours = description.monochrome ? 'grey' : coloursOf(header.space);
  const { icc, warnings } = profileOf(header, colours, description);
  const samples = correctedSamples(await decodeSamples({ sharp, bytes, header, limit }), description);
  const keptIcc = kinds.has('icc') ? icc : undefined;
  const metadata = keptMetadata(header, kinds, keptIcc);
  return {
    ...dropOpaqueAlpha(toBytes(icc && !keptIcc ? await convertToSrgb(samples, icc) : samples)),
    ...(metadata && { metadata }),
    warnings: [...warnings, ...description.warnings, ...warningsOf(header, colours, description)],
  };
}

/** Samples as the file means them, where the library does not know that. */
function correctedSamples(decoded: Samples, { monochrome, turnedOver }: FileDescription): Samples {
  const samples = monochrome && decoded.channels > 2 ? withoutColour(decoded) : decoded;
  return turnedOver ? turnOver(samples) : samples;
}

/** The profile of a picture's samples, stated or embedded, if it is for their colours. */
function profileOf(
  { icc: embedded }: SharpMetadata,
  colours: Colours,
  { icc: stated }: FileDescription,
): { icc?: Uint8Array; warnings: string[] } {
  if (colours === 'other') return { warnings: [] };
  if (stated) return { icc: stated, warnings: [] };
  if (stated === null || !embedded) return { warnings: [] };
  const icc = Uint8Array.from(embedded);
  if (iccColours(icc) === colours) return { icc, warnings: [] };
  return { warnings: [`its ICC profile was ignored, as it is not for ${colours === 'grey' ? 'grey' : 'RGB'}`] };
}

function keptMetadata(
  { exif, xmp }: SharpMetadata,
  kinds: ReadonlySet<MetadataKind>,
  icc: Uint8Array | undefined,
): Metadata | undefined {
  const metadata = {
    ...(icc && { icc }),
    ...(kinds.has('exif') && exif && { exif: uprightExif(exif) }),
    ...(kinds.has('xmp') && xmp && { xmp: uprightXmp(xmp) }),
  };
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}

function warningsOf(
  { depth, bitsPerSample, space, pages = 1 }: SharpMetadata,
  colours: Colours,
  { frames }: FileDescription,
): string[] {
  const warnings: string[] = [];
  const reduction = reductionWarning(depth, bitsPerSample);
  if (reduction) warnings.push(reduction);
  if (colours === 'other') warnings.push(`the colours were converted from ${space} to sRGB; a profile is dropped`);
  const count = frames ?? pages;
  if (count > 1) warnings.push(`only the first of ${count} frames or pages was taken`);
  return warnings;
}

function assertWithinLimit(source: string, width: number, height: number, limit: number): void {
  if (width * height <= limit) return;
  const size = `${width} x ${height} = ${width * height} pixels`;
  const message = `${source}: ${size}, more than limitInputPixels = ${limit}. Raise limitInputPixels (--limit-pixels)`;
  throw new DdpmError('ERR_DDPM_LIMIT', message);
}
