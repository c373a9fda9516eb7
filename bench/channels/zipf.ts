/** Length of an index under the Zipf distribution of the literature. */

/** Terms of the zeta function that are added one by one. */
const TERMS = 1000;

/** The Riemann zeta function, by the Euler-Maclaurin formula. */
export function zeta(s: number): number {
  let sum = 0;
  for (let n = 1; n < TERMS; n++) sum += n ** -s;
  return sum + TERMS ** (1 - s) / (s - 1) + TERMS ** -s / 2 + (s * TERMS ** (-s - 1)) / 12;
}

/**
 * Code length of an index under P(n) = n^-s / zeta(s), s = 1 + 1 / (I + log2(e) / e + 1) (Li & El Gamal 2018, section II).
 *
 * @param information - I in bits, known to both sides
 */
export class ZipfCode {
  readonly #exponent: number;
  readonly #offset: number;

  constructor(information: number) {
    this.#exponent = 1 + 1 / (information + Math.LOG2E / Math.E + 1);
    this.#offset = Math.log2(zeta(this.#exponent));
  }

  /** In bits. */
  length(index: number): number {
    return this.#offset + this.#exponent * Math.log2(index);
  }
}
