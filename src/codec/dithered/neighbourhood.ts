/**
 * Estimates the width of a coefficient's distribution, relative to the model's, from neighbouring coefficients that are
 * already coded. docs/format.md, "Dithered code".
 *
 * If a coefficient's a ~ N(0, t^2 (1 - r)), then c has variance r + t^2 (1 - r), and at t = 1 the score and the
 * information for ln t^2 are (c^2 - 1)(1 - r) / 2 and (1 - r)^2 / 2. Sums of both over neighbours, with a prior, give
 * one Newton step from t = 1.
 */
import { exp2Fraction256 } from '../math/portable-math.ts';
import { BLOCK, BLOCK_COEFFICIENTS } from '../math/whitening.ts';

const PLANE = BLOCK * BLOCK;
/** Weight of the nearest neighbours of a coefficient; those further away have weight 1. */
const NEAR = 2;
/** Information of the prior t = 1, in the unit in which a neighbour has (1 - r)^2 times its weight. */
const PRIOR_INFORMATION = 8;
/** Upper limit of c^2 in the score. */
const LARGEST_SQUARE = 16;
/** Widths are powers of 2^(1/8): from 2^(LEAST / 8) to 2^(MOST / 8). */
const LEAST = -9;
const MOST = 12;
/** Factor from ln t^2 to exponents: 4 / ln 2. */
const PER_LOG = 5.771;

/** 2^(e / 8), e = LEAST .. MOST. */
const WIDTHS: Float64Array = Float64Array.from({ length: MOST - LEAST + 1 }, (_, i) =>
  exp2Fraction256(32 * (LEAST + i)),
);

/**
 * Smooths the 8x8 planes of a block: weight 2 for the coefficient itself, 1 for each neighbour above, below, left and
 * right.
 */
function smooth(values: Float64Array, from: number, out: Float64Array): void {
  for (let at = from; at < from + BLOCK_COEFFICIENTS; at++) {
    const v = at & (BLOCK - 1);
    const u = (at >>> 3) & (BLOCK - 1);
    let sum = NEAR * values[at];
    if (u > 0) sum += values[at - BLOCK];
    if (u < BLOCK - 1) sum += values[at + BLOCK];
    if (v > 0) sum += values[at - 1];
    if (v < BLOCK - 1) sum += values[at + 1];
    out[at] = sum;
  }
}

/** Weighted sum over the neighbours of coefficient `i` of its block that are coded before it. */
function earlierInBlock(values: Float64Array, at: number, i: number): number {
  const v = i & (BLOCK - 1);
  const u = (i >>> 3) & (BLOCK - 1);
  let near = 0;
  let far = 0;
  if (u > 0) near += values[at - BLOCK];
  if (v > 0) near += values[at - 1];
  if (i >= PLANE) near += values[at - PLANE];
  if (i >= 2 * PLANE) near += values[at - 2 * PLANE];
  if (u > 0 && v > 0) far += values[at - BLOCK - 1];
  if (u > 1) far += values[at - 2 * BLOCK];
  if (v > 1) far += values[at - 2];
  return NEAR * near + far;
}

/** Estimates the widths of a tile's coefficients, which are visited in canonical order, from those before. */
export class Neighbourhood {
  readonly #blocksWide: number;
  /** (c^2 - 1)(1 - r) of each coefficient, and (1 - r)^2. */
  readonly #score: Float64Array;
  readonly #information: Float64Array;
  /** Score and information of finished blocks, smoothed. */
  readonly #blockScore: Float64Array;
  readonly #blockInformation: Float64Array;

  /**
   * @param n - coefficients of the tile
   * @param blocksWide - 8x8 blocks side by side in the tile
   */
  constructor(n: number, blocksWide: number) {
    this.#blocksWide = blocksWide;
    this.#score = new Float64Array(n);
    this.#information = new Float64Array(n);
    this.#blockScore = new Float64Array(n);
    this.#blockInformation = new Float64Array(n);
  }

  /** Width t of the distribution of coefficient `i` of `block`, which begins at coefficient `base`. */
  width(block: number, base: number, i: number): number {
    const at = base + i;
    let score = earlierInBlock(this.#score, at, i);
    let information = earlierInBlock(this.#information, at, i);
    if (block % this.#blocksWide > 0) {
      score += this.#blockScore[at - BLOCK_COEFFICIENTS];
      information += this.#blockInformation[at - BLOCK_COEFFICIENTS];
    }
    if (block >= this.#blocksWide) {
      const above = at - this.#blocksWide * BLOCK_COEFFICIENTS;
      score += this.#blockScore[above];
      information += this.#blockInformation[above];
    }
    const exponent = Math.floor((score / (information + PRIOR_INFORMATION)) * PER_LOG + 0.5);
    // A NaN, which only a broken model can give, counts as 0.
    return WIDTHS[Math.min(Math.max(exponent | 0, LEAST), MOST) - LEAST];
  }

  /**
   * Records a coefficient.
   *
   * @param at - its number in canonical order
   * @param c - its value
   * @param variance - 1 - r
   */
  learn(at: number, c: number, variance: number): void {
    this.#score[at] = (Math.min(c * c, LARGEST_SQUARE) - 1) * variance;
    this.#information[at] = variance * variance;
  }

  /** Finishes the block that begins at coefficient `base`. */
  endBlock(base: number): void {
    smooth(this.#score, base, this.#blockScore);
    smooth(this.#information, base, this.#blockInformation);
  }
}
