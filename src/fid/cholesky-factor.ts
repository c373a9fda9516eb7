/** A matrix C of `rank` rows with A = C^T C. */
export interface Factor {
  readonly rank: number;
  /** Row-major, `rank` x `dims`. */
  readonly rows: Float64Array;
}

/**
 * Cholesky factor of a positive semi-definite matrix, with complete pivoting (Higham 2002, *Accuracy and Stability of
 * Numerical Algorithms*, section 10.3). It ends where what is left has no entry above the rounding of the matrix, dims *
 * 2^-52 times its largest (the tolerance of LAPACK's dpstrf), so that the covariance of fewer images than features has
 * as many rows as it has rank.
 *
 * @param matrix - symmetric, row-major, `dims` x `dims`; its upper triangle is read
 * @returns a generator that yields the share of the work that is done
 */
export function* choleskyFactor(matrix: Float64Array, dims: number): Generator<number, Factor, void> {
  const order = Int32Array.from({ length: dims }, (_, i) => i);
  const left = Float64Array.from({ length: dims }, (_, i) => matrix[i * dims + i]);
  const tolerance = dims * Number.EPSILON * left.reduce((largest, value) => Math.max(largest, value), 0);
  /** Rows of the factor with columns in the order of the pivots; row k begins in column k. */
  const found: Float64Array[] = [];
  for (let k = 0; k < dims; k++) {
    let pivot = k;
    for (let i = k + 1; i < dims; i++) if (left[i] > left[pivot]) pivot = i;
    if (!(left[pivot] > tolerance)) break;
    for (const values of [order, left, ...found]) swap(values, k, pivot);
    found.push(nextRow(matrix, dims, { order, left, found }));
    yield k / dims;
  }
  const rows = new Float64Array(found.length * dims);
  for (const [k, row] of found.entries()) for (let i = k; i < dims; i++) rows[k * dims + order[i]] = row[i];
  return { rank: found.length, rows };
}

function swap(values: Float64Array | Int32Array, i: number, j: number): void {
  const value = values[i];
  values[i] = values[j];
  values[j] = value;
}

interface Progress {
  /** Column of the matrix at each place. */
  readonly order: Int32Array;
  /** Diagonal of what is left of the matrix, by place. */
  readonly left: Float64Array;
  readonly found: readonly Float64Array[];
}

/** The row of the factor whose pivot is at the next place; takes its squares from `left`. */
function nextRow(matrix: Float64Array, dims: number, { order, left, found }: Progress): Float64Array {
  const k = found.length;
  const row = new Float64Array(dims);
  const column = order[k];
  for (let i = k; i < dims; i++) {
    row[i] = matrix[column < order[i] ? column * dims + order[i] : order[i] * dims + column];
  }
  for (let j = 0; j < k; j++) {
    const above = found[j];
    const factor = above[k];
    for (let i = k; i < dims; i++) row[i] -= factor * above[i];
  }
  const root = Math.sqrt(left[k]);
  for (let i = k + 1; i < dims; i++) {
    row[i] /= root;
    left[i] -= row[i] * row[i];
  }
  row[k] = root;
  return row;
}
