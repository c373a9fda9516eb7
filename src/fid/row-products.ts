/** A row-major matrix of numbers. */
export interface Rows {
  readonly data: Float32Array | Float64Array;
  readonly count: number;
}

/** The scalar products of some rows of one matrix with some of another. */
export interface ProductTile {
  /** Number of the first row in each of the two. */
  readonly rowA: number;
  readonly rowB: number;
  /** Number of rows of each. */
  readonly countA: number;
  readonly countB: number;
  /** That of rows rowA + i and rowB + j at [i * countB + j]; valid until the next tile. */
  readonly products: Float64Array;
}

/** Rows of a tile: as many as the caches hold of some thousand features. */
const TILE = 64;

/**
 * Computes the scalar product of each row of `a` with each of `b`, tile by tile. Sums are of doubles.
 *
 * @param dims - length of a row
 * @param visit - is given each tile
 * @param sameRows - leave out the tiles below the diagonal, for `a` and `b` the same rows
 * @returns a generator that yields the share of the products that is done
 */
export function* productTiles(
  a: Rows,
  b: Rows,
  dims: number,
  visit: (tile: ProductTile) => void,
  sameRows = false,
): Generator<number, void, void> {
  const products = new Float64Array(TILE * TILE);
  for (let rowA = 0; rowA < a.count; rowA += TILE) {
    const countA = Math.min(TILE, a.count - rowA);
    for (let rowB = sameRows ? rowA : 0; rowB < b.count; rowB += TILE) {
      const tile = { rowA, rowB, countA, countB: Math.min(TILE, b.count - rowB), products };
      multiply(a.data, b.data, dims, tile);
      visit(tile);
      const ofTiles = (b.count - rowB) / b.count;
      yield sameRows ? 1 - ((b.count - rowA) / b.count) ** 2 : (rowA + countA * (1 - ofTiles)) / a.count;
    }
  }
}

/** Two rows by two at a time: four products for four loads. Tiles of 4 x 2 and 4 x 4 were no faster in V8. */
function multiply(
  left: Float32Array | Float64Array,
  right: Float32Array | Float64Array,
  dims: number,
  { rowA, rowB, countA, countB, products }: ProductTile,
): void {
  for (let i = 0; i < countA; i += 2) {
    // The last row of an odd number is its own neighbour, and its products are written twice.
    const below = Math.min(i + 1, countA - 1);
    for (let j = 0; j < countB; j += 2) {
      const beside = Math.min(j + 1, countB - 1);
      let i0 = (rowA + i) * dims;
      let i1 = (rowA + below) * dims;
      let j0 = (rowB + j) * dims;
      let j1 = (rowB + beside) * dims;
      let sum00 = 0;
      let sum01 = 0;
      let sum10 = 0;
      let sum11 = 0;
      for (const end = i0 + dims; i0 < end; i0++, i1++, j0++, j1++) {
        const x0 = left[i0];
        const x1 = left[i1];
        const y0 = right[j0];
        const y1 = right[j1];
        sum00 += x0 * y0;
        sum01 += x0 * y1;
        sum10 += x1 * y0;
        sum11 += x1 * y1;
      }
      products[i * countB + j] = sum00;
      products[i * countB + beside] = sum01;
      products[below * countB + j] = sum10;
      products[below * countB + beside] = sum11;
    }
  }
}
