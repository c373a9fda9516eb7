/**
 * Distribution of the quantised coefficients: the reverse-process Gaussian convolved with the uniform distribution
 * (Yang, Will & Mandt 2025, section 4), here a mixture over three widths of the Gaussian with weights that adapt.
 * docs/format.md, "Dithered code".
 *
 * Real residuals have heavier tails than the model's Gaussians; bench/transport.ts measures the gain of mixture and
 * neighbourhood.
 */
import { normalTail } from './normal-tail.ts';

/** Widths of the outer components relative to that of the middle one. */
const NARROW = 0.5;
const WIDE = 2;
/** Weight of each outer component before the first coefficient of a tile. */
const FIRST_OUTER_WEIGHT = 0.1;
/** Each coefficient moves a weight by 1 / (coefficients so far + 60) of the way to its own share, later by 1 / 1024. */
const FIRST_COUNT = 60;
const LAST_COUNT = 1024;
/** Lower limit of the weights. */
const LEAST_WEIGHT = 2 ** -10;

/** Tail probability beyond an edge, of the mixture and of its components. */
interface Tails {
  all: number;
  narrow: number;
  middle: number;
  wide: number;
}

function noTails(): Tails {
  return { all: 0, narrow: 0, middle: 0, wide: 0 };
}

/** Largest magnitude of an integer that has a code. For sigma >= 2^-8 and images in [-1, 1], |a / w| < 2051. */
export const LARGEST_MAGNITUDE = 4095;

/** Ratio of `part` to `whole` as a probability of a binary decision, in 1/65536: 1..65535; 1/2 if `whole` is 0. */
function probabilityOf(part: number, whole: number): number {
  if (!(whole > 0)) return 0x8000;
  return Math.min(Math.max(Math.floor((part / whole) * 65536 + 0.5), 1), 65535);
}

/**
 * Codes a binary decision, given the probability of a 1 in 1/65536. An encoder writes `bit` and returns it; a decoder
 * ignores `bit` and returns the bit that it reads.
 */
export interface BinaryCoder {
  code(bit: number, probability: number): number;
}

/** Codes integers under the mixture as binary decisions. The weights adapt, so each tile has its own instance. */
export class ScaleMixture {
  #narrowWeight = FIRST_OUTER_WEIGHT;
  #middleWeight = 1 - 2 * FIRST_OUTER_WEIGHT;
  #wideWeight = FIRST_OUTER_WEIGHT;
  #count = FIRST_COUNT;
  /** Quantisation step in standard deviations of the middle component. */
  #deviationsPerStep = 1;
  readonly #up: Tails = noTails();
  readonly #down: Tails = noTails();
  readonly #spare: Tails = noTails();

  /** Writes the tail probabilities beyond an edge, given in quantisation steps, to `out`. */
  #tails(edge: number, out: Tails): void {
    const x = edge * this.#deviationsPerStep;
    out.narrow = normalTail(x / NARROW);
    out.middle = normalTail(x);
    out.wide = normalTail(x / WIDE);
    out.all = this.#narrowWeight * out.narrow + this.#middleWeight * out.middle + this.#wideWeight * out.wide;
  }

  /** Moves the weights towards the components' shares of an observation, given its probability under each component. */
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
   * Codes an integer k, which stands for values in (k + dither -+ 1/2) steps.
   *
   * @param k - the encoder's integer, -4095..4095; ignored by a decoder
   * @param dither - in (-1/2, 1/2)
   * @param deviationsPerStep - quantisation step divided by the standard deviation of the Gaussian
   * @returns k
   */
  code(coder: BinaryCoder, k: number, dither: number, deviationsPerStep: number): number {
    this.#deviationsPerStep = deviationsPerStep;
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
   * Codes a magnitude >= 1: doubles a bound until it is above the magnitude, then halves the interval. Where the tails
   * are 0 every decision has the probability 1/2, which makes an Elias gamma code: large magnitudes need no escape
   * code.
   *
   * @param tails - tail probabilities beyond the lower edge of 1; overwritten
   * @param scratch - overwritten
   */
  #codeMagnitude(coder: BinaryCoder, magnitude: number, dither: number, tails: Tails, scratch: Tails): number {
    let below = tails;
    let above = scratch;
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
