/**
 * How an encoder picks one of the candidates z_1, z_2, ... of a chunk, with weights w_i = q(z_i) / p(z_i): the schemes that take
 * any p and q.
 */
import type { ChunkWeights } from './chunk.ts';
import type { PrivateRandom } from './private-random.ts';

/** A candidate that was picked. */
export interface Picked {
  /** Its number, 1 or more. */
  readonly index: number;
  /** Number of candidates that were looked at. */
  readonly looked: number;
  /** log q / p in nats, where its expectation over the encoder's own randomness and the order of the candidates is known. */
  readonly logWeight?: number;
  /** True if the search was ended at its limit. */
  readonly isCut?: boolean;
}

/** Picks a candidate. */
export type Picker = (weights: ChunkWeights, random: PrivateRandom) => Picked;

/**
 * Most candidates that the Poisson functional representation looks at in a chunk. There must be a limit: the mean over a of the number that
 * it takes is infinite.
 */
const MOST_CANDIDATES = 2 ** 24;
/** Orders of the moments that bound what is still to come. */
const ORDERS = [0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/**
 * Time after which the best score so far is the best of all but with probability `risk`, for a Poisson process on time and z with
 * the mean measure dt p(dz). A point (t, z) beats the score s if t / w(z) < s. The expected number of those after time T is the mean of
 * max(s w - T, 0) over p, which is at most s^(1 + l) T^-l l^l / (1 + l)^(1 + l) times the mean of w^l over q, for every l above 0. None
 * is after s max(w).
 */
export class StoppingTime {
  readonly #offsets: Float64Array;
  readonly #most: number;

  constructor(weights: ChunkWeights, risk: number) {
    this.#most = weights.most;
    this.#offsets = Float64Array.from(
      ORDERS,
      (l) => (weights.logMoment(l) + l * Math.log(l) - (1 + l) * Math.log1p(l) - Math.log(risk)) / l,
    );
  }

  /** log of the time, for the log of the best score. */
  logAfter(logScore: number): number {
    let least = logScore + this.#most;
    for (const [i, l] of ORDERS.entries()) least = Math.min(least, this.#offsets[i] + ((1 + l) / l) * logScore);
    return least;
  }
}

/**
 * Poisson functional representation (Li & El Gamal 2018): the point of a Poisson process with the least t / w. Its z is a sample of q,
 * but with probability `risk`, and where the search is cut.
 *
 * @param most - candidates after which it is cut
 */
export function poissonFunctional(risk: number, most: number = MOST_CANDIDATES): Picker {
  return (weights, random) => {
    const stop = new StoppingTime(weights, risk);
    let [time, best, last] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    let index = 0;
    for (let i = 1; i <= most; i++) {
      time += random.exponential();
      if (time > last) return { index, looked: i - 1 };
      const score = time * Math.exp(-weights.logWeight(i));
      if (score < best) {
        best = score;
        index = i;
        last = Math.exp(stop.logAfter(Math.log(score)));
      }
    }
    return { index, looked: most, isCut: true };
  };
}

/** Expectation of log w over a choice of candidates by weight; weights may be large. */
class WeighedMean {
  readonly #shift: number;
  #sum = 0;
  #product = 0;

  constructor(shift: number) {
    this.#shift = shift;
  }

  /** Adds a candidate; returns its weight, times exp(-shift). */
  add(logWeight: number): number {
    const weight = Math.exp(logWeight - this.#shift);
    this.#sum += weight;
    this.#product += weight * logWeight;
    return weight;
  }

  get mean(): number {
    return this.#product / this.#sum;
  }
}

/** Number of candidates: a whole power of two, 2 or more. */
function candidates(bits: number): number {
  return 2 ** Math.max(1, Math.round(bits));
}

/** Bits by which KL(q || p) of a chunk may exceed its expectation and still get more candidates. */
const MOST_SURPRISE = 6;

/**
 * Ordered random coding (Theis & Yosri 2022): of N candidates one is picked, over all orders of them by weight, and so that small
 * numbers are likely. N is 2^(KL + excess), where KL counts for MOST_SURPRISE bits more than its expectation at most; the decoder need not
 * know N.
 */
export function orderedRandom(excess: number): Picker {
  return (weights, random) => {
    const bits = Math.min(weights.kl / Math.LN2, weights.chunk.expectedBits + MOST_SURPRISE);
    const count = candidates(bits + excess);
    const expected = new WeighedMean(weights.kl);
    let [time, best, index] = [0, Number.POSITIVE_INFINITY, 1];
    for (let i = 1; i <= count; i++) {
      // The order statistics of `count` exponential variables.
      time += random.exponential() * (count / (count - i + 1));
      const score = time / expected.add(weights.logWeight(i));
      if (score < best) [best, index] = [score, i];
    }
    return { index, looked: count, logWeight: expected.mean };
  };
}

/** log2 of the number of candidates where that is fixed beforehand: what r lets expect, and `excess` more. */
export function fixedBits(expectedBits: number, excess: number): number {
  return Math.log2(candidates(expectedBits + excess));
}

/** Minimal random coding (Havasi et al. 2019): of N candidates one is picked by weight. */
export function minimalRandom(excess: number): Picker {
  return (weights, random) => {
    const count = 2 ** fixedBits(weights.chunk.expectedBits, excess);
    const expected = new WeighedMean(weights.kl);
    let [best, index] = [Number.POSITIVE_INFINITY, 1];
    for (let i = 1; i <= count; i++) {
      const score = random.exponential() / expected.add(weights.logWeight(i));
      if (score < best) [best, index] = [score, i];
    }
    return { index, looked: count, logWeight: expected.mean };
  };
}

/** The best of N candidates: what a search of the trellis does, in a code without structure. */
export function bestOf(excess: number): Picker {
  return (weights) => {
    const count = 2 ** fixedBits(weights.chunk.expectedBits, excess);
    let [best, index] = [Number.NEGATIVE_INFINITY, 1];
    for (let i = 1; i <= count; i++) {
      const logWeight = weights.logWeight(i);
      if (logWeight > best) [best, index] = [logWeight, i];
    }
    return { index, looked: count };
  };
}
