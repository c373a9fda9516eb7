/** Alpha and metadata as chunks of a stream. */

import { DdpmError } from '../base/errors.ts';
import { CHUNK, type Chunks } from '../codec/format/chunks.ts';
import type { Size } from '../codec/grid/geometry.ts';
import { AreaAverage } from '../image/area-average.ts';
import type { GreyRows } from '../image/grey-png.ts';
import type { Channels, Metadata } from '../image/raw-image.ts';
import type { ReducedSize } from './decoder/reduced-size.ts';
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

/** Alpha of a decoded picture, one byte a pixel. */
export interface AlphaPlanes {
  /** Of the picture itself. */
  readonly ofPicture: Uint8Array;
  /** Of the pyramid level that a reduced picture is made of; otherwise the same plane. */
  readonly ofLevel: Uint8Array;
}

/** What the chunks say of a decoded picture. */
export interface DecodedExtras {
  /** Null if there is none. */
  readonly alpha: AlphaPlanes | null;
  readonly metadata: Metadata;
}

/**
 * Reads alpha and metadata from chunks.
 *
 * @param size - of the picture that is decoded
 * @throws DdpmError `ERR_DDPM_CORRUPT` if a chunk is damaged
 */
export async function readPictureChunks(chunks: Chunks, size: ReducedSize, platform: Platform): Promise<DecodedExtras> {
  return { metadata: await readMetadata(chunks, platform), alpha: await readAlpha(chunks, size, platform) };
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
 * Reads the alpha plane from chunks; null if there is none. Of a reduced picture no plane of the full size is made.
 *
 * @throws DdpmError `ERR_DDPM_CORRUPT` if the chunk is damaged or has another size than the full picture
 */
async function readAlpha(chunks: Chunks, size: ReducedSize, platform: Platform): Promise<AlphaPlanes | null> {
  const packed = chunks.get(CHUNK.alpha);
  if (!packed) return null;
  const { width, height } = size.full;
  try {
    const png = platform.openGreyPng(packed, width * height);
    if (png.width !== width || png.height !== height) {
      throw new Error(`${png.width} x ${png.height}, expected ${width} x ${height}`);
    }
    return await (size.isReduced ? averagedAlpha(png, size) : wholeAlpha(png));
  } catch (cause) {
    throw corrupt('alpha', (cause as Error).message, cause);
  }
}

async function wholeAlpha({ width, height, rows }: GreyRows): Promise<AlphaPlanes> {
  const plane = new Uint8Array(width * height);
  let at = 0;
  for await (const row of rows) {
    plane.set(row, at);
    at += width;
  }
  return { ofPicture: plane, ofLevel: plane };
}

/** Alpha averaged over the pixels of the picture, and over 2^level x 2^level pixels. */
async function averagedAlpha(png: GreyRows, size: ReducedSize): Promise<AlphaPlanes> {
  const pixel = 2 ** size.level;
  const ofLevel = { width: Math.ceil(png.width / pixel), height: Math.ceil(png.height / pixel) };
  const picture = averageInto(png, size);
  const level = averageInto(png, ofLevel, pixel);
  for await (const row of png.rows) {
    picture.average.add(row);
    level.average.add(row);
  }
  return { ofPicture: picture.plane, ofLevel: level.plane };
}

/** An average, and the plane that it fills. */
function averageInto(from: Size, { width, height }: Size, pixel?: number): { plane: Uint8Array; average: AreaAverage } {
  const plane = new Uint8ClampedArray(width * height);
  const average = new AreaAverage(from, { width, height }, 1, (row, y) => plane.set(row, y * width), pixel);
  return { plane: new Uint8Array(plane.buffer), average };
}
