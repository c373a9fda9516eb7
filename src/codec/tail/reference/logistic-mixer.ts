/**
 * Mixes logits to one probability by several sets of weights, and what they give by another one: a gated network of
 * two layers (Mattern 2013; Mahoney 2005). docs/format.md, "Tail decisions".
 */
import { dot32, f32, squash32 } from './float32.ts';

const MOST_LOGIT = 12;
/** Learning rate of a weight set's row: it decays from the sum of both to the first. */
const RATE = f32(0.005);
const EXTRA_RATE = f32(0.03);
const EXTRA_DECAY = 0.00390625;
const FINAL_RATE = f32(0.002);

/** A mixer of 4 sets. Each set has rows of weights, of which a decision's contexts choose one. */
export class LogisticMixer {
  /** Logits to be mixed, filled by the caller. */
  readonly inputs: Float32Array;
  /** Rows of the sets for the current decision, filled by the caller. */
  readonly rows: Int32Array;
  readonly #weights: readonly Float32Array[];
  /** State of the learning rate of each row of each set. */
  readonly #extra: readonly Float32Array[];
  /** Weights of the sets, (rows, 4). */
  readonly #final: Float32Array;
  readonly #logits: Float32Array;
  readonly #probabilities: Float32Array;
  #finalAt = 0;
  #mixed = 0.5;

  /**
   * @param start - weights of a row at the start; their number is a multiple of 4
   * @param sets - number of rows of each of the 4 sets
   * @param finalRows - number of rows of the weights of the sets
   */
  constructor(start: Float32Array, sets: readonly [number, number, number, number], finalRows: number) {
    const n = start.length;
    this.inputs = new Float32Array(n);
    this.rows = new Int32Array(sets.length);
    this.#weights = sets.map((rows) => Float32Array.from({ length: rows * n }, (_, i) => start[i % n]));
    this.#extra = sets.map((rows) => new Float32Array(rows).fill(1));
    this.#final = new Float32Array(finalRows * sets.length).fill(1 / sets.length);
    this.#logits = new Float32Array(sets.length);
    this.#probabilities = new Float32Array(sets.length);
  }

  /** Mixes `inputs` with the weights of `rows`. Returns the logit, -12..12. */
  logit(finalRow: number): number {
    const n = this.inputs.length;
    const logits = this.#logits;
    for (let s = 0; s < logits.length; s++) {
      logits[s] = limited(dot32(this.#weights[s], this.rows[s] * n, this.inputs, 0, n));
      this.#probabilities[s] = squash32(logits[s]);
    }
    this.#finalAt = finalRow * logits.length;
    const mixed = limited(dot32(this.#final, this.#finalAt, logits, 0, logits.length));
    this.#mixed = squash32(mixed);
    return mixed;
  }

  /** Probability of a 1 for the logit last returned. */
  get probability(): number {
    return this.#mixed;
  }

  /** Learns the outcome of the decision that was mixed last. */
  learn(bit: number): void {
    const { inputs } = this;
    const n = inputs.length;
    const logits = this.#logits;
    for (let s = 0; s < logits.length; s++) {
      const row = this.rows[s];
      const extra = this.#extra[s];
      const weights = this.#weights[s];
      const step = f32(f32(bit - this.#probabilities[s]) * f32(RATE + f32(EXTRA_RATE * extra[row])));
      for (let k = 0, at = row * n; k < n; k++, at++) weights[at] += f32(step * inputs[k]);
      extra[row] -= f32(extra[row] * EXTRA_DECAY);
    }
    const step = f32(f32(bit - this.#mixed) * FINAL_RATE);
    for (let s = 0; s < logits.length; s++) this.#final[this.#finalAt + s] += f32(step * logits[s]);
  }
}

function limited(logit: number): number {
  return Math.min(Math.max(logit, -MOST_LOGIT), MOST_LOGIT);
}
