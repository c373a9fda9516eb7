/**
 * Adaptive probabilities of binary decisions in many contexts, 16 bits each. At first a context averages its decisions,
 * as counts of 0s and 1s would; later each decision moves the probability at a fixed rate.
 */
export class AdaptiveBits {
  /** Probability of a 1 in each context, in 1/65536. */
  readonly #probabilities: Uint16Array;
  readonly #counts: Uint8Array;
  readonly #limit: number;

  /**
   * @param contexts - number of contexts; all start at 1/2
   * @param limit - number of decisions that a context remembers, 1..255
   */
  constructor(contexts: number, limit = 60) {
    this.#probabilities = new Uint16Array(contexts).fill(0x8000);
    this.#counts = new Uint8Array(contexts);
    this.#limit = limit;
  }

  /** Probability of a 1, in 1/65536, 32..65504. */
  probability(context: number): number {
    return Math.min(Math.max(this.#probabilities[context], 32), 65504);
  }

  /** Updates a context with a decision. */
  update(context: number, bit: number): void {
    const count = this.#counts[context];
    const old = this.#probabilities[context];
    // Truncated towards zero, which all languages do alike, so that encoder and decoder agree; stays within 0..65535.
    this.#probabilities[context] = old + Math.trunc(((bit ? 65535 : 0) - old) / (count + 1.5));
    if (count < this.#limit) this.#counts[context] = count + 1;
  }
}
