/** Solves the normal equations of a regression in binary32. docs/format.md, "Tail regressions". */
import { dot32, f32, wholeBlocks } from './float32.ts';

/** Least pivot: below it the coefficients stay as they are. */
const LEAST_PIVOT = f32(1e-7);

/** Ridge regression (Hoerl & Kennard 1970) by Cholesky factorisation of n moments, which are upper triangles. */
export class CholeskySolver {
  readonly #n: number;
  readonly #stride: number;
  /** Upper triangle of the factor, (n, stride); the diagonal holds reciprocals. */
  readonly #factor: Float32Array;
  readonly #right: Float32Array;
  readonly #solution: Float32Array;

  constructor(n: number) {
    this.#n = n;
    this.#stride = wholeBlocks(n);
    this.#factor = new Float32Array(n * this.#stride);
    this.#right = new Float32Array(n);
    this.#solution = new Float32Array(this.#stride);
  }

  /**
   * @param moments - upper triangle, (n, stride) with n rounded up to a multiple of 4 as stride
   * @param products - n products of the inputs with the values
   * @param ridge - added to the diagonal, so that coefficients without evidence stay 0
   * @param coefficients - receives the solution, if there is one
   */
  solve(moments: Float32Array, products: Float32Array, ridge: number, coefficients: Float32Array): void {
    if (!this.#factorise(moments, products, ridge)) return;
    const solution = this.#solution.fill(0);
    const stride = this.#stride;
    for (let i = this.#n - 1; i >= 0; i--) {
      const known = dot32(this.#factor, i * stride, solution, (i + 1) & ~3, stride);
      solution[i] = f32(this.#right[i] - known) * this.#factor[i * stride + i];
    }
    coefficients.set(solution);
  }

  /** Eliminates row after row; false if the moments plus ridge are not positive definite enough. */
  #factorise(moments: Float32Array, products: Float32Array, ridge: number): boolean {
    const n = this.#n;
    const stride = this.#stride;
    const factor = this.#factor;
    const right = this.#right;
    for (let i = 0; i < n; i++) {
      for (let k = i; k < n; k++) factor[i * stride + k] = moments[i * stride + k];
    }
    right.set(products);
    for (let j = 0; j < n; j++) {
      const row = j * stride;
      const pivot = f32(factor[row + j] + ridge);
      if (!(pivot > LEAST_PIVOT)) return false;
      const reciprocal = f32(1 / f32(Math.sqrt(pivot)));
      factor[row + j] = reciprocal;
      for (let k = j + 1; k < n; k++) factor[row + k] *= reciprocal;
      right[j] *= reciprocal;
      for (let i = j + 1; i < n; i++) {
        const share = factor[row + i];
        const to = i * stride;
        for (let k = i; k < n; k++) factor[to + k] -= f32(share * factor[row + k]);
        right[i] -= f32(share * right[j]);
      }
    }
    return true;
  }
}
