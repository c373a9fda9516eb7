/** Online linear regression: weighted least squares with exponential forgetting. docs/format.md, "Tail experts". */

/** Factor by which the weight of a sample decreases with each following sample. */
const MEMORY = 1 - 2 ** -11;
/** Added to the diagonal, so that coefficients without evidence stay 0 (ridge regression, Hoerl & Kennard 1970). */
const RIDGE = 2 ** -9;
/** The coefficients are updated after each of the first 256 samples, then after every 8th. */
const EAGER_SAMPLES = 256;
const INTERVAL = 8;
/** Least square of a diagonal element of the Cholesky factor; below it the coefficients are not updated. */
const LEAST_PIVOT = 1e-9;

/** Predicts a number from n inputs. Uses only + - * / and square roots in a fixed order: the same on every machine. */
export class OnlineRegression {
  /** Inputs of the next prediction, to be filled by the caller. */
  readonly inputs: Float64Array;
  readonly #n: number;
  /** Moments of the inputs and their Cholesky factor: lower triangles, (n, n). */
  readonly #moments: Float64Array;
  readonly #factor: Float64Array;
  readonly #products: Float64Array;
  readonly #coefficients: Float64Array;
  readonly #solution: Float64Array;
  #samples = 0;

  /** @param n - number of inputs */
  constructor(n: number) {
    this.#n = n;
    this.inputs = new Float64Array(n);
    this.#moments = new Float64Array(n * n);
    this.#factor = new Float64Array(n * n);
    this.#products = new Float64Array(n);
    this.#coefficients = new Float64Array(n);
    this.#solution = new Float64Array(n);
  }

  /** Predicts the number from `inputs`. */
  predict(): number {
    let sum = 0;
    for (let i = 0; i < this.#n; i++) sum += this.#coefficients[i] * this.inputs[i];
    return sum;
  }

  /** Updates the regression with the true number for `inputs`. */
  learn(value: number, weight: number): void {
    const inputs = this.inputs;
    const moments = this.#moments;
    const products = this.#products;
    const share = (1 - MEMORY) * weight;
    for (let i = 0, row = 0; i < this.#n; i++, row += this.#n) {
      const scaled = share * inputs[i];
      for (let j = 0; j <= i; j++) moments[row + j] = MEMORY * moments[row + j] + scaled * inputs[j];
      products[i] = MEMORY * products[i] + scaled * value;
    }
    this.#samples++;
    if ((this.#samples <= EAGER_SAMPLES || this.#samples % INTERVAL === 0) && this.#factorise()) this.#solve();
  }

  /** Computes the Cholesky factor of the moments plus the ridge; false if they are not positive definite enough. */
  #factorise(): boolean {
    const n = this.#n;
    const factor = this.#factor;
    for (let i = 0; i < n; i++) {
      const row = i * n;
      for (let j = 0; j < i; j++) {
        let sum = this.#moments[row + j];
        for (let k = 0; k < j; k++) sum -= factor[row + k] * factor[j * n + k];
        factor[row + j] = sum / factor[j * n + j];
      }
      let pivot = this.#moments[row + i] + RIDGE;
      for (let k = 0; k < i; k++) pivot -= factor[row + k] * factor[row + k];
      if (!(pivot > LEAST_PIVOT)) return false;
      factor[row + i] = Math.sqrt(pivot);
    }
    return true;
  }

  /** Computes the coefficients by forward and backward substitution. */
  #solve(): void {
    const n = this.#n;
    const factor = this.#factor;
    const solution = this.#solution;
    for (let i = 0; i < n; i++) {
      let sum = this.#products[i];
      for (let k = 0; k < i; k++) sum -= factor[i * n + k] * solution[k];
      solution[i] = sum / factor[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = solution[i];
      for (let k = i + 1; k < n; k++) sum -= factor[k * n + i] * solution[k];
      solution[i] = sum / factor[i * n + i];
    }
    this.#coefficients.set(solution);
  }
}
