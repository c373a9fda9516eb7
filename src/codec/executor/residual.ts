/** What a layer has to code: the whitened posterior residual U(x - D'), and its ideal cost in bits. */
import { NO_GAINS, sameGains } from '../format/variance-gains.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import { chooseGains } from './choose-gains.ts';
import type { KlCost, ResidualJob, ResidualResult, TileModel } from './executor.ts';
import { blockShares, gainFactors, trustsState, whitenedDifference } from './gained-posterior.ts';
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
  const { blockVariance, shape, sigmaTo, gains } = model;
  const k = gain(model);
  const qVariance = sigmaTo * sigmaTo * k;
  const factors = gainFactors(gains);
  const hasGains = !sameGains(gains, NO_GAINS);
  const shares = new Float64Array(BLOCK_COEFFICIENTS).fill(1);
  let nats = 0;
  let fresh = 0;
  let trusted = 0;
  for (let block = 0, at = 0; block < blockVariance.length; block++) {
    const blockTerm = k * k * blockVariance[block];
    if (hasGains) blockShares(blockVariance[block], model, factors, shares);
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
 */
function correctState(residual: Float32Array, noise: Float32Array, model: TileModel): void {
  const limit = NOISE_LIMIT * model.sigmaFrom;
  const k = gain(model);
  for (let i = 0; i < residual.length; i++) {
    const error = noise[i] - residual[i];
    const excess = error - Math.min(Math.max(error, -limit), limit);
    residual[i] -= ((1 - k) / k) * excess;
  }
}

/** Changes residuals U(x - D) to U(x - D'), in place. */
function moveResidual(residual: Float32Array, noise: Float32Array, model: TileModel): void {
  const { blockVariance } = model;
  const factors = gainFactors(model.gains);
  const shares = new Float64Array(BLOCK_COEFFICIENTS);
  for (let block = 0, at = 0; block < blockVariance.length; block++) {
    blockShares(blockVariance[block], model, factors, shares);
    for (let i = 0; i < BLOCK_COEFFICIENTS; i++, at++) residual[at] -= (1 - shares[i]) * noise[at];
  }
}

/** Computes the residual of a tile, the variance gains that take the fewest bits, and its ideal bits with them. */
export function measureResidual({ x, y, mean, model, mayGain }: ResidualJob): Omit<ResidualResult, 'time'> {
  const residual = whitenedDifference(x, mean, model.size);
  const noise = whitenedDifference(y, mean, model.size);
  correctState(residual, noise, model);
  const gains = mayGain ? chooseGains({ residual, noise }, model) : model.gains;
  const gained = { ...model, gains };
  if (trustsState(gained)) moveResidual(residual, noise, gained);
  return { residual, gains, cost: klCost(residual, gained) };
}
