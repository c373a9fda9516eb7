/** Images that the encoder takes in Node: pixels, image files (bytes, path or URL), and pipelines of sharp. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { formatValue } from '../base/check-options.ts';
import { DdpmError } from '../base/errors.ts';
import type { OpenedImage } from '../coding/encoder/encoder.ts';
import { type ReadImageOptions, readImage } from '../image/files/read-image.ts';
import type { RawImage } from '../image/raw-image.ts';

/**
 * The part of an instance of sharp that is used here. It is a type of our own, so that the types of sharp need not be
 * installed.
 *
 * The pipeline runs as for any other output of sharp: its settings of size, colours and metadata apply.
 */
export interface SharpPipeline {
  clone(): SharpPipeline;
  png(options: { readonly compressionLevel: number }): SharpPipeline;
  toBuffer(): Promise<Uint8Array>;
  /** True once all input has been written to a pipeline that is used as a stream. */
  readonly writableFinished: boolean;
}

/**
 * An image to be encoded: pixels; an image file as its bytes, Blob, path or `file:` URL; or an instance of sharp, whose
 * pipeline is run.
 */
export type ImageSource = RawImage | Uint8Array | ArrayBuffer | Blob | string | URL | SharpPipeline;

/** What {@link ImageSource} is, for messages. */
const SOURCES =
  'pixels ({data, width, height, channels}), the bytes of an image file (Uint8Array, ArrayBuffer or Blob), its path or file: URL, or an instance of sharp';

function isPipeline(source: object): source is SharpPipeline {
  const { clone, png, toBuffer } = source as Partial<SharpPipeline>;
  return [clone, png, toBuffer].every((method) => typeof method === 'function');
}

async function readFileOf(path: string | URL): Promise<ImageFile> {
  if (path instanceof URL && path.protocol !== 'file:') {
    throw new TypeError(`"image" expected a file: URL, got ${path.protocol}; fetch it and give its bytes`);
  }
  const source = typeof path === 'string' ? path : fileURLToPath(path);
  try {
    return { bytes: await readFile(path), source };
  } catch (cause) {
    throw new DdpmError('ERR_DDPM_INPUT', `cannot read ${source}: ${(cause as Error).message}`, { cause });
  }
}

/** Runs a pipeline; returns its output as a PNG. The instance is not changed and may be used for other outputs. */
async function runPipeline(pipeline: SharpPipeline): Promise<Uint8Array> {
  // A clone of a pipeline that already has all of its input would wait for input forever.
  const runnable = pipeline.writableFinished ? pipeline : pipeline.clone();
  try {
    return await runnable.png({ compressionLevel: 0 }).toBuffer();
  } catch (cause) {
    throw new DdpmError('ERR_DDPM_INPUT', `image: sharp fails: ${(cause as Error).message}`, { cause });
  }
}

/** The bytes of an image file, if the source is any kind of them. */
async function bytesOf(source: ImageSource): Promise<Uint8Array | undefined> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return undefined;
}

/** An image file in memory. */
export interface ImageFile {
  readonly bytes: Uint8Array;
  /** Its name in messages. */
  readonly source: string;
}

/** What an image source holds: an image file, or pixels whose fields are not checked. */
export type ImageContent = { readonly file: ImageFile } | { readonly pixels: OpenedImage };

/**
 * What a source holds. Files are read and pipelines run, but no image file is decoded.
 *
 * @throws TypeError for what is no image source; DdpmError `ERR_DDPM_INPUT`
 */
export async function contentOf(image: ImageSource): Promise<ImageContent> {
  if (typeof image === 'string' || image instanceof URL) return { file: await readFileOf(image) };
  const isObject = typeof image === 'object' && image !== null;
  const bytes = isObject ? await bytesOf(image) : undefined;
  if (bytes) return { file: { bytes, source: 'image' } };
  if (isObject && isPipeline(image)) return { file: { bytes: await runPipeline(image), source: 'image' } };
  const isPixels = isObject && ['data', 'width', 'height', 'channels'].some((field) => field in image);
  if (isPixels) return { pixels: image as OpenedImage };
  throw new TypeError(`"image" expected ${SOURCES}, got ${formatValue(image)}`);
}

/**
 * Decodes an image file; pixels are returned as they are.
 *
 * @throws DdpmError `ERR_DDPM_INPUT`, `ERR_DDPM_LIMIT` or `ERR_DDPM_DEPENDENCY`
 */
export async function openContent(
  content: ImageContent,
  options: Omit<ReadImageOptions, 'source'>,
): Promise<OpenedImage> {
  if ('pixels' in content) return content.pixels;
  const { bytes, source } = content.file;
  return readImage(bytes, { ...options, source });
}

/**
 * Reads the pixels of an image source. Sources that are pixels already are returned without a check of their fields.
 *
 * @throws TypeError for what is no image source; DdpmError `ERR_DDPM_INPUT`, `ERR_DDPM_LIMIT` or `ERR_DDPM_DEPENDENCY`
 */
export async function openImage(image: ImageSource, options: Omit<ReadImageOptions, 'source'>): Promise<OpenedImage> {
  return openContent(await contentOf(image), options);
}
