import { checkNumber } from '../base/check-options.ts';
import { checkDims, checkFeatures, type FeatureSet, type FeatureStatistics } from './feature-statistics.ts';

/** Vectors that are taken in together. The sums are walked through once a block, so that few vectors would be slow. */
const BLOCK = 64;

/**
 * Mean and covariance of vectors that come one after the other, in memory that does not depend on their number: 8 bytes
 * for each pair of features. Sums are of doubles, and of deviations from the mean of their block, so that a large mean
 * costs no digits; blocks are joined by the update of Chan, Golub & LeVeque (1983), *Algorithms for Computing the Sample
 * Variance*, eq. 2.1. The result does not depend on how the vectors are divided into calls of {@link add}.
 */
export class StreamingStatistics {
  readonly dims: number;
  readonly #mean: Float64Array;
  /** Sums of products of deviations, of which only the upper triangle is kept up. */
  readonly #sums: Float64Array;
  /** Vectors that wait until a block is full. */
  readonly #waiting: Float64Array;
  #waitingCount = 0;
  #count = 0;

  /**
   * @param dims - number of features of a vector, 1..65536
   * @throws TypeError or RangeError if that is wrong
   */
  constructor(dims: number) {
    checkNumber('dims', dims, { min: 1, max: 2 ** 16, integer: true });
    this.dims = dims;
    this.#mean = new Float64Array(dims);
    this.#sums = new Float64Array(dims * dims);
    this.#waiting = new Float64Array(BLOCK * dims);
  }

  /** Number of vectors so far. */
  get count(): number {
    return this.#count + this.#waitingCount;
  }

  /**
   * Takes vectors in.
   *
   * @param features - their values are copied
   * @throws RangeError if the number of features is another, or the sizes are wrong
   */
  add(features: FeatureSet): void {
    checkFeatures('features', features);
    checkDims('features', features.dims, this.dims);
    const { count, dims, data } = features;
    for (let row = 0; row < count; ) {
      const taken = Math.min(count - row, BLOCK - this.#waitingCount);
      this.#waiting.set(data.subarray(row * dims, (row + taken) * dims), this.#waitingCount * dims);
      this.#waitingCount += taken;
      row += taken;
      if (this.#waitingCount === BLOCK) this.#takeBlock();
    }
  }

  /**
   * Takes in what another one has seen, which stays as it is: parts of a set can be done apart.
   *
   * @throws RangeError if the number of features is another
   */
  merge(other: StreamingStatistics): void {
    checkDims('other', other.dims, this.dims);
    this.#takeBlock();
    this.#join(other.#mean, other.#count, (row) => other.#sums.subarray(row * this.dims, (row + 1) * this.dims));
    if (other.#waitingCount > 0) {
      this.add({
        count: other.#waitingCount,
        dims: this.dims,
        data: other.#waiting.slice(0, other.#waitingCount * this.dims),
      });
    }
  }

  /**
   * Mean and covariance of all vectors so far.
   *
   * @throws RangeError if there are fewer than 2
   */
  statistics(): FeatureStatistics {
    if (this.count < 2) throw new RangeError(`"count" expected 2 or more vectors for a covariance, got ${this.count}`);
    this.#takeBlock();
    const { dims } = this;
    const sums = this.#sums;
    const covariance = new Float64Array(dims * dims);
    for (let i = 0; i < dims; i++) {
      for (let j = i; j < dims; j++) {
        covariance[i * dims + j] = covariance[j * dims + i] = sums[i * dims + j] / (this.#count - 1);
      }
    }
    return { count: this.#count, dims, mean: this.#mean.slice(), covariance };
  }

  /** Takes in the vectors that wait. */
  #takeBlock(): void {
    const { dims } = this;
    const rows = this.#waitingCount;
    if (rows === 0) return;
    const block = this.#waiting;
    const mean = new Float64Array(dims);
    for (let r = 0; r < rows; r++) for (let i = 0; i < dims; i++) mean[i] += block[r * dims + i];
    for (let i = 0; i < dims; i++) mean[i] /= rows;
    for (let r = 0; r < rows; r++) for (let i = 0; i < dims; i++) block[r * dims + i] -= mean[i];
    block.fill(0, rows * dims); // so that the products below need no case for a block that is not full
    this.#waitingCount = 0;
    const products = new Float64Array(dims);
    this.#join(mean, rows, (i) => {
      products.fill(0, i);
      addProducts(block, rows, dims, i, products);
      return products;
    });
  }

  /**
   * Adds a set of `count` vectors with the given mean.
   *
   * @param productsOf - gives row i of the set's sums of products of deviations, right from column i
   */
  #join(mean: Float64Array, count: number, productsOf: (i: number) => Float64Array): void {
    if (count === 0) return;
    const { dims } = this;
    const total = this.#count + count;
    const weight = (this.#count * count) / total;
    const shift = mean.map((value, i) => value - this.#mean[i]);
    for (let i = 0; i < dims; i++) {
      const products = productsOf(i);
      const scaled = weight * shift[i];
      const sums = this.#sums.subarray(i * dims, (i + 1) * dims);
      for (let j = i; j < dims; j++) sums[j] += products[j] + scaled * shift[j];
    }
    for (let i = 0; i < dims; i++) this.#mean[i] += (shift[i] * count) / total;
    this.#count = total;
  }
}

/** Adds to `products`, from column `i` on, the sums over the vectors of a block of feature i times feature j. */
function addProducts(block: Float64Array, rows: number, dims: number, i: number, products: Float64Array): void {
  // Four vectors at a time, so that a sum is loaded and stored once for four products.
  for (let r = 0; r < rows; r += 4) {
    const [r0, r1, r2, r3] = [r * dims, (r + 1) * dims, (r + 2) * dims, (r + 3) * dims];
    const [x0, x1, x2, x3] = [block[r0 + i], block[r1 + i], block[r2 + i], block[r3 + i]];
    for (let j = i; j < dims; j++) {
      products[j] += x0 * block[r0 + j] + x1 * block[r1 + j] + x2 * block[r2 + j] + x3 * block[r3 + j];
    }
  }
}
