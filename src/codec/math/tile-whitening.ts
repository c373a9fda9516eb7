/** The whitening transform of whole tiles: pixels (height, width, 3) to and from blocks of coefficients. */
import { BLOCK, BLOCK_COEFFICIENTS, unwhitenBlock, whitenBlock } from './whitening.ts';

/** Size of a tile in pixels; multiples of 8. */
interface TileSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Computes the coefficients of a block of the difference of two tiles, U(a - b).
 *
 * @param first - index of the block's first sample
 * @param rowLength - samples in a row of the tile
 * @param block - receives the 192 coefficients (colour, u, v)
 */
export function whitenDifference(
  a: Float32Array,
  b: Float32Array,
  first: number,
  rowLength: number,
  block: Float64Array,
): void {
  for (let j = 0; j < BLOCK; j++) {
    let from = first + j * rowLength;
    for (let to = j * BLOCK; to < (j + 1) * BLOCK; to++, from += 3) {
      block[to] = a[from] - b[from];
      block[64 + to] = a[from + 1] - b[from + 1];
      block[128 + to] = a[from + 2] - b[from + 2];
    }
  }
  whitenBlock(block);
}

/**
 * Adds the pixels of a block of coefficients to a tile.
 *
 * @param block - the 192 coefficients; overwritten
 * @param first - index of the block's first sample
 * @param rowLength - samples in a row of the tile
 */
export function addUnwhitened(block: Float64Array, first: number, rowLength: number, tile: Float32Array): void {
  unwhitenBlock(block);
  for (let j = 0; j < BLOCK; j++) {
    for (let i = 0; i < BLOCK; i++) {
      const at = first + j * rowLength + i * 3;
      for (let c = 0; c < 3; c++) tile[at + c] += block[c * 64 + j * BLOCK + i];
    }
  }
}

/** Calls `visit` with the number of each block of a tile, and the index of its first sample. */
export function forEachBlock({ width, height }: TileSize, visit: (block: number, first: number) => void): void {
  const rowLength = width * 3;
  let block = 0;
  for (let by = 0; by < height; by += BLOCK) {
    for (let bx = 0; bx < width; bx += BLOCK) visit(block++, by * rowLength + bx * 3);
  }
}

/** Computes U(a - b) of two tiles: coefficients ordered (block row, block column, colour, u, v). */
export function whitenedDifference(a: Float32Array, b: Float32Array, size: TileSize): Float32Array {
  const coefficients = new Float32Array(a.length);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  forEachBlock(size, (number, first) => {
    whitenDifference(a, b, first, size.width * 3, block);
    coefficients.set(block, number * BLOCK_COEFFICIENTS);
  });
  return coefficients;
}
