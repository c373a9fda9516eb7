/** Chunks between the header and the layers: index, alpha and metadata. docs/format.md, "Chunks". */

import { concatBytes } from '../../base/concat-bytes.ts';
import { crc32 } from '../../base/crc.ts';
import { DdpmError } from '../../base/errors.ts';
import { type FieldReader, varint } from './fields.ts';

/**
 * Types of chunks. Those from 0x80 up are ancillary: a reader that does not know one skips it. Every type has at least
 * two bits set, so that a single flipped bit cannot turn it into the end marker.
 */
export const CHUNK = { end: 0, alpha: 0x03, icc: 0x81, exif: 0x82, xmp: 0x83, index: 0x84 } as const;
const KNOWN: readonly number[] = Object.values(CHUNK);
const ANCILLARY = 0x80;
const MAX_LENGTH = 2 ** 31 - 1;
/** Length of a chunk's type and checksum, and of the end marker. */
const FRAME_BYTES = 5;
const END_BYTES = 1;

/** Contents of chunks by type. */
export type Chunks = ReadonlyMap<number, Uint8Array>;

function checksum(type: number, data: Uint8Array): Uint8Array {
  const crc = crc32(Uint8Array.of(type), data);
  return Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24);
}

/** The section of chunks as bytes, with its end marker; empty if there are no chunks. */
export function writeChunks(chunks: Chunks): Uint8Array {
  if (chunks.size === 0) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  for (const [type, data] of chunks) {
    parts.push(Uint8Array.of(type, ...varint(data.length)), data, checksum(type, data));
  }
  parts.push(Uint8Array.of(CHUNK.end));
  return concatBytes(...parts);
}

/** Length in bytes of the section of chunks. */
export function chunksLength(chunks: Chunks): number {
  if (chunks.size === 0) return 0;
  return [...chunks.values()].reduce(
    (sum, { length }) => sum + FRAME_BYTES + varint(length).length + length,
    END_BYTES,
  );
}

/**
 * Reads the next chunk of a section into a map.
 *
 * @returns false at the end marker of the section
 * @throws DdpmError `ERR_DDPM_CORRUPT` if the chunk is damaged, a duplicate, or unknown and critical; IncompleteError
 *   if the bytes end before it does
 */
export function readChunk(fields: FieldReader, chunks: Map<number, Uint8Array>): boolean {
  const at = fields.at;
  const type = fields.byte('chunk type');
  if (type === CHUNK.end) return false;
  if (!KNOWN.includes(type) && type < ANCILLARY) fields.fail('chunk type', `${type} is unknown and critical`, at);
  if (chunks.has(type)) fields.fail('chunk type', `${type} is there twice`, at);
  const data = fields.bytes('chunk', fields.varint('chunk length', MAX_LENGTH));
  const crc = fields.bytes('chunk checksum', 4);
  if (checksum(type, data).some((byte, i) => byte !== crc[i])) {
    throw new DdpmError('ERR_DDPM_CORRUPT', `damaged chunk of type ${type} at byte ${at}: checksum does not match`);
  }
  chunks.set(type, data.slice());
  return true;
}
