/** The encoder's choice of variance gains. docs/design/gains.md. */
import {
  GAIN_GROUPS,
  type Gains,
  gainGroup,
  gainsCodeLength,
  LEAST_GAIN,
  MOST_GAIN,
} from '../format/variance-gains.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import type { TileModel } from './executor.ts';
import { meanShare } from './gained-posterior.ts';
import { gain } from './reverse-step.ts';

/** About the number of bits of a single class's change. */
const CHANGE_BITS = 6;

/** Ratios r multiplied before a logarithm is taken: r is above 1e-19, so the product is far from 0. */
const FACTORS = 8;

/** Coefficients of a tile that its gains are chosen from, ordered (block row, block column, colour, u, v). */
export interface Innovation {
  /** U(x - D). */
  readonly residual: Float32Array;
  /** U(y - D). */
  readonly noise: Float32Array;
}

/** KL(q || p) of one class in bits, up to a constant, with the gain 4^exponent. */
function classBits({ residual, noise }: Innovation, model: TileModel, bandClass: number, exponent: number): number {
  const { blockVariance, shape, sigmaTo, sigmaFrom, isFresh } = model;
  const k = gain(model);
  const kk = k * k;
  const qVariance = sigmaTo * sigmaTo * k;
  const stateVariance = sigmaFrom * sigmaFrom;
  const factor = 4 ** exponent;
  let nats = 0;
  let product = 1;
  for (let block = 0, at = bandClass; block < blockVariance.length; block++, at += BLOCK_COEFFICIENTS) {
    const variance = blockVariance[block] * shape[bandClass];
    const share = isFresh ? 1 : meanShare(variance, factor, stateVariance);
    const inverse = 1 / (qVariance + kk * variance * factor * share);
    const r = qVariance * inverse;
    const error = residual[at] - (1 - share) * noise[at];
    nats += r - 1 + kk * error * error * inverse;
    product *= r;
    if ((block & (FACTORS - 1)) !== FACTORS - 1) continue;
    nats -= Math.log(product);
    product = 1;
  }
  return (0.5 * (nats - Math.log(product))) / Math.LN2;
}

/** Bits of a class by exponent, computed when they are first needed. */
class ClassCost {
  readonly #bits: Map<number, number> = new Map();
  readonly #compute: (exponent: number) => number;

  constructor(compute: (exponent: number) => number) {
    this.#compute = compute;
  }

  bits(exponent: number): number {
    let bits = this.#bits.get(exponent);
    if (bits === undefined) {
      bits = this.#compute(exponent);
      this.#bits.set(exponent, bits);
    }
    return bits;
  }
}

/** The shift with the fewest bits, searched step by step from 0. */
function bestShift(bits: (shift: number) => number): number {
  let shift = 0;
  let least = bits(0);
  for (const direction of [1, -1]) {
    for (;;) {
      const there = bits(shift + direction);
      if (!(there < least)) break;
      shift += direction;
      least = there;
    }
    if (shift !== 0) break;
  }
  return shift;
}

/**
 * The variance gains with which a tile takes the fewest bits, side information included.
 *
 * @param model - with the predicted gains, which cost nothing
 */
export function chooseGains(innovation: Innovation, model: TileModel): Gains {
  const predicted = model.gains;
  const costs = Array.from(
    { length: BLOCK_COEFFICIENTS },
    (_, i) => new ClassCost((exponent) => classBits(innovation, model, i, exponent)),
  );
  const bitsOf = (i: number, exponent: number): number =>
    exponent < LEAST_GAIN || exponent > MOST_GAIN ? Number.POSITIVE_INFINITY : costs[i].bits(exponent);
  const shifted = predicted.slice();
  for (let group = 0; group < GAIN_GROUPS; group++) {
    const classes = [...predicted.keys()].filter((i) => gainGroup(i) === group);
    const shift = bestShift((s) => classes.reduce((sum, i) => sum + bitsOf(i, predicted[i] + s), 0));
    for (const i of classes) shifted[i] += shift;
  }
  const single = shifted.map((exponent, i) => {
    const best = exponent + bestShift((s) => bitsOf(i, exponent + s));
    return bitsOf(i, exponent) - bitsOf(i, best) > CHANGE_BITS ? best : exponent;
  });
  const total = (gains: Gains): number =>
    gains.reduce((sum, exponent, i) => sum + bitsOf(i, exponent), gainsCodeLength(gains, predicted));
  return [predicted, shifted, single].reduce((best, gains) => (total(gains) < total(best) ? gains : best));
}
