/**
 * Linear regression over the neighbourhood of a pixel, in both directions: moments are kept for blocks of columns, decay
 * from row to row, and are shared with the blocks beside. docs/format.md, "Tail regressions".
 */
import { CholeskySolver } from './cholesky-solver.ts';
import { dot32, f32, wholeBlocks } from './float32.ts';

/** Width of a block in pixels. */
const BLOCK = 8;
/** Factor of a block's moments for each row. */
const DECAY = f32(0.85);
/** Share of the moments of the blocks to the left (this row included) and to the right (rows above). */
const LEFT = f32(0.8);
const RIGHT = f32(0.68);
const RIDGE = 0.5;

/** Predicts a number from n inputs. The coefficients stay the same within a block of a row. */
export class LocalRegression {
  /** Inputs of the next prediction, filled by the caller; padded with zeros. */
  readonly inputs: Float32Array;
  readonly #n: number;
  readonly #width: number;
  /** Moments (n, stride), followed by products (n), of each block; of the samples of the present block in this row. */
  readonly #blocks: readonly Float32Array[];
  readonly #recent: Float32Array;
  readonly #sum: Float32Array;
  readonly #coefficients: Float32Array;
  readonly #solver: CholeskySolver;

  /**
   * @param n - number of inputs
   * @param width - of the picture, in pixels
   */
  constructor(n: number, width: number) {
    const stride = wholeBlocks(n);
    const entries = n * stride + n;
    this.#n = n;
    this.#width = width;
    this.inputs = new Float32Array(stride);
    this.#blocks = Array.from({ length: Math.ceil(width / BLOCK) }, () => new Float32Array(entries));
    this.#recent = new Float32Array(entries);
    this.#sum = new Float32Array(entries);
    this.#coefficients = new Float32Array(stride);
    this.#solver = new CholeskySolver(n);
  }

  /** Starts a pixel; at the first one of a block of a row it updates the coefficients. */
  visit(column: number): void {
    if (column % BLOCK !== 0) return;
    const k = column / BLOCK;
    const own = this.#blocks[k];
    const sum = this.#sum;
    for (let i = 0; i < own.length; i++) own[i] *= DECAY;
    sum.set(own);
    if (k > 0) add(sum, this.#blocks[k - 1], LEFT);
    if (k + 1 < this.#blocks.length) add(sum, this.#blocks[k + 1], RIGHT);
    const products = this.#n * this.inputs.length;
    this.#solver.solve(sum.subarray(0, products), sum.subarray(products), RIDGE, this.#coefficients);
  }

  /** Predicts the number from `inputs`. */
  predict(): number {
    return dot32(this.#coefficients, 0, this.inputs, 0, this.inputs.length);
  }

  /** Learns the true number for `inputs`. */
  learn(value: number, weight: number): void {
    const inputs = this.inputs;
    const recent = this.#recent;
    const n = this.#n;
    const products = n * inputs.length;
    for (let i = 0; i < n; i++) {
      const row = i * inputs.length;
      const scaled = f32(weight * inputs[i]);
      for (let j = i; j < n; j++) recent[row + j] += f32(scaled * inputs[j]);
      recent[products + i] += f32(scaled * value);
    }
  }

  /** Ends a pixel; the last one of a block of a row hands the row's moments to the block. */
  leave(column: number): void {
    if (column % BLOCK !== BLOCK - 1 && column !== this.#width - 1) return;
    add(this.#blocks[Math.floor(column / BLOCK)], this.#recent, 1);
    this.#recent.fill(0);
  }
}

/** a = a + b * factor. */
function add(a: Float32Array, b: Float32Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] += f32(b[i] * factor);
}
