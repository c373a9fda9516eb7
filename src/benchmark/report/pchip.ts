/**
 * Monotone piecewise cubic interpolation: Fritsch & Butland 1984, "A method for constructing local monotone piecewise
 * cubic interpolants".
 */

/** Interpolates a function that is given at ascending abscissae. */
export class Pchip {
  readonly #x: readonly number[];
  readonly #y: readonly number[];
  readonly #slopes: readonly number[];

  /**
   * @param x - two or more strictly ascending abscissae
   * @param y - values of the function at `x`
   * @throws RangeError if `x` does not ascend, or has fewer than two values or another length than `y`
   */
  constructor(x: readonly number[], y: readonly number[]) {
    if (x.length < 2 || x.length !== y.length) throw new RangeError('"x" expected two or more values, as many as "y"');
    if (x.some((value, i) => i > 0 && !(value > x[i - 1])))
      throw new RangeError('"x" expected strictly ascending values');
    this.#x = x;
    this.#y = y;
    this.#slopes = slopesOf(x, y);
  }

  /**
   * Value at x.
   *
   * @throws RangeError if x is not between the first and the last abscissa
   */
  at(x: number): number {
    const i = this.#interval(x);
    const h = this.#x[i + 1] - this.#x[i];
    const t = (x - this.#x[i]) / h;
    const [y0, y1, m0, m1] = this.#hermite(i, h);
    return y0 * (1 + 2 * t) * (1 - t) ** 2 + m0 * t * (1 - t) ** 2 + y1 * t * t * (3 - 2 * t) + m1 * t * t * (t - 1);
  }

  /** Exact integral of the interpolant. Both limits must be between the first and the last abscissa. */
  integral(from: number, to: number): number {
    return this.#fromStart(to) - this.#fromStart(from);
  }

  #hermite(i: number, h: number): [number, number, number, number] {
    return [this.#y[i], this.#y[i + 1], this.#slopes[i] * h, this.#slopes[i + 1] * h];
  }

  #interval(x: number): number {
    if (!(x >= this.#x[0] && x <= this.#x[this.#x.length - 1]))
      throw new RangeError(`"x" expected within range, got ${x}`);
    const above = this.#x.findIndex((value) => value > x);
    return above < 0 ? this.#x.length - 2 : above - 1;
  }

  /** Integral from the first abscissa. */
  #fromStart(x: number): number {
    const last = this.#interval(x);
    let sum = 0;
    for (let i = 0; i <= last; i++) {
      const h = this.#x[i + 1] - this.#x[i];
      const t = i < last ? 1 : (x - this.#x[i]) / h;
      const [y0, y1, m0, m1] = this.#hermite(i, h);
      // Antiderivatives of the four Hermite polynomials.
      const t2 = t * t;
      const t3 = t2 * t;
      const t4 = t2 * t2;
      sum +=
        h *
        (y0 * (t4 / 2 - t3 + t) + m0 * (t4 / 4 - (2 * t3) / 3 + t2 / 2) + y1 * (t3 - t4 / 2) + m1 * (t4 / 4 - t3 / 3));
    }
    return sum;
  }
}

/**
 * Slopes at the abscissae: the weighted harmonic mean of the slopes of the two adjacent secants, or 0 if these differ
 * in sign.
 */
function slopesOf(x: readonly number[], y: readonly number[]): number[] {
  const h = x.slice(1).map((value, i) => value - x[i]);
  const secants = h.map((width, i) => (y[i + 1] - y[i]) / width);
  if (secants.length === 1) return [secants[0], secants[0]];
  const inner = secants.slice(1).map((after, i) => {
    const before = secants[i];
    if (before * after <= 0) return 0;
    const w1 = 2 * h[i + 1] + h[i];
    const w2 = h[i + 1] + 2 * h[i];
    return (w1 + w2) / (w1 / before + w2 / after);
  });
  const n = h.length;
  const first = endSlope(h[0], h[1], secants[0], secants[1]);
  return [first, ...inner, endSlope(h[n - 1], h[n - 2], secants[n - 1], secants[n - 2])];
}

/** Slope at an end: three-point formula, limited so that the interpolant does not overshoot. */
function endSlope(h0: number, h1: number, d0: number, d1: number): number {
  const slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
  if (Math.sign(slope) !== Math.sign(d0)) return 0;
  return Math.sign(d0) !== Math.sign(d1) && Math.abs(slope) > 3 * Math.abs(d0) ? 3 * d0 : slope;
}
