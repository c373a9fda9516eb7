/** Online linear regression in binary32: weighted least squares that forgets. docs/format.md, "Tail regressions". */
import { CholeskySolver } from './cholesky-solver.ts';
import { dot32, f32, wholeBlocks } from './float32.ts';

/** How a regression learns. */
export interface RegressionSettings {
  /** Number of inputs. */
  readonly inputs: number;
  /** Share of a new sample of weight 1 in the moments, a power of two. */
  readonly rate: number;
  readonly ridge: number;
  /** The coefficients are updated after every second of the first 256 samples, and after every `interval`-th. */
  readonly interval: number;
}

const EAGER_SAMPLES = 256;

/** Predicts a number from inputs. */
export class ForgettingRegression {
  /** Inputs of the next prediction, filled by the caller; padded with zeros. */
  readonly inputs: Float32Array;
  readonly #settings: RegressionSettings;
  readonly #moments: Float32Array;
  readonly #products: Float32Array;
  readonly #coefficients: Float32Array;
  readonly #solver: CholeskySolver;
  #samples = 0;

  constructor(settings: RegressionSettings) {
    const n = settings.inputs;
    const stride = wholeBlocks(n);
    this.#settings = settings;
    this.inputs = new Float32Array(stride);
    this.#moments = new Float32Array(n * stride);
    this.#products = new Float32Array(n);
    this.#coefficients = new Float32Array(stride);
    this.#solver = new CholeskySolver(n);
  }

  /** Number of samples that it has learned from. */
  get samples(): number {
    return this.#samples;
  }

  /** Predicts the number from `inputs`. */
  predict(): number {
    return dot32(this.#coefficients, 0, this.inputs, 0, this.inputs.length);
  }

  /** Learns the true number for `inputs`. */
  learn(value: number, weight: number): void {
    const { inputs: n, rate, ridge, interval } = this.#settings;
    const inputs = this.inputs;
    const moments = this.#moments;
    const products = this.#products;
    const keep = 1 - rate;
    const share = f32(rate * weight);
    for (let i = 0; i < n; i++) {
      const row = i * inputs.length;
      const scaled = f32(share * inputs[i]);
      for (let j = i; j < n; j++) moments[row + j] = f32(moments[row + j] * keep) + f32(scaled * inputs[j]);
      products[i] = f32(products[i] * keep) + f32(scaled * value);
    }
    this.#samples++;
    const eager = this.#samples <= EAGER_SAMPLES && this.#samples % 2 === 0;
    if (eager || this.#samples % interval === 0) this.#solver.solve(moments, products, ridge, this.#coefficients);
  }
}
