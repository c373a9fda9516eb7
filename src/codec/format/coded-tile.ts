/** One tile of one layer as it stands in a stream. docs/format.md, "Layers". */
import { crc16 } from '../../base/crc.ts';

/** Code bits of one tile of one layer. */
export interface CodedTile {
  /** B, a budget of the grid (budget-code.ts); of a dithered tile the length of its message. */
  readonly bits: number;
  /** The bits, most significant first. */
  readonly packed: Uint8Array;
}

/** Bits of a tile's checksum, in streams that have them. */
export const TILE_CRC_BITS = 16;

/** CRC-16 of a tile: of B as 4 bytes, little-endian, and its bits. */
export function tileCrc({ bits, packed }: CodedTile): number {
  return crc16(Uint8Array.of(bits, bits >>> 8, bits >>> 16, bits >>> 24), packed);
}
