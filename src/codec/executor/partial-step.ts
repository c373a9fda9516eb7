/**
 * The reverse step of a tile of whose message only a part is there. docs/format.md, "Picture of a part of a layer".
 *
 * What the message tells of a coefficient is an observation of x, of precision f / sigma_s^2 - f / sigma_t^2 with a share
 * f of the step's signal-to-noise ratio. The state is one too, of precision 1 / sigma_t^2, and the two together are a state
 * of a lower noise level. With f = 1 that is y_s, and with f = 0 it stays y_t.
 *
 * The denoiser wants one noise level. It gets the geometric mean of the coefficients' levels; where a coefficient has
 * more noise, its deviation from what is expected of it is made smaller, so that no noise passes for texture.
 */
import { addUnwhitened, forEachBlock, whitenDifference } from '../math/tile-whitening.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import type { Observations } from '../transport/transport.ts';
import type { TileJob } from './executor.ts';
import { moveTowardsState, trustsState } from './gained-posterior.ts';
import { type Gaussians, gain } from './reverse-step.ts';

/** Mean of ln(1 + share * added) / 2: by how much the noise levels of the coefficients have fallen, in nats. */
function meanFall(share: Float32Array, added: number): number {
  return share.reduce((sum, f) => sum + 0.5 * Math.log(1 + f * added), 0) / share.length;
}

/**
 * Takes the part of the step that the observations allow, in place. Changes `mean` to D'.
 *
 * @returns natural logarithm of the state's noise level: the mean over the coefficients
 */
export function takePart(
  { y, mean, model }: TileJob,
  { scale, residualVariance }: Gaussians,
  { values, share }: Observations,
): number {
  const { size, sigmaFrom } = model;
  if (trustsState(model)) moveTowardsState(y, mean, model);
  const k = gain(model);
  /** SNR that the whole step adds, in units of that before it: sigma_t^2 / sigma_s^2 - 1. */
  const added = k / (1 - k);
  const fall = meanFall(share, added);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  forEachBlock(size, (number, first) => {
    whitenDifference(y, mean, first, size.width * 3, block);
    for (let i = 0, at = number * BLOCK_COEFFICIENTS; i < BLOCK_COEFFICIENTS; i++, at++) {
      const [f, r] = [share[at], residualVariance[at]];
      const snr = f * added;
      const observation = (scale[at] / k) * values[at];
      const state = (block[i] + snr * observation) / (1 + snr);
      const expected = ((f * (1 - r)) / (f * (1 - r) + r)) * observation;
      const excess = Math.min(1, Math.exp(-fall) * Math.sqrt(1 + snr));
      block[i] = expected + excess * (state - expected) - block[i];
    }
    addUnwhitened(block, first, size.width * 3, y);
  });
  return Math.log(sigmaFrom) - fall;
}

/**
 * Completes observations to a sample: c of a picture that fits what is known.
 *
 * @param residualVariance - r
 * @param noise - N(0, 1)
 * @returns c, in place of `noise`
 */
export function completeSample(
  { values, share }: Observations,
  residualVariance: Float32Array,
  noise: Float32Array,
): Float32Array {
  for (let i = 0; i < noise.length; i++) {
    const [r, f] = [residualVariance[i], share[i]];
    // With f = 0 this is the noise itself; with f = 1 it is the observation.
    const known = f * (1 - r) + r;
    const mean = (f * values[i]) / known;
    noise[i] = mean + Math.sqrt(Math.max(0, ((1 - f) * r) / known)) * noise[i];
  }
  return noise;
}
