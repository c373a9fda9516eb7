/**
 * Mixes the probabilities of several experts to one probability of a binary decision, an integer; the range coder uses
 * no floating point. A logistic mixture with adaptive weights (Mahoney 2005) is followed by a correction, learned from
 * the outcomes of earlier decisions with similar probabilities. docs/format.md, "Tail decisions".
 */
import { integerProbability, ONE, squash, stretch } from './logistic.ts';

/**
 * Initial weights of the experts (network, network moved by the regression, local errors) and of the constant input
 * BIAS.
 */
const START_WEIGHTS: readonly number[] = [0.3, 0.5, 0.2, 0];
/** Number of experts. */
export const EXPERTS: number = START_WEIGHTS.length - 1;
const BIAS = 0.3;
const LEARNING_RATE = 0.02;
/** Table of the correction: probabilities at ln(p / (1 - p)) = -8, -7.5 ... 8, interpolated linearly. */
const BINS = 33;
const BINS_PER_UNIT = 2;
/** Number of decisions that an entry averages over: it starts as if after 20, and remembers 200. */
const START_COUNT = 20;
const MOST_COUNT = 200;

/** Mixes probabilities in contexts; each context adapts by itself. */
export class DecisionMixer {
  /** Input: the experts' probabilities of a 1 for the current decision, in 1/65536. */
  readonly experts: Int32Array = new Int32Array(EXPERTS);
  readonly #weights: Float64Array;
  readonly #bins: Float64Array;
  readonly #counts: Uint8Array;
  readonly #stretched: Float64Array = new Float64Array(EXPERTS + 1);
  #weightsAt = 0;
  #bin = 0;
  #mixed = 0.5;

  constructor(contexts: number) {
    const width = EXPERTS + 1;
    this.#weights = Float64Array.from({ length: contexts * width }, (_, i) => START_WEIGHTS[i % width]);
    this.#bins = Float64Array.from({ length: contexts * BINS }, (_, i) =>
      squash(((i % BINS) - (BINS - 1) / 2) / BINS_PER_UNIT),
    );
    this.#counts = new Uint8Array(contexts * BINS).fill(START_COUNT);
    this.#stretched[EXPERTS] = BIAS;
  }

  /** Mixed probability of a 1 in a context, from `experts`: in 1/65536, 8..65528. */
  probability(context: number): number {
    const stretched = this.#stretched;
    const at = context * (EXPERTS + 1);
    let sum = this.#weights[at + EXPERTS] * BIAS;
    for (let k = 0; k < EXPERTS; k++) {
      stretched[k] = stretch(this.experts[k]);
      sum += this.#weights[at + k] * stretched[k];
    }
    const mixed = integerProbability(squash(sum));
    const position = Math.min(Math.max(stretch(mixed) * BINS_PER_UNIT + (BINS - 1) / 2, 0), BINS - 1 - 2 ** -10);
    const bin = Math.floor(position);
    const share = position - bin;
    const low = context * BINS + bin;
    this.#weightsAt = at;
    this.#mixed = mixed / ONE;
    this.#bin = share > 0.5 ? low + 1 : low;
    const corrected = this.#bins[low] + share * (this.#bins[low + 1] - this.#bins[low]);
    return integerProbability(0.5 * (this.#mixed + corrected));
  }

  /** Adapts weights and table to the outcome of the current decision. */
  learn(bit: number): void {
    const step = (bit - this.#mixed) * LEARNING_RATE;
    for (let k = 0; k <= EXPERTS; k++) this.#weights[this.#weightsAt + k] += step * this.#stretched[k];
    const count = this.#counts[this.#bin];
    this.#bins[this.#bin] += (bit - this.#bins[this.#bin]) / count;
    if (count < MOST_COUNT) this.#counts[this.#bin] = count + 1;
  }
}
