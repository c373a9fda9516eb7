/** Information by squared error, which knows of no weights. */
import type { Gaussians } from './channel.ts';

/**
 * What c tells of a, as bits of the Gaussian channel with the same squared error of the best linear estimate of a from c:
 * log2(var(a) / error) / 2 for each coefficient, with one estimate for each r.
 */
export class LinearInformation {
  readonly #sums: Map<number, { count: number; aa: number; ac: number; cc: number }> = new Map();

  /** Adds a tile. */
  add({ target, residualVariance }: Gaussians, c: Float32Array): void {
    for (let i = 0; i < c.length; i++) {
      const r = residualVariance[i];
      let sums = this.#sums.get(r);
      if (!sums) {
        sums = { count: 0, aa: 0, ac: 0, cc: 0 };
        this.#sums.set(r, sums);
      }
      sums.count++;
      sums.aa += target[i] ** 2;
      sums.ac += target[i] * c[i];
      sums.cc += c[i] ** 2;
    }
  }

  get bits(): number {
    let bits = 0;
    for (const { count, aa, ac, cc } of this.#sums.values()) bits -= 0.5 * count * Math.log2(1 - (ac * ac) / (aa * cc));
    return bits;
  }
}
