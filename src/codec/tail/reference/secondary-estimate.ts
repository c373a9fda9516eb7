/**
 * Corrects probabilities by what came of earlier decisions with similar ones (secondary symbol estimation, Mahoney
 * 2005). docs/format.md, "Tail decisions".
 */
import { f32, squash32 } from './float32.ts';

/** A row has probabilities at logits -8, -7.5 .. 8, interpolated linearly. */
const ENTRIES = 33;
const MIDDLE = 16;
const MOST_POSITION = f32(31.999);
/** An entry starts as if after 20 decisions, and averages over at most 255. */
const START_COUNT = 20;
const MOST_COUNT = 255;

/** A table with a row for each context. */
export class SecondaryEstimate {
  readonly #table: Float32Array;
  readonly #counts: Uint8Array;
  #entry = 0;

  constructor(rows: number) {
    this.#table = Float32Array.from({ length: rows * ENTRIES }, (_, i) => squash32(((i % ENTRIES) - MIDDLE) / 2));
    this.#counts = new Uint8Array(rows * ENTRIES).fill(START_COUNT);
  }

  /** Probability of a 1 in the context of a row, for a logit. */
  probability(logit: number, row: number): number {
    const position = Math.min(Math.max(f32(f32(logit * 2) + MIDDLE), 0), MOST_POSITION);
    const lower = Math.floor(position);
    const share = f32(position - lower);
    const at = row * ENTRIES + lower;
    this.#entry = share > 0.5 ? at + 1 : at;
    return f32(f32(this.#table[at] * f32(1 - share)) + f32(this.#table[at + 1] * share));
  }

  /** Learns the outcome of the decision that `probability` was asked for. */
  learn(bit: number): void {
    const entry = this.#entry;
    const before = this.#table[entry];
    const count = this.#counts[entry];
    this.#table[entry] = before + f32(f32(bit - before) / (count + 0.5));
    if (count < MOST_COUNT) this.#counts[entry] = count + 1;
  }
}
