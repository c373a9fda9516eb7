import { posteriorOf, type ReverseProcess, scheduleLevels } from '../reverse-process.ts';
import type { Sampler } from './sampler.ts';

/** Exponent of the noise levels, and the highest of them: their authors' choice (Karras et al. 2022, table 1). */
const RHO = 7;
const SIGMA_MAX = 80;

/**
 * Noise levels that are evenly spaced in sigma^(1 / rho) (Karras et al. 2022, eq. 5), behind a 0.
 *
 * @param steps - number of levels above 0, >= 1
 * @param range - sigma of the first level above 0, and of the last, which is the only one if `steps` is 1
 * @returns ascending, `steps` + 1 values
 */
export function karrasLevels(steps: number, range: { readonly min: number; readonly max: number }): Float64Array {
  const [low, high] = [range.min ** (1 / RHO), range.max ** (1 / RHO)];
  return Float64Array.from({ length: steps + 1 }, (_, t) => {
    if (t === 0) return 0;
    return t === steps ? range.max : (low + ((t - 1) / (steps - 1)) * (high - low)) ** RHO;
  });
}

/**
 * Heun's method for the probability flow dy / dsigma = (y - D) / sigma (Karras et al. 2022, algorithm 1), of second
 * order: each step but the last runs the network twice. The noise levels are those of {@link karrasLevels}, from 80, or
 * what the model's schedule begins with, down to the lowest of the schedule.
 *
 * @param steps - number of steps, >= 1
 */
export function heunSampler(process: ReverseProcess, steps: number): Sampler {
  const trained = scheduleLevels(process);
  const levels = karrasLevels(steps, { min: trained[1], max: Math.min(trained[trained.length - 1], SIGMA_MAX) });
  return {
    levels,
    networkRuns: (t) => 2 * t - 1,
    async move({ t, y, shape, posterior: { mean } }) {
      if (t === 1) {
        y.set(mean);
        return;
      }
      const [from, to] = [levels[t], levels[t - 1]];
      const slope = y.map((value, i) => (value - mean[i]) / from);
      const ahead = y.map((value, i) => value + (to - from) * slope[i]);
      const there = await posteriorOf(process, ahead, shape, to);
      for (let i = 0; i < y.length; i++) {
        y[i] += ((to - from) / 2) * (slope[i] + (ahead[i] - there.mean[i]) / to);
      }
    },
  };
}
