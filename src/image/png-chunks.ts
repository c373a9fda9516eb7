/** The container of PNG files (PNG, third edition, section 5). */
import { concatBytes } from '../base/concat-bytes.ts';
import { crc32 } from '../base/crc.ts';

/** First bytes of every PNG file. */
export const PNG_SIGNATURE: Uint8Array = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A PNG chunk: its type, four letters, and its data. */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** A chunk of a file. */
export interface PlacedPngChunk extends PngChunk {
  /** Offset of its first byte, which is of its length field. */
  readonly offset: number;
  /** True if its checksum matches. */
  isIntact(): boolean;
}

/** Length of the signature and the IHDR chunk, which is always the first (section 5.6). */
const HEADER_BYTES = PNG_SIGNATURE.length + 25;

/** Whether the bytes begin as a PNG. */
export function isPng(bytes: Uint8Array): boolean {
  return PNG_SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Chunks of a PNG in the order of the file, up to IEND, which is the last.
 *
 * @throws Error, after the complete chunks, if the bytes end before IEND
 */
export function* pngChunks(bytes: Uint8Array): Generator<PlacedPngChunk, void, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = PNG_SIGNATURE.length; offset + 12 <= bytes.length; ) {
    const end = offset + 12 + view.getUint32(offset);
    if (end > bytes.length) break;
    const typed = bytes.subarray(offset + 4, end - 4);
    const type = String.fromCharCode(...typed.subarray(0, 4));
    yield { type, data: typed.subarray(4), offset, isIntact: () => view.getUint32(end - 4) === crc32(typed) };
    if (type === 'IEND') return;
    offset = end;
  }
  throw new Error(`truncated PNG: it ends after ${bytes.length} bytes, without an IEND chunk`);
}

/** A chunk as the bytes of a file: length, type, data and CRC-32 (section 5.3). */
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
