/**
 * The sum of the singular values of a matrix, without its singular vectors: Golub & Kahan (1965) make it bidiagonal by
 * reflections, and the values are the positive eigenvalues of the symmetric tridiagonal matrix of twice the size with
 * zeros on its diagonal (Golub & Van Loan 2013, *Matrix Computations*, section 8.6.1), found by the implicit QL method
 * (EISPACK's imtql1).
 *
 * Own code: ml-matrix computes vectors, too, on arrays of rows, and takes several times as long for the same distance
 * (`npm run bench:fid`).
 */

/** Most iterations for one eigenvalue; 2 are usual. */
const MAX_ITERATIONS = 100;

/**
 * Sum of the singular values (nuclear norm) of a matrix. Its error is some units in the last place of the largest one for
 * each.
 *
 * @param matrix - row-major, `rows` x `columns`, rows >= columns; overwritten
 * @returns a generator that yields the share of the work that is done
 * @throws RangeError if there is a value that is not finite
 */
export function* singularValueSum(
  matrix: Float64Array,
  rows: number,
  columns: number,
): Generator<number, number, void> {
  let scale = 0;
  for (const value of matrix) scale = Math.max(scale, Math.abs(value));
  if (!Number.isFinite(scale)) throw new RangeError('"matrix" expected finite values');
  if (scale === 0) return 0;
  for (let i = 0; i < matrix.length; i++) matrix[i] /= scale;
  const values = symmetricEigenvalues(yield* bidiagonal(matrix, rows, columns));
  let sum = 0;
  for (const value of values) sum += Math.abs(value);
  return (scale * sum) / 2;
}

/**
 * Makes a matrix upper bidiagonal by reflections from both sides.
 *
 * @returns diagonal and superdiagonal in turns, 2 * columns - 1 values
 */
function* bidiagonal(matrix: Float64Array, rows: number, columns: number): Generator<number, Float64Array, void> {
  const found = new Float64Array(2 * columns - 1);
  const left = new Float64Array(rows);
  const right = new Float64Array(columns);
  const weights = new Float64Array(columns);
  for (let k = 0; k < columns; k++) {
    for (let i = k; i < rows; i++) left[i] = matrix[i * columns + k];
    const leftScale = reflector(left, k, rows);
    found[2 * k] = leftScale.value;
    if (k === columns - 1) break;
    const from = k + 1;
    columnSums(matrix, { rows, columns, k, left, out: weights });
    for (let j = from; j < columns; j++) weights[j] *= leftScale.factor;
    for (let j = from; j < columns; j++) right[j] = matrix[k * columns + j] - left[k] * weights[j];
    const rightScale = reflector(right, from, columns);
    found[2 * k + 1] = rightScale.value;
    for (let i = from; i < rows; i++) {
      const row = matrix.subarray(i * columns, (i + 1) * columns);
      reflectRow(row, from, { weights, share: left[i], right, factor: rightScale.factor });
    }
    yield 1 - (1 - k / columns) ** 3;
  }
  return found;
}

/**
 * Makes of x a vector u so that I - factor u u^T maps x to a multiple of its first unit vector.
 *
 * @param values - x in start..end-1, becomes u
 * @returns that multiple, and factor; 0 for x = 0
 */
function reflector(values: Float64Array, start: number, end: number): { value: number; factor: number } {
  let squares = 0;
  for (let i = start; i < end; i++) squares += values[i] * values[i];
  if (squares === 0) return { value: 0, factor: 0 };
  const first = values[start];
  const value = first > 0 ? -Math.sqrt(squares) : Math.sqrt(squares); // of the other sign, so that no digits are lost
  values[start] = first - value;
  return { value, factor: 1 / (squares - first * value) };
}

/** For the columns after k, the sums over the rows from k on of `left` times the matrix. */
function columnSums(
  matrix: Float64Array,
  { rows, columns, k, left, out }: { rows: number; columns: number; k: number; left: Float64Array; out: Float64Array },
): void {
  out.fill(0);
  let i = k;
  // Four rows at a time, so that a sum is loaded and stored once for four products.
  for (; i + 4 <= rows; i += 4) {
    const [r0, r1, r2, r3] = [i * columns, (i + 1) * columns, (i + 2) * columns, (i + 3) * columns];
    const [x0, x1, x2, x3] = [left[i], left[i + 1], left[i + 2], left[i + 3]];
    for (let j = k + 1; j < columns; j++) {
      out[j] += x0 * matrix[r0 + j] + x1 * matrix[r1 + j] + x2 * matrix[r2 + j] + x3 * matrix[r3 + j];
    }
  }
  for (; i < rows; i++) for (let j = k + 1; j < columns; j++) out[j] += left[i] * matrix[i * columns + j];
}

/** What a row loses: `share` times `weights` by the reflection from the left, a multiple of `right` by the other one. */
interface RowReflection {
  readonly weights: Float64Array;
  readonly share: number;
  readonly right: Float64Array;
  readonly factor: number;
}

/** Applies both reflections to a row in one walk: the product of the reflected row with `right` comes first. */
function reflectRow(row: Float64Array, from: number, { weights, share, right, factor }: RowReflection): void {
  let product = 0;
  for (let j = from; j < row.length; j++) {
    row[j] -= share * weights[j];
    product += row[j] * right[j];
  }
  const scaled = factor * product;
  for (let j = from; j < row.length; j++) row[j] -= scaled * right[j];
}

/**
 * Eigenvalues of the symmetric tridiagonal matrix with a diagonal of zeros.
 *
 * @param beside - values beside the diagonal; overwritten
 */
function symmetricEigenvalues(beside: Float64Array): Float64Array {
  const n = beside.length + 1;
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  e.set(beside);
  const negligible = Number.EPSILON * beside.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; ; iteration++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]) > negligible) m++;
      if (m === l) break;
      if (iteration === MAX_ITERATIONS) throw new Error('the QL method did not converge');
      sweep(d, e, l, m);
    }
  }
  return d;
}

/** One implicit QL step on the rows l..m, which ends with an eigenvalue at l nearly split off. */
function sweep(d: Float64Array, e: Float64Array, l: number, m: number): void {
  const half = (d[l + 1] - d[l]) / (2 * e[l]);
  const shift = e[l] / (half + (half < 0 ? -1 : 1) * Math.sqrt(half * half + 1));
  let g = d[m] - d[l] + shift;
  let sine = 1;
  let cosine = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = sine * e[i];
    const b = cosine * e[i];
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const above = d[i + 1] - p;
    const t = (d[i] - above) * sine + 2 * cosine * b;
    p = sine * t;
    d[i + 1] = above + p;
    g = cosine * t - b;
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}
