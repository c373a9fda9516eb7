/**
 * Histories of decisions in contexts of exact values, which are kept in hash tables: how often a decision was 0 and 1
 * there, with older outcomes discounted. docs/format.md, "Tail histories".
 */
import { f32, log32 } from './float32.ts';

/** Decisions of a sample, of which four share a bucket: 15 histories in a byte each, after a check. */
export const DEPTHS = 8;
const GROUP = 4;
const BUCKET = 16;
const LEAST_BITS = 10;
const MOST_BITS = 16;
const SAMPLES_SHARE = 3 / 8;
const START_ONE = f32(0.4);
const START_BOTH = f32(0.8);
const MOST_COUNT = 255;
const COUNT_OFFSET = f32(1.6);
const LEAST_PROBABILITY = f32(1e-5);
const MOST_PROBABILITY = f32(0.99999);
const MOST_OUTCOMES = 15;

/** Mixes a value into a hash of 32 bits. */
export function mixHash(hash: number, value: number): number {
  const h = Math.imul(hash ^ value, 0x9e3779b1);
  return (h ^ (h >>> 15)) >>> 0;
}

/** Number of bits of a bucket's index, for a picture of so many pixels. */
function indexBits(pixels: number): number {
  let bits = LEAST_BITS;
  while (bits < MOST_BITS && 2 ** bits < Math.floor(pixels * SAMPLES_SHARE)) bits++;
  return bits;
}

/** Histories of the decisions of samples in a number of contexts. */
export class BitHistories {
  /** Hashes of the contexts of the current sample, filled by the caller. */
  readonly hashes: Uint32Array;
  readonly #bits: number;
  readonly #tables: readonly Uint8Array[];
  /** Position of each context's bucket in its table, and of the history of the current decision. */
  readonly #buckets: Int32Array;
  readonly #at: Int32Array;
  /** Probability of a 1 after a history, (contexts, DEPTHS, 256), and number of decisions that it has learned from. */
  readonly #probabilities: Float32Array;
  readonly #counts: Uint8Array;
  #depth = 0;
  /** Group of decisions whose buckets are looked up; -1 if none. */
  #group = -1;

  /** @param pixels - of the picture */
  constructor(contexts: number, pixels: number) {
    this.hashes = new Uint32Array(contexts);
    this.#bits = indexBits(pixels);
    this.#tables = Array.from({ length: contexts }, () => new Uint8Array(BUCKET << this.#bits));
    this.#buckets = new Int32Array(contexts);
    this.#at = new Int32Array(contexts);
    this.#probabilities = Float32Array.from({ length: contexts * DEPTHS * 256 }, (_, i) => {
      const zeros = (i >> 4) & 15;
      const ones = i & 15;
      return f32(ones + START_ONE) / f32(zeros + ones + START_BOTH);
    });
    this.#counts = new Uint8Array(this.#probabilities.length);
  }

  /** Starts a sample, with its `hashes`. */
  begin(): void {
    this.#group = -1;
  }

  /**
   * Finds the histories of a decision.
   *
   * @param node - place of the decision in the tree of a sample's decisions: 1, then 2 node + bit
   * @param logits - receives the logit of each context from position `to` on, 0 for one without history
   */
  look(depth: number, node: number, logits: Float32Array, to: number): void {
    const inGroup = depth % GROUP;
    const group = depth - inGroup;
    if (group !== this.#group) this.#find(group, node >> inGroup);
    this.#depth = depth;
    const slot = group === 0 ? node : (1 << inGroup) | (node & ((1 << inGroup) - 1));
    for (let i = 0; i < this.#tables.length; i++) {
      this.#at[i] = this.#buckets[i] + slot;
      const history = this.#tables[i][this.#at[i]];
      const p = this.#probabilities[this.#mapAt(i, history)];
      logits[to + i] = history === 0 ? 0 : log32(f32(p / f32(1 - p)));
    }
  }

  /** Number of outcomes in the history of a context for the current decision, after discounts. */
  outcomes(context: number): number {
    const history = this.#tables[context][this.#at[context]];
    return (history >> 4) + (history & 15);
  }

  /** Learns the outcome of the current decision. */
  learn(bit: number): void {
    for (let i = 0; i < this.#tables.length; i++) {
      const table = this.#tables[i];
      const at = this.#at[i];
      const history = table[at];
      if (history !== 0) this.#adapt(this.#mapAt(i, history), bit);
      const zeros = history >> 4;
      const ones = history & 15;
      table[at] = bit
        ? (discounted(zeros) << 4) | Math.min(ones + 1, MOST_OUTCOMES)
        : (Math.min(zeros + 1, MOST_OUTCOMES) << 4) | discounted(ones);
    }
  }

  #adapt(at: number, bit: number): void {
    const before = this.#probabilities[at];
    const count = this.#counts[at];
    const after = f32(before + f32(f32(bit - before) / f32(count + COUNT_OFFSET)));
    this.#probabilities[at] = Math.min(Math.max(after, LEAST_PROBABILITY), MOST_PROBABILITY);
    if (count < MOST_COUNT) this.#counts[at] = count + 1;
  }

  #mapAt(context: number, history: number): number {
    return (context * DEPTHS + this.#depth) * 256 + history;
  }

  /** Finds the buckets of a group of decisions; a bucket of another hash is emptied. */
  #find(group: number, root: number): void {
    this.#group = group;
    for (let i = 0; i < this.#tables.length; i++) {
      const hash = group === 0 ? this.hashes[i] : mixHash(this.hashes[i], root);
      const product = Math.imul(hash, 0x85ebca6b);
      const spread = product ^ (product >>> 13);
      const at = (spread >>> (32 - this.#bits)) * BUCKET;
      const check = Math.max(spread & 255, 1);
      const table = this.#tables[i];
      if (table[at] !== check) {
        table.fill(0, at, at + BUCKET);
        table[at] = check;
      }
      this.#buckets[i] = at;
    }
  }
}

/** Outcomes that speak against the latest one count less. */
function discounted(outcomes: number): number {
  return outcomes > 2 ? (outcomes + 2) >> 1 : outcomes;
}
