import { type ReverseProcess, scheduleLevels } from '../reverse-process.ts';
import type { Sampler } from './sampler.ts';

/**
 * DDIM (Song, Meng & Ermon 2021, eq. 12): y_s = D + sqrt(sigma_s^2 - c^2) (y_t - D) / sigma_t + c n with
 * c = eta sigma_s sqrt(1 - sigma_s^2 / sigma_t^2), eq. 16.
 *
 * @param eta - 0: no noise, Euler's method for the probability flow. 1: ancestral sampling with the variance beta~
 */
export function ddimSampler(process: ReverseProcess, eta: number): Sampler {
  const levels = scheduleLevels(process);
  return {
    levels,
    networkRuns: (t) => t,
    move({ t, y, posterior: { mean }, noise }) {
      const [from, to] = [levels[t], levels[t - 1]];
      const deviation = eta * to * Math.sqrt(1 - (to / from) ** 2);
      const ratio = Math.sqrt(to * to - deviation * deviation) / from;
      for (let i = 0; i < y.length; i++) y[i] = mean[i] + ratio * (y[i] - mean[i]);
      if (deviation === 0) return;
      const n = noise();
      for (let i = 0; i < y.length; i++) y[i] += deviation * n[i];
    },
  };
}
