/** One tile of one layer in a stream. docs/format.md, "Layers". */
import { crc16 } from '../../base/crc.ts';

/** Code bits of one tile of one layer. */
export interface CodedTile {
  /** B in bits: the budget (budget-code.ts), or the length of a dithered tile's message. */
  readonly bits: number;
  /** The bits, most significant first. */
  readonly packed: Uint8Array;
}

/** Number of bits of a tile's checksum, in streams with checksums. */
export const TILE_CRC_BITS = 16;

/** CRC-16 of a tile: over B as 4 bytes, little-endian, and the packed bits. */
export function tileCrc({ bits, packed }: CodedTile): number {
  return crc16(Uint8Array.of(bits, bits >>> 8, bits >>> 16, bits >>> 24), packed);
}
