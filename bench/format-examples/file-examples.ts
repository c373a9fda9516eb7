/** Files that docs/format.md shows, whole or in part. */
import type { RawImage } from 'ddpm-codec';
import { nearestGridIndex, typicalBits16 } from '#dist/codec/format/budget-code.js';
import { gainedSpectrum } from '#dist/codec/format/variance-gains.js';
import { logSpectrum, type SpectrumTable } from '#dist/codec/trellis/bit-allocation.js';
import { CODE_UNIT, decodePath } from '#dist/codec/trellis/trellis-code.js';
import type { BudgetExample, FileExample, SmallFile } from '../documents/figures/format.ts';
import { bitString, hexOf, type StreamTile, sha256, streamTiles } from './stream-tiles.ts';

/** Bytes shown of a file, and of its layers; layers shown. */
const START_BYTES = 16;
const LAYERS_BYTES = 5;
const LAYERS = 3;

/** The file of docs/format.md, "Header" and "Budgets"; each of its layers is one tile. */
export function fileExample(bytes: Uint8Array): FileExample {
  const tiles = streamTiles(bytes);
  const layersAt = tiles[0].at / 8;
  const layers = tiles.slice(0, LAYERS).map(({ n, step, predicted, at, codeLength, bits }, i): BudgetExample => {
    const before = tiles[i - 1];
    return {
      typical: typicalBits16(n, step),
      history: before ? { bits: before.bits, typical: typicalBits16(before.n, before.step) } : null,
      predicted,
      code: bitString(bytes, at, codeLength),
      difference: nearestGridIndex(bits) - predicted,
      budget: bits,
      codeBits: bitString(bytes, at + codeLength, bits),
    };
  });
  return {
    bytes: bytes.length,
    start: hexOf(bytes.subarray(0, START_BYTES)),
    layersStart: hexOf(bytes.subarray(layersAt, layersAt + LAYERS_BYTES)),
    layers,
  };
}

/** SHA-256 of the code values of a tile, of each pass in canonical order, one pass after the other, as little-endian int16. */
function codeValueHash(table: SpectrumTable, { n, bits, packed, gains, key, step }: StreamTile): string {
  const spectrum = gainedSpectrum(logSpectrum(table, step.fromIndex), gains);
  const values = decodePath({ bits, packed, key, spectrum }, n).passes.flatMap((pass) => [...pass.values]);
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => void view.setInt16(2 * i, value / CODE_UNIT, true));
  return sha256(new Uint8Array(view.buffer));
}

/** The file of docs/format.md, "Test values"; each of its layers is one tile. */
export function smallFile({ data }: RawImage, bytes: Uint8Array, table: SpectrumTable): SmallFile {
  const layers = streamTiles(bytes).map((tile) => ({
    from: tile.step.fromIndex,
    to: tile.step.toIndex,
    budget: tile.bits,
    endBit: tile.endBit,
    sha256: codeValueHash(table, tile),
  }));
  return { pixels: [...data], hex: hexOf(bytes), layers };
}
