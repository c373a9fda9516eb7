import { scaleNoise } from '../calibrated-variance.ts';
import { calibrationOf, type ReverseProcess, reverseStep, scheduleLevels } from '../reverse-process.ts';
import type { Sampler, SamplerState } from './sampler.ts';

/**
 * Ancestral sampling (Ho, Jain & Abbeel 2020, algorithm 2): draws y_{t-1} from p(y_{t-1} | y_t), a Gaussian with the
 * variance of the process. The last step gives its mean.
 */
export function ancestralSampler(process: ReverseProcess): Sampler {
  return {
    levels: scheduleLevels(process),
    networkRuns: (t) => t,
    move: (state) => moveAncestrally(process, state),
  };
}

function moveAncestrally(process: ReverseProcess, { t, y, shape, posterior, noise }: SamplerState): void {
  const { mean, logVariance } = posterior;
  if (t === 1) {
    y.set(mean);
    return;
  }
  const step = reverseStep(process, t);
  const n = noise();
  if (step.pVariance === undefined) {
    scaleNoise(n, { logVariance, shape, calibration: calibrationOf(process.model), step });
  }
  const deviation = step.pVariance === undefined ? 1 : Math.sqrt(step.pVariance);
  for (let i = 0; i < y.length; i++) y[i] = mean[i] + (1 - step.k) * (y[i] - mean[i]) + deviation * n[i];
}
