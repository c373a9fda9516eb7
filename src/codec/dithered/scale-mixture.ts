/**
 * Distribution of the quantised coefficients: reverse-process Gaussian convolved with the uniform (Yang, Will & Mandt 2025,
 * section 4), as a mixture over three widths of the Gaussian whose weights adapt. docs/format.md, "Dithered code".
 *
 * Real residuals are heavier-tailed than the model's Gaussians; bench/transport.ts measures what mixture and neighbourhood gain.
 */
import { normalTail } from './normal-tail.ts';

/** Widths of the components relative to the model's. */
const NARROW = 0.5;
const WIDE = 2;
/** Weights before the first coefficient of a tile. */
const FIRST_OUTER_WEIGHT = 0.1;
/** A weight moves by 1 / (coefficients so far + 60) of the way to what a coefficient says, later by 1 / 1024. */
const FIRST_COUNT = 60;
const LAST_COUNT = 1024;
/** Weights stay above this. */
const LEAST_WEIGHT = 2 ** -10;

/** Tail of the mixture beyond an edge, and of its components. */
interface Tails {
  all: number;
  narrow: number;
  middle: number;
  wide: number;
}

function noTails(): Tails {
  return { all: 0, narrow: 0, middle: 0, wide: 0 };
}

/** Integers of larger magnitude have no code: |a / w| < 2051 for sigma >= 2^-8 and images in [-1, 1]. */
export const LARGEST_MAGNITUDE = 4095;

/** A share as probability of a range coder's binary decision, in 1/65536. */
function probabilityOf(part: number, whole: number): number {
  if (!(whole > 0)) return 0x8000;
  return Math.min(Math.max(Math.floor((part / whole) * 65536 + 0.5), 1), 65535);
}

/** Codes a binary decision with the probability of a 1 in 1/65536: an encoder takes `bit`, a decoder ignores it; both return it. */
export interface DecisionCoder {
  code(bit: number, probability: number): number;
}

/** Weights of the mixture, and the decisions that an integer is coded with. One per tile: it learns. */
export class ScaleMixture {
  #narrowWeight = FIRST_OUTER_WEIGHT;
  #middleWeight = 1 - 2 * FIRST_OUTER_WEIGHT;
  #wideWeight = FIRST_OUTER_WEIGHT;
  #count = FIRST_COUNT;
  /** Quantisation steps a standard deviation of the middle component. */
  #stepsPerDeviation = 1;
  readonly #up: Tails = noTails();
  readonly #down: Tails = noTails();
  readonly #spare: Tails = noTails();

  /** Puts the tails beyond an edge, in quantisation steps, into `out`. */
  #tails(edge: number, out: Tails): void {
    const x = edge * this.#stepsPerDeviation;
    out.narrow = normalTail(x / NARROW);
    out.middle = normalTail(x);
    out.wide = normalTail(x / WIDE);
    out.all = this.#narrowWeight * out.narrow + this.#middleWeight * out.middle + this.#wideWeight * out.wide;
  }

  /** Moves the weights towards the components' shares in what was seen, given its probability in each. */
  #learn(narrow: number, middle: number, wide: number): void {
    const n = this.#narrowWeight * narrow;
    const m = this.#middleWeight * middle;
    const w = this.#wideWeight * wide;
    const sum = n + m + w;
    if (!(sum > 0)) return;
    const rate = 1 / this.#count;
    const share = (1 - 3 * LEAST_WEIGHT) / sum;
    this.#narrowWeight += rate * (n * share + LEAST_WEIGHT - this.#narrowWeight);
    this.#middleWeight += rate * (m * share + LEAST_WEIGHT - this.#middleWeight);
    this.#wideWeight += rate * (w * share + LEAST_WEIGHT - this.#wideWeight);
    if (this.#count < LAST_COUNT) this.#count++;
  }

  /**
   * Codes k, whose value lies in (k + dither -+ 1/2) steps.
   *
   * @param k - what an encoder has to say, -4095..4095; a decoder's is ignored
   * @param dither - in (-1/2, 1/2)
   * @param stepsPerDeviation - quantisation step over the standard deviation of the Gaussian
   * @returns k
   */
  code(coder: DecisionCoder, k: number, dither: number, stepsPerDeviation: number): number {
    this.#stepsPerDeviation = stepsPerDeviation;
    const up = this.#up;
    const down = this.#down;
    this.#tails(0.5 + dither, up);
    this.#tails(0.5 - dither, down);
    const outside = up.all + down.all;
    if (!coder.code(k === 0 ? 0 : 1, probabilityOf(outside, 1))) {
      this.#learn(1 - up.narrow - down.narrow, 1 - up.middle - down.middle, 1 - up.wide - down.wide);
      return 0;
    }
    return coder.code(k > 0 ? 1 : 0, probabilityOf(up.all, outside))
      ? this.#codeMagnitude(coder, k, dither, up, down)
      : -this.#codeMagnitude(coder, -k, -dither, down, up);
  }

  /**
   * Codes a magnitude >= 1: doubles a bound until it is above, then halves the interval. Where the tails are 0 every decision is
   * even, and the whole an Elias gamma code: the escape needs no rule of its own.
   *
   * @param tails - beyond the lower edge of 1; `free` may be overwritten
   */
  #codeMagnitude(coder: DecisionCoder, magnitude: number, dither: number, tails: Tails, free: Tails): number {
    let below = tails;
    let above = free;
    let spare = this.#spare;
    let low = 1;
    let high = 2;
    for (; ; high = 2 * low) {
      this.#tails(high - 0.5 + dither, above);
      if (high > LARGEST_MAGNITUDE) break;
      if (!coder.code(magnitude >= high ? 1 : 0, probabilityOf(above.all, below.all))) break;
      low = high;
      [below, above] = [above, below];
    }
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      this.#tails(middle - 0.5 + dither, spare);
      const share = probabilityOf(spare.all - above.all, below.all - above.all);
      if (coder.code(magnitude >= middle ? 1 : 0, share)) {
        low = middle;
        [below, spare] = [spare, below];
      } else {
        high = middle;
        [above, spare] = [spare, above];
      }
    }
    this.#learn(below.narrow - above.narrow, below.middle - above.middle, below.wide - above.wide);
    return low;
  }
}
