import { checkBytes, checkKeys, checkNumber } from '../base/check-options.ts';
import { DEFAULT_LIMIT_PIXELS } from '../base/pixel-limit.ts';
import { checkPixels } from '../codec/format/header.ts';
import { PLACEHOLDER_BYTES, parsePlaceholder } from '../codec/placeholder/placeholder-stream.ts';
import { decodePlaceholder, encodePlaceholder } from '../coding/placeholder-coder.ts';
import { checkRunOptions, type RunOptions } from '../coding/run-options.ts';
import { imageToSrgb } from '../image/files/convert-colours.ts';
import { writeImage } from '../image/files/write-image.ts';
import { checkRawImage, type RawImage } from '../image/raw-image.ts';
import { useModel } from '../node/models/model-cache.ts';
import { type ImageSource, openImage } from '../node/open-image.ts';

const DEFAULT_BYTES = 64;

/** Options of `placeholderToImage` and `placeholderToDataURL`. */
export type PlaceholderDecodeOptions = Pick<RunOptions, 'model' | 'backend' | 'signal'>;

/** Options of `placeholder`. */
export interface PlaceholderOptions extends PlaceholderDecodeOptions {
  /** Largest size of the placeholder in bytes, 16..1024; default 64. */
  readonly bytes?: number;
}

const DECODE_KEYS = ['model', 'backend', 'signal'];

/**
 * Makes a placeholder, to be shown until the picture itself has loaded: a short stream of the picture at 32 pixels on
 * its longer side (the aspect is kept to the nearest pixel). Any prefix of at least 2 bytes is a coarser placeholder.
 *
 * The encoder tries 8 seeds and keeps the best; time and figures are in docs/placeholders.md. Alpha is laid over white;
 * grey pictures become RGB. The bytes do not name the model: the decoder must be given the same model if it is not the
 * default.
 *
 * @param image - pixels; an image file as its bytes, Blob, path or `file:` URL; or an instance of sharp. Colours of an
 *   ICC profile are converted to sRGB
 * @returns at most `bytes` bytes
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_INPUT`, `ERR_DDPM_LIMIT`,
 *   `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function placeholder(image: ImageSource, options: PlaceholderOptions = {}): Promise<Uint8Array> {
  checkKeys(options, [...DECODE_KEYS, 'bytes']);
  checkRunOptions(options);
  const bytes = checkNumber('bytes', options.bytes, { ...PLACEHOLDER_BYTES, integer: true }) ?? DEFAULT_BYTES;
  const raw = await openImage(image, { metadata: 'none' });
  checkRawImage(raw);
  checkPixels(raw, DEFAULT_LIMIT_PIXELS);
  // Image files are in sRGB here; pixels can bring a profile, for which a placeholder has no room.
  return encodePlaceholder(
    await imageToSrgb(raw),
    bytes,
    await useModel(options.model, options.backend),
    options.signal,
  );
}

/**
 * Decodes a placeholder to an RGB picture, 32 pixels on its longer side.
 *
 * @param bytes - from `placeholder`, or a prefix of at least 2 bytes
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_CORRUPT`, `ERR_DDPM_MODEL_MISSING`,
 *   `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function placeholderToImage(bytes: Uint8Array, options: PlaceholderDecodeOptions = {}): Promise<RawImage> {
  checkKeys(options, DECODE_KEYS);
  checkRunOptions(options);
  checkBytes('bytes', bytes);
  const parsed = parsePlaceholder(bytes);
  return decodePlaceholder(parsed, await useModel(options.model, options.backend), options.signal);
}

/**
 * Decodes a placeholder to a `data:image/png;base64,...` URL, for an `img` element or a CSS background.
 *
 * @param bytes - from `placeholder`, or a prefix of at least 2 bytes
 * @throws as `placeholderToImage`
 */
export async function placeholderToDataURL(bytes: Uint8Array, options: PlaceholderDecodeOptions = {}): Promise<string> {
  const png = await writeImage(await placeholderToImage(bytes, options), 'png');
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
