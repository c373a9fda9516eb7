/** The tail in the container: its length, the checksum of the pixels, and the range coder's bytes. docs/format.md, "Tail section". */
import { concatBytes } from '../../base/concat-bytes.ts';
import { varint } from '../format/fields.ts';
import type { Size } from '../grid/geometry.ts';

/** The lossless end of a stream. */
export interface TailSection {
  /** CRC-32 of the interleaved pixels without alpha, rows from the top. */
  readonly checksum: number;
  /** What the range coder wrote. */
  readonly data: Uint8Array;
}

/** A tail that is there. */
export interface ParsedTail extends TailSection {
  /** Offset of the first byte of the section, and of the byte behind it. */
  readonly start: number;
  readonly end: number;
}

const CHECKSUM_BYTES = 4;
const LENGTH_BYTES = 5;

/** The section as bytes. */
export function writeTail({ checksum, data }: TailSection): Uint8Array {
  const crc = Uint8Array.of(checksum, checksum >>> 8, checksum >>> 16, checksum >>> 24);
  return concatBytes(Uint8Array.from(varint(data.length)), crc, data);
}

/** Most bytes that a tail of an image may have: 8 for each sample, far above what any picture takes. */
function mostBytes({ width, height }: Size): number {
  return width * height * 3 * 8 + 16;
}

/**
 * Reads the section that starts at `start`.
 *
 * @returns undefined if the bytes end before it does, a line on the damage if its length cannot be
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
  if (length > mostBytes(image)) return `tail at byte ${start}: length ${length} is out of range`;
  const from = at + 1 + CHECKSUM_BYTES;
  const end = from + length;
  if (end > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { start, end, checksum: view.getUint32(at + 1, true), data: bytes.subarray(from, end) };
}
