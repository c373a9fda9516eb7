/**
 * Measures differences between decoded pictures, and simulates a network with rounding errors larger than on any
 * machine.
 */
import type { Denoiser, Model } from 'ddpm-codec/model';

/** Absolute difference between two pictures, in grey levels. */
export interface Difference {
  readonly max: number;
  readonly mean: number;
  /** Share of the samples that differ, 0..1. */
  readonly changed: number;
}

/**
 * Compares two pictures of the same size.
 *
 * @throws RangeError if they differ in size
 */
export function difference(a: Uint8Array, b: Uint8Array): Difference {
  if (a.length !== b.length) throw new RangeError(`pictures of ${a.length} and ${b.length} samples`);
  let max = 0;
  let sum = 0;
  let changed = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i] - b[i]);
    max = Math.max(max, distance);
    sum += distance;
    if (distance > 0) changed++;
  }
  return { max, mean: sum / a.length, changed: changed / a.length };
}

/** Multiplies each value by 1 + relative n, n ~ N(0, 1). */
function shake(values: Float32Array, relative: number, random: () => number): Float32Array {
  // Box-Muller; 1 - random() is never 0.
  return values.map((value) => {
    const n = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return value * (1 + relative * n);
  });
}

/**
 * Wraps a model: adds relative Gaussian noise to the output of its network, different in every call.
 *
 * @param relative - standard deviation of the noise relative to the value; for comparison, float32 rounds to 6e-8
 * @param random - uniform in [0, 1)
 */
export function perturbed(model: Model, relative: number, random: () => number): Model {
  const denoiser: Denoiser = {
    sizeMultiple: model.denoiser.sizeMultiple,
    dispose: () => model.denoiser.dispose(),
    async denoise(y, shape, sigma) {
      const { mean, logVariance } = await model.denoiser.denoise(y, shape, sigma);
      return {
        mean: shake(mean, relative, random),
        logVariance: logVariance && shake(logVariance, relative, random),
      };
    },
  };
  return { ...model, denoiser };
}
