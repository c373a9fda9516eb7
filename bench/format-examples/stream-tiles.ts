/** The tiles of a trellis-coded stream, with where their codes are and what they depend on. */
import { createHash } from 'node:crypto';
import { type LadderStep, parseStream, type TileKey } from 'ddpm-codec/codec';
import { budgetCodeLength } from '#dist/codec/format/budget-code.js';
import { BudgetPredictor } from '#dist/codec/format/budget-predictor.js';
import { type CodedTile, TILE_CRC_BITS } from '#dist/codec/format/coded-tile.js';
import { type Gains, gainsCodeLength, NO_GAINS } from '#dist/codec/format/variance-gains.js';

/** A tile of a stream. */
export interface StreamTile extends CodedTile {
  readonly key: TileKey;
  readonly step: LadderStep;
  /** Coefficients. */
  readonly n: number;
  /** Number of the grid point that is predicted for its budget. */
  readonly predicted: number;
  readonly gains: Gains;
  /** Position in the file of the codes of its gains and its budget, in bits, and their length. */
  readonly at: number;
  readonly codeLength: number;
  /** Bits of its codes, and of its checksum if it has one. */
  readonly sideBits: number;
  /** Position after the last bit of its layer. */
  readonly endBit: number;
}

/** Reads all tiles of a complete stream, layer by layer. */
export function streamTiles(bytes: Uint8Array): StreamTile[] {
  const { header, steps, layers, startBytes, status } = parseStream(bytes);
  if (status !== 'complete' || header.dithered) throw new Error(`a trellis-coded stream expected, it is ${status}`);
  const predictor = new BudgetPredictor(header);
  const checksumBits = header.checksums ? TILE_CRC_BITS : 0;
  const found: StreamTile[] = [];
  let at = startBytes * 8;
  for (const [layer, { tiles, unpack, endBit }] of layers.entries()) {
    const messages = unpack();
    let bitsAfter = 0;
    const step = steps[layer];
    const fine = header.freeEnd && layer === steps.length - 1;
    for (const [tile, context] of predictor.context(step).entries()) {
      const { bits, gains = NO_GAINS } = tiles[tile];
      const { packed } = messages[tile];
      const codeLength = gainsCodeLength(gains, context.gains) + budgetCodeLength(bits, context.predicted, fine);
      const key = { seed: header.seed, layer, tile };
      found.push({
        ...context,
        bits,
        packed,
        gains,
        key,
        step,
        at,
        codeLength,
        sideBits: codeLength + checksumBits,
        endBit,
      });
      at += codeLength;
      bitsAfter += bits + checksumBits;
    }
    at += bitsAfter;
    if (at !== endBit) throw new Error(`layer ${layer} ends at bit ${endBit}, its parts at bit ${at}`);
    predictor.learn(step, tiles);
  }
  return found;
}

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Bytes in hexadecimal. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Bits of a file as a string of 0 and 1. */
export function bitString(bytes: Uint8Array, at: number, count: number): string {
  return Array.from({ length: count }, (_, i) => (bytes[(at + i) >> 3] >> (7 - ((at + i) & 7))) & 1).join('');
}
