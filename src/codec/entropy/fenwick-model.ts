import { type AdaptiveModel, MAX_TOTAL } from './entropy-model.ts';

/**
 * Adaptive model that counts the symbols, in a binary indexed tree (Fenwick 1994): start, look-up and update take
 * log2(symbols) steps. When the total would exceed its limit, all counts are halved, rounded up so that none becomes 0.
 */
export class FenwickModel implements AdaptiveModel {
  readonly symbols: number;
  total: number;
  readonly #increment: number;
  readonly #limit: number;
  readonly #counts: Uint32Array;
  /** Node i, 1-based, holds the sum of the (i & -i) counts that end with count i - 1. */
  readonly #tree: Uint32Array;
  /** The largest power of two that is at most `symbols`. */
  readonly #top: number;

  /**
   * @param symbols - 1..32768; every count starts at 1
   * @param increment - added to a symbol's count at each update; larger values adapt faster
   * @param limit - largest total, at least 2 * symbols + increment and at most 2^16
   * @throws RangeError if a parameter is out of range
   */
  constructor(symbols: number, increment = 32, limit: number = MAX_TOTAL) {
    const isCount = Number.isInteger(symbols) && symbols >= 1;
    if (!isCount || !(2 * symbols + increment <= limit && limit <= MAX_TOTAL)) {
      throw new RangeError(
        `"limit" expected ${2 * symbols + increment}..${MAX_TOTAL} for ${symbols} symbols, got ${limit}`,
      );
    }
    this.symbols = symbols;
    this.total = 0;
    this.#increment = increment;
    this.#limit = limit;
    this.#counts = new Uint32Array(symbols).fill(1);
    this.#tree = new Uint32Array(symbols + 1);
    this.#top = 2 ** (31 - Math.clz32(symbols));
    this.#rebuild();
  }

  start(symbol: number): number {
    let sum = 0;
    for (let node = symbol; node > 0; node &= node - 1) sum += this.#tree[node];
    return sum;
  }

  size(symbol: number): number {
    return this.#counts[symbol];
  }

  lookup(quantile: number): number {
    let node = 0;
    let rest = quantile;
    for (let step = this.#top; step > 0; step >>>= 1) {
      const next = node + step;
      if (next > this.symbols || this.#tree[next] > rest) continue;
      node = next;
      rest -= this.#tree[next];
    }
    return node;
  }

  update(symbol: number): void {
    if (this.total + this.#increment > this.#limit) this.#halve();
    this.#counts[symbol] += this.#increment;
    this.#add(symbol, this.#increment);
    this.total += this.#increment;
  }

  #add(symbol: number, count: number): void {
    for (let node = symbol + 1; node <= this.symbols; node += node & -node) this.#tree[node] += count;
  }

  #halve(): void {
    for (let symbol = 0; symbol < this.symbols; symbol++) this.#counts[symbol] = (this.#counts[symbol] + 1) >>> 1;
    this.#rebuild();
  }

  #rebuild(): void {
    this.#tree.fill(0);
    this.total = 0;
    for (let symbol = 0; symbol < this.symbols; symbol++) {
      this.#add(symbol, this.#counts[symbol]);
      this.total += this.#counts[symbol];
    }
  }
}
