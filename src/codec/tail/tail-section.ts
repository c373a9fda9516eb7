/**
 * The section of a tail in a stream: length, checksum of the pixels, and message of the range coder.
 * docs/format.md, "Tail section".
 */
import { concatBytes } from '../../base/concat-bytes.ts';
import { varint } from '../format/fields.ts';
import type { Size } from '../grid/geometry.ts';

/** The lossless tail of a stream. */
export interface TailSection {
  /** CRC-32 of the interleaved pixels without alpha, rows from the top. */
  readonly checksum: number;
  /** Message of the range coder. */
  readonly data: Uint8Array;
}

/** A tail in a stream, or its first part: then `data` are the first bytes of the message, none or more. */
export interface ParsedTail extends TailSection {
  /** Length in bytes of the whole message. */
  readonly length: number;
  /** Offset of the section's first byte, and of the byte after the last one that is there. */
  readonly start: number;
  readonly end: number;
}

/** True if all bytes of the message are there. */
export function isWhole({ data, length }: ParsedTail): boolean {
  return data.length === length;
}

const CHECKSUM_BYTES = 4;
/** Most bytes of the length field. */
const LENGTH_BYTES = 5;

/** Writes the section. */
export function writeTail({ checksum, data }: TailSection): Uint8Array {
  const crc = Uint8Array.of(checksum, checksum >>> 8, checksum >>> 16, checksum >>> 24);
  return concatBytes(Uint8Array.from(varint(data.length)), crc, data);
}

/** Length in bytes of the section. */
export function tailLength({ data }: TailSection): number {
  return varint(data.length).length + CHECKSUM_BYTES + data.length;
}

/** Limit of a tail's length in bytes: 8 for each sample, far above what any picture needs. */
function maxBytes({ width, height }: Size): number {
  return width * height * 3 * 8 + 16;
}

/**
 * Reads the section that starts at byte `start`, as far as it is there.
 *
 * @returns the tail, or the first part of it; undefined if the bytes end before length and checksum do; a line that
 *   describes the damage if the length is invalid
 */
export function readTail(bytes: Uint8Array, start: number, image: Size): ParsedTail | string | undefined {
  let length = 0;
  let at = start;
  for (let i = 0; ; i++, at++) {
    if (at >= bytes.length) return undefined;
    length += (bytes[at] & 127) * 128 ** i;
    if (bytes[at] < 128) break;
    if (i === LENGTH_BYTES - 1) return `tail at byte ${start}: length is longer than ${LENGTH_BYTES} bytes`;
  }
  if (length > maxBytes(image)) return `tail at byte ${start}: length ${length} is out of range`;
  const from = at + 1 + CHECKSUM_BYTES;
  if (from > bytes.length) return undefined;
  const end = Math.min(from + length, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { start, end, length, checksum: view.getUint32(at + 1, true), data: bytes.subarray(from, end) };
}
