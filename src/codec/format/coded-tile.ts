/** One tile of one layer in a stream. docs/format.md, "Layers". */
import { crc16 } from '../../base/crc.ts';
import { type Gains, NO_GAINS, sameGains } from './variance-gains.ts';

/** What the length of a tile in a stream depends on. */
export interface TileSize {
  /** B in bits: the budget (budget-code.ts), or the length of a dithered tile's message. */
  readonly bits: number;
  /** Variance gains; default: none. */
  readonly gains?: Gains;
}

/** Code bits of one tile of one layer. */
export interface CodedTile extends TileSize {
  /** The bits, most significant first. */
  readonly packed: Uint8Array;
}

/** Number of bits of a tile's checksum, in streams with checksums. */
export const TILE_CRC_BITS = 16;

/** CRC-16 of a tile: over B as 4 bytes, little-endian, its gains (one byte each) if it has any, and the packed bits. */
export function tileCrc({ bits, packed, gains = NO_GAINS }: CodedTile): number {
  const gainBytes = sameGains(gains, NO_GAINS) ? [] : gains;
  return crc16(Uint8Array.of(bits, bits >>> 8, bits >>> 16, bits >>> 24, ...gainBytes), packed);
}
