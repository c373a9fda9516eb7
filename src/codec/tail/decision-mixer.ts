/**
 * Floats stop here: the probability of a binary decision as an integer, from those of several experts. A logistic mixture with
 * weights that learn (Mahoney 2005), then a correction from what happened at such probabilities before.
 * docs/format.md, "Tail decisions".
 */
import { integerProbability, ONE, squash, stretch } from './logistic.ts';

/** Weights at the start: network, network moved by the regression, local errors; and a constant. */
const START_WEIGHTS: readonly number[] = [0.3, 0.5, 0.2, 0];
/** Experts that a mixture is made of. */
export const EXPERTS: number = START_WEIGHTS.length - 1;
const BIAS = 0.3;
const LEARNING_RATE = 0.02;
/** The correction's table: probabilities at ln(p / (1 - p)) = -8, -7.5 ... 8, linear in between. */
const BINS = 33;
const BINS_PER_UNIT = 2;
/** Decisions that an entry remembers: 20 at the start, at most 200. */
const START_COUNT = 20;
const MOST_COUNT = 200;

/** Mixes probabilities in contexts, each of which learns by itself. */
export class DecisionMixer {
  /** Probabilities of the experts for the decision at hand, in 1/65536. */
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

  /** Probability of a 1 in a context, in 1/65536, 8..65528, from `experts`. */
  probability(context: number): number {
    const stretched = this.#stretched;
    const at = context * (EXPERTS + 1);
    let sum = this.#weights[at + EXPERTS] * BIAS;
    for (let k = 0; k < EXPERTS; k++) {
      stretched[k] = stretch(this.experts[k]);
      sum += this.#weights[at + k] * stretched[k];
    }
    const mixed = integerProbability(squash(sum));
    const place = Math.min(Math.max(stretch(mixed) * BINS_PER_UNIT + (BINS - 1) / 2, 0), BINS - 1 - 2 ** -10);
    const bin = Math.floor(place);
    const share = place - bin;
    const low = context * BINS + bin;
    this.#weightsAt = at;
    this.#mixed = mixed / ONE;
    this.#bin = share > 0.5 ? low + 1 : low;
    const corrected = this.#bins[low] + share * (this.#bins[low + 1] - this.#bins[low]);
    return integerProbability(0.5 * (this.#mixed + corrected));
  }

  /** Takes note of the decision. */
  learn(bit: number): void {
    const step = (bit - this.#mixed) * LEARNING_RATE;
    for (let k = 0; k <= EXPERTS; k++) this.#weights[this.#weightsAt + k] += step * this.#stretched[k];
    const count = this.#counts[this.#bin];
    this.#bins[this.#bin] += (bit - this.#bins[this.#bin]) / count;
    if (count < MOST_COUNT) this.#counts[this.#bin] = count + 1;
  }
}
