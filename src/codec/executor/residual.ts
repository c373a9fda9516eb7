/** What a layer has to code: the whitened posterior residual U(x - D'), and its ideal cost in bits. */
import { type Gains, MOST_GAIN } from '../format/variance-gains.ts';
import { whitenedDifference } from '../math/tile-whitening.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import { chooseGains, type Innovation } from './choose-gains.ts';
import type { KlCost, ResidualJob, ResidualResult, TileModel } from './executor.ts';
import { GainedBlocks, trustsState } from './gained-posterior.ts';
import { gain } from './reverse-step.ts';

/** Number of ratios r multiplied before taking a logarithm; r is never below 1e-19, so the product is far from 0. */
const FACTORS = 16;

/**
 * KL(q || p) of a tile, for a step with any end: 1/2 sum(r + a^2 - 1 - ln r) / ln 2 bits with a = k R / s, where R is
 * the residual. Needs no run of the network. Ho et al. 2020, section 4.3; docs/design/codec.md, section 3.
 *
 * @param residual - R, from {@link measureResidual}
 */
export function klCost(residual: Float32Array, model: TileModel): KlCost {
  const { blockVariance, shape, sigmaTo } = model;
  const k = gain(model);
  const qVariance = sigmaTo * sigmaTo * k;
  const gained = new GainedBlocks(model);
  const { factors, shares } = gained;
  let nats = 0;
  let fresh = 0;
  let trusted = 0;
  for (let block = 0, at = 0; block < blockVariance.length; block++) {
    const blockTerm = k * k * blockVariance[block];
    gained.visit(blockVariance[block]);
    for (let i = 0; i < BLOCK_COEFFICIENTS; i += FACTORS) {
      // One logarithm for 16 values: 0.6 ms a tile instead of 1.8. A layer whose end is searched needs it ten times.
      let product = 1;
      for (let j = i; j < i + FACTORS; j++, at++) {
        const inverse = 1 / (qVariance + blockTerm * shape[j] * factors[j] * shares[j]);
        const r = qVariance * inverse;
        const a = k * residual[at];
        fresh += r;
        trusted += (1 - shares[j]) * (1 - r);
        nats += a * a * inverse;
        product *= r;
      }
      nats -= Math.log(product);
    }
  }
  const active = residual.length - fresh;
  return { bits: (0.5 * (nats - active)) / Math.LN2, active, trusted };
}

/**
 * Errors of a state within so many sigma are noise. Larger ones are none: detail of a pyramid level that the state knows nothing of,
 * or what a layer could not deliver.
 */
const NOISE_LIMIT = 5;

/**
 * Changes residuals so that a step takes errors of the state that are no noise away as a whole, of which q would keep the share
 * 1 - k, in place.
 *
 * @param noise - U(y - D)
 * @returns mean square of the state's error over sigma_t^2
 */
function correctState(residual: Float32Array, noise: Float32Array, model: TileModel): number {
  const limit = NOISE_LIMIT * model.sigmaFrom;
  const k = gain(model);
  let squares = 0;
  for (let i = 0; i < residual.length; i++) {
    const error = noise[i] - residual[i];
    squares += error * error;
    const excess = error - Math.min(Math.max(error, -limit), limit);
    residual[i] -= ((1 - k) / k) * excess;
  }
  return squares / (residual.length * model.sigmaFrom * model.sigmaFrom);
}

/** U(x - D') from U(x - D). */
function movedResidual(residual: Float32Array, noise: Float32Array, model: TileModel): Float32Array {
  if (!trustsState(model)) return residual;
  const moved = residual.slice();
  const { blockVariance } = model;
  const gained = new GainedBlocks(model);
  const { shares } = gained;
  for (let block = 0, at = 0; block < blockVariance.length; block++) {
    gained.visit(blockVariance[block]);
    for (let i = 0; i < BLOCK_COEFFICIENTS; i++, at++) moved[at] -= (1 - shares[i]) * noise[at];
  }
  return moved;
}

function sumOfSquares(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** True if the estimate D' is as near to the image as the state. */
function isWithinNoise(residual: Float32Array, { sigmaFrom }: TileModel): boolean {
  return sumOfSquares(residual) <= residual.length * sigmaFrom * sigmaFrom;
}

/**
 * Gains for a tile whose estimate is farther from the image than its state, though it would take fewer bits: the smallest that bring
 * it as near, or the nearest.
 */
function trustingGains({ residual, noise }: Innovation, model: TileModel): Gains {
  let best = model.gains;
  let least = Number.POSITIVE_INFINITY;
  for (let shift = 1; shift <= MOST_GAIN; shift++) {
    const gains = model.gains.map((exponent) => Math.min(Math.max(exponent, 0) + shift, MOST_GAIN));
    const moved = movedResidual(residual, noise, { ...model, gains });
    if (isWithinNoise(moved, model)) return gains;
    const squares = sumOfSquares(moved);
    if (squares < least) [best, least] = [gains, squares];
  }
  return best;
}

/** Computes the residual of a tile, the variance gains that take the fewest bits, and its ideal bits with them. */
export function measureResidual({ x, y, mean, model, mayGain }: ResidualJob): Omit<ResidualResult, 'time'> {
  const residual = whitenedDifference(x, mean, model.size);
  const noise = whitenedDifference(y, mean, model.size);
  const stateNoise = correctState(residual, noise, model);
  const chosen = mayGain ? chooseGains({ residual, noise }, model) : model.gains;
  const moved = movedResidual(residual, noise, { ...model, gains: chosen });
  const cost = (gained: TileModel, of: Float32Array): Omit<ResidualResult, 'time'> => {
    return { residual: of, gains: gained.gains, cost: klCost(of, gained), stateNoise };
  };
  if (!mayGain || model.isFresh || isWithinNoise(moved, model)) return cost({ ...model, gains: chosen }, moved);
  const gained = { ...model, gains: trustingGains({ residual, noise }, { ...model, gains: chosen }) };
  return cost(gained, movedResidual(residual, noise, gained));
}
