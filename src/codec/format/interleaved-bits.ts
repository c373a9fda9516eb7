/**
 * The code bits of a layer's tiles, interleaved, so that a layer that is cut short has about the same share of every
 * tile. docs/format.md, "Layers".
 */
import { type BitWriter, copyBits } from './bits.ts';

/** The bits of each tile are cut into so many slices; the first slices of all tiles come first. */
const SLICES = 64;

/** Number of bits of a tile in its first `slices` slices. */
function bitsWithin(bits: number, slices: number): number {
  return Math.floor((bits * slices) / SLICES);
}

/** The first bits of a tile. */
export interface PackedBits {
  /** Most significant bit first. */
  readonly packed: Uint8Array;
  readonly bits: number;
}

/** Writes the bits of a layer's tiles. */
export function writeInterleaved(out: BitWriter, tiles: readonly PackedBits[]): void {
  for (let slice = 0; slice < SLICES; slice++) {
    for (const { packed, bits } of tiles) {
      const from = bitsWithin(bits, slice);
      out.writePacked(packed, bitsWithin(bits, slice + 1) - from, from);
    }
  }
}

/**
 * Number of bits of each tile among the first `available` interleaved bits.
 *
 * @param sizes - number of bits of each tile
 */
function availableBits(sizes: readonly number[], available: number): number[] {
  const counts = sizes.map(() => 0);
  let left = available;
  for (let slice = 1; slice <= SLICES; slice++) {
    for (let tile = 0; tile < sizes.length; tile++) {
      const count = bitsWithin(sizes[tile], slice) - bitsWithin(sizes[tile], slice - 1);
      counts[tile] += Math.min(count, left);
      left -= count;
      if (left <= 0) return counts;
    }
  }
  return counts;
}

/**
 * Reads the bits of a layer's tiles, as far as they are there. Takes memory for these only, whatever the sizes are.
 *
 * @param at - position of the first bit in `bytes`
 * @param sizes - number of bits of each tile
 * @param available - number of bits that are there
 */
export function readInterleaved(
  bytes: Uint8Array,
  at: number,
  sizes: readonly number[],
  available: number,
): PackedBits[] {
  const tiles = availableBits(sizes, available).map((bits) => ({ bits, packed: new Uint8Array(Math.ceil(bits / 8)) }));
  let position = at;
  for (let slice = 0; slice < SLICES; slice++) {
    for (let tile = 0; tile < sizes.length; tile++) {
      const { packed, bits } = tiles[tile];
      const from = Math.min(bitsWithin(sizes[tile], slice), bits);
      const count = Math.min(bitsWithin(sizes[tile], slice + 1), bits) - from;
      copyBits(bytes, position, packed, from, count);
      position += count;
    }
  }
  return tiles;
}
