import type { EntropyModel } from './entropy-model.ts';
import { checkTotal } from './range-encoder.ts';

/** log2 of the most entries of the look-up table; for larger totals, neighbouring quantiles share an entry. */
const TABLE_BITS = 12;

/** Model with fixed frequencies. A look-up reads one table entry and seldom makes more than one comparison. */
export class StaticModel implements EntropyModel {
  readonly symbols: number;
  readonly total: number;
  /** Start of each symbol's interval, and the total at the end. */
  readonly #starts: Uint32Array;
  /** For each run of 2^shift quantiles, the symbol of the first one. */
  readonly #table: Uint16Array;
  readonly #shift: number;

  /**
   * @param frequencies - integers of at least 1 with a sum of at most 2^16
   * @throws RangeError if they are not
   */
  constructor(frequencies: ArrayLike<number>) {
    this.symbols = frequencies.length;
    this.#starts = new Uint32Array(this.symbols + 1);
    let sum = 0;
    for (let symbol = 0; symbol < this.symbols; symbol++) {
      const size = frequencies[symbol];
      if (!Number.isInteger(size) || size < 1)
        throw new RangeError(`"frequencies" expected integers >= 1, got ${size}`);
      sum += size;
      this.#starts[symbol + 1] = sum;
    }
    checkTotal(sum);
    this.total = sum;
    this.#shift = Math.max(0, 32 - Math.clz32(sum - 1) - TABLE_BITS);
    this.#table = new Uint16Array(((sum - 1) >>> this.#shift) + 1);
    for (let run = 0, symbol = 0; run < this.#table.length; run++) {
      while (this.#starts[symbol + 1] <= run << this.#shift) symbol++;
      this.#table[run] = symbol;
    }
  }

  start(symbol: number): number {
    return this.#starts[symbol];
  }

  size(symbol: number): number {
    return this.#starts[symbol + 1] - this.#starts[symbol];
  }

  lookup(quantile: number): number {
    let symbol = this.#table[quantile >>> this.#shift];
    while (this.#starts[symbol + 1] <= quantile) symbol++;
    return symbol;
  }
}
