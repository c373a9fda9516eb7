/** Random numbers of the encoder alone. */
import { hash } from '#dist/codec/math/gaussian-table.js';

/** A seeded source of exponential variables. */
export class PrivateRandom {
  readonly #seed: number;
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** An exponential variable of mean 1. */
  exponential(): number {
    return -Math.log(((hash(this.#seed, this.#count++) >>> 0) + 0.5) / 2 ** 32);
  }
}
