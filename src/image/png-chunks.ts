import { concatBytes } from '../base/concat-bytes.ts';
import { crc32 } from '../base/crc.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const IEND = 0x49454e44;

/**
 * Checks that a PNG has its IEND chunk; bytes that are no PNG pass. libpng stops reading after the last pixel, so it
 * would accept a file that lacks only its end, as after an interrupted download.
 *
 * @throws Error if the bytes are a PNG that ends early
 */
export function assertPngIsComplete(bytes: Uint8Array): void {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A chunk is length, type, data and CRC: 12 bytes and its data (PNG, section 5.3).
  for (let offset = SIGNATURE.length; offset + 12 <= bytes.length; offset += 12 + view.getUint32(offset)) {
    if (view.getUint32(offset + 4) === IEND) return;
  }
  throw new Error('truncated PNG: it has no IEND chunk');
}

/** A PNG chunk: its type, four letters, and its data. */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Length of the signature and the IHDR chunk, which is always the first (PNG, section 5.6). */
const HEADER_BYTES = SIGNATURE.length + 25;

/** A chunk as the bytes of a file: length, type, data and CRC-32 (PNG, section 5.3). */
export function pngChunkBytes({ type, data }: PngChunk): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

/** Inserts chunks into a PNG right after its IHDR chunk. */
export function insertPngChunks(png: Uint8Array, chunks: readonly PngChunk[]): Uint8Array {
  return concatBytes(png.subarray(0, HEADER_BYTES), ...chunks.map(pngChunkBytes), png.subarray(HEADER_BYTES));
}
