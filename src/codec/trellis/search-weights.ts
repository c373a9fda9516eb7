/**
 * What a path search weighs its candidates with: codebook rows and weights as 16-bit integers, whose products are added
 * exactly. So a kernel may add them in any order, 8 in one instruction.
 */
import { HASH_INDEX, HASH_STATE, mix } from '../math/gaussian-table.ts';
import type { SearchTarget } from './passes.ts';
import { CODE_UNIT, CODEBOOK, ROW, ROW_SHIFT } from './trellis-code.ts';

/** Squares of code values are stored less this, which centres them: their offset is the same for all paths. */
const SQUARE_CENTRE = 9.5;
/** Unit of the stored squares. */
const SQUARE_UNIT = SQUARE_CENTRE / 32767;
/** Limit of a weight, which keeps every sum of scores finite in float32. */
const LARGEST_WEIGHT = 1e18;

/** Largest integer weight. */
const MOST_WEIGHT = 32767;
/** Largest sum of a stage's integer weights: times 2^15 it is less than 2^31. */
const MOST_SUM = 65000;
/** Largest factor between a weight and its integer, for weights that are all but 0. */
const MOST_SCALE = Math.fround(1e30);

const fround = Math.fround;

/**
 * Rows of the codebook for the search, 8 integers each: 2 code values in units of CODE_UNIT and their 2 squares, then
 * the other 2 and theirs.
 */
export const CODE_ROWS: Int16Array = new Int16Array(2 * CODEBOOK.length);
for (const [i, c] of CODEBOOK.entries()) {
  const at = codeAt(i);
  CODE_ROWS[at] = c / CODE_UNIT;
  CODE_ROWS[at + 2] = Math.round((c * c - SQUARE_CENTRE) / SQUARE_UNIT);
}

/** Place of code value i in CODE_ROWS. Its square is 2 further on. */
function codeAt(i: number): number {
  return 2 * i - (i % 2);
}

/**
 * Computes the weights of log q(c)/p(c) = (c^2 - (c - a)^2 / r) / 2, expanded in c without its constant
 * (docs/design/codec.md, section 5): linear times the code value less quadratic times its square, both as CODE_ROWS has
 * them, and both times the emphasis.
 *
 * @param weights - receives the weights, linear and quadratic in turn, 2n values in canonical order
 * @throws RangeError if a weight is too large for float32 sums
 */
export function importanceWeights({ target, residualVariance, emphasis }: SearchTarget, weights: Float32Array): void {
  for (let i = 0; i < target.length; i++) {
    const precision = 1 / residualVariance[i];
    const a = target[i] * precision;
    if (!(precision < LARGEST_WEIGHT && Math.abs(a) < LARGEST_WEIGHT)) {
      throw new RangeError(`"target" / "residualVariance" expected below ${LARGEST_WEIGHT}, got ${a} at ${i}`);
    }
    const factor = emphasis ? emphasis[i] : 1;
    weights[2 * i] = factor * a * CODE_UNIT;
    weights[2 * i + 1] = factor * 0.5 * (precision - 1) * SQUARE_UNIT;
  }
}

/** Adds 4 columns in the order of the kernel's vectors. */
function sum4(x: Float32Array): number {
  return fround(fround(x[0] + x[2]) + fround(x[1] + x[3]));
}

/** Weights of one kind as integers. */
interface IntegerWeights {
  readonly values: Int16Array;
  /** What a unit of their sums is worth. */
  readonly unit: number;
}

/**
 * Makes integers of weights with the largest factor that leaves each within 16 bits and every sum of products within 32.
 * The rest is cut off, so that neither can exceed its limit. Cuts cost bits only where a stage has 10000s of coefficients.
 *
 * @param weights - whole codebook rows
 */
export function integersOf(weights: Float32Array): IntegerWeights {
  const columns = new Float32Array(ROW);
  let most = 0;
  for (const [i, weight] of weights.entries()) {
    const size = Math.abs(weight);
    most = Math.max(most, size);
    columns[i % ROW] += size;
  }
  const scale = Math.min(MOST_SCALE, fround(MOST_WEIGHT / most), fround(MOST_SUM / sum4(columns)));
  return { values: Int16Array.from(weights, (weight) => fround(weight * scale)), unit: fround(1 / scale) };
}

/** The weights of a stage, as the kernel has them (assembly/weights.ts). */
export class StageWeights {
  /** Parts of the log weight of the pair of siblings last weighed: even and odd in the sign of their code values. */
  even = 0;
  odd = 0;
  readonly #linear: IntegerWeights;
  readonly #quadratic: IntegerWeights;
  readonly #firstRow: number;
  readonly #rows: number;

  /**
   * Prepares coefficients start..end-1 in visiting order.
   *
   * @param weights - from {@link importanceWeights}
   */
  constructor(start: number, end: number, weights: Float32Array, order: Uint32Array) {
    this.#firstRow = Math.floor(start / ROW);
    this.#rows = Math.ceil(end / ROW) - this.#firstRow;
    const gathered = (kind: 0 | 1): Float32Array => {
      const values = new Float32Array(this.#rows * ROW);
      for (let i = start; i < end; i++) values[i - this.#firstRow * ROW] = weights[2 * order[i] + kind];
      return values;
    };
    this.#linear = integersOf(gathered(0));
    this.#quadratic = integersOf(gathered(1));
  }

  /** Sets `even` and `odd` for the siblings whose registers without the last bit are `half`. */
  weigh(half: number): void {
    const state = Math.imul(half, HASH_STATE);
    const linear = this.#linear.values;
    const quadratic = this.#quadratic.values;
    let even = 0;
    let odd = 0;
    for (let row = 0; row < this.#rows; row++) {
      const codeRow = (mix(state ^ Math.imul(this.#firstRow + row, HASH_INDEX)) >>> ROW_SHIFT) * ROW;
      for (let i = 0; i < ROW; i++) {
        const at = codeAt(codeRow + i);
        odd += CODE_ROWS[at] * linear[row * ROW + i];
        even += CODE_ROWS[at + 2] * quadratic[row * ROW + i];
      }
    }
    this.even = fround(fround(even) * this.#quadratic.unit);
    this.odd = fround(fround(odd) * this.#linear.unit);
  }
}
