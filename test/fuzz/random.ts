import seedrandom from 'seedrandom';

/** Pseudo-random choices; equal seeds give equal choices on every machine. */
export class Random {
  readonly #next: seedrandom.PRNG;

  constructor(seed: string) {
    this.#next = seedrandom(seed);
  }

  /** An integer 0..n-1. */
  below(n: number): number {
    return Math.floor(this.#next.quick() * n);
  }

  /** An integer low..high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#next.quick() < probability;
  }

  /** An item of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** Uniform bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
