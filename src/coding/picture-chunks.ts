/** Alpha and metadata as chunks of a stream. */

import { DdpmError } from '../base/errors.ts';
import { CHUNK, type Chunks } from '../codec/format/chunks.ts';
import { AreaAverage } from '../image/area-average.ts';
import type { Channels, Metadata } from '../image/raw-image.ts';
import type { Platform } from './platform.ts';

const METADATA_CHUNKS = { icc: CHUNK.icc, exif: CHUNK.exif, xmp: CHUNK.xmp } as const;
type MetadataKey = keyof typeof METADATA_CHUNKS;
const METADATA_KEYS = Object.keys(METADATA_CHUNKS) as MetadataKey[];
/** Most bytes of one kind of metadata, inflated. */
const MAX_METADATA_BYTES = 16_000_000;

/** The parts of a picture beside its colours. */
export interface PictureExtras {
  /** One byte a pixel; null if there is none. */
  readonly alpha: Uint8Array | null;
  readonly metadata: Metadata;
}

/**
 * Makes the chunks of an alpha plane (a grey PNG) and of metadata (deflated).
 *
 * @throws TypeError or RangeError if metadata is no bytes or too long
 */
export async function writePictureChunks(
  size: { width: number; height: number },
  { alpha, metadata }: PictureExtras,
  platform: Platform,
): Promise<Chunks> {
  const chunks = new Map<number, Uint8Array>();
  for (const key of METADATA_KEYS) {
    const data = metadata[key];
    if (data === undefined) continue;
    if (!(data instanceof Uint8Array)) throw new TypeError(`"metadata.${key}" expected Uint8Array`);
    if (data.length > MAX_METADATA_BYTES) {
      throw new RangeError(`"metadata.${key}" expected at most ${MAX_METADATA_BYTES} bytes, got ${data.length}`);
    }
    chunks.set(METADATA_CHUNKS[key], await platform.deflateRaw(data));
  }
  if (alpha) chunks.set(CHUNK.alpha, await platform.writeGreyPng({ ...size, data: alpha }));
  return chunks;
}

/** Number of channels of a picture, from its colours and the alpha chunk. */
export function channelsOf(colours: 1 | 3, chunks: Chunks): Channels {
  if (!chunks.has(CHUNK.alpha)) return colours;
  return colours === 3 ? 4 : 2;
}

function corrupt(what: string, why: string, cause?: unknown): DdpmError {
  return new DdpmError('ERR_DDPM_CORRUPT', `damaged ${what} chunk: ${why}`, { cause });
}

/**
 * Reads alpha and metadata from chunks.
 *
 * @param size - of the image, which the alpha plane must have too
 * @param level - of the pyramid: alpha is averaged over 2^level x 2^level pixels
 * @throws DdpmError `ERR_DDPM_CORRUPT` if a chunk is damaged
 */
export async function readPictureChunks(
  chunks: Chunks,
  size: { width: number; height: number },
  level: number,
  platform: Platform,
): Promise<PictureExtras> {
  return { metadata: await readMetadata(chunks, platform), alpha: await readAlpha(chunks, size, level, platform) };
}

/**
 * Reads metadata from chunks.
 *
 * @throws DdpmError `ERR_DDPM_CORRUPT` if a chunk is damaged or inflates to too many bytes
 */
async function readMetadata(chunks: Chunks, platform: Platform): Promise<Metadata> {
  const metadata: { -readonly [K in MetadataKey]?: Uint8Array } = {};
  for (const key of METADATA_KEYS) {
    const data = chunks.get(METADATA_CHUNKS[key]);
    if (!data) continue;
    try {
      metadata[key] = await platform.inflateRaw(data, MAX_METADATA_BYTES);
    } catch (cause) {
      throw corrupt(key, (cause as Error).message, cause);
    }
  }
  return metadata;
}

/**
 * Reads the alpha plane from chunks: one byte a pixel of the level, or null if there is none. Takes no more memory than
 * that.
 *
 * @throws DdpmError `ERR_DDPM_CORRUPT` if the chunk is damaged or has another size than the image
 */
async function readAlpha(
  chunks: Chunks,
  { width, height }: { width: number; height: number },
  level: number,
  platform: Platform,
): Promise<Uint8Array | null> {
  const packed = chunks.get(CHUNK.alpha);
  if (!packed) return null;
  try {
    const png = platform.openGreyPng(packed, width * height);
    if (png.width !== width || png.height !== height) {
      throw new Error(`${png.width} x ${png.height}, expected ${width} x ${height}`);
    }
    const pixel = 2 ** level;
    const size = { width: Math.ceil(width / pixel), height: Math.ceil(height / pixel) };
    const alpha = new Uint8ClampedArray(size.width * size.height);
    const average = new AreaAverage(png, size, 1, (row, y) => alpha.set(row, y * size.width), pixel);
    for await (const row of png.rows) average.add(row);
    return new Uint8Array(alpha.buffer);
  } catch (cause) {
    throw corrupt('alpha', (cause as Error).message, cause);
  }
}
