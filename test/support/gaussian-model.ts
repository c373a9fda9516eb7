import type { Model } from '../../src/model/denoiser.ts';

/** The exact posterior for images whose samples are independent N(0, tau^2). */
export function gaussianModel(tau: number): Model {
  const prior = tau * tau;
  return {
    id: '00000000000000aa',
    denoiser: {
      sizeMultiple: 16,
      async denoise(y, { batch, height, width }, sigma) {
        if (y.length !== batch * height * width * 3) throw new RangeError('length does not fit the shape');
        const noise = sigma * sigma;
        const logVariance = new Float32Array(y.length).fill(Math.log((prior * noise) / (prior + noise)));
        return { mean: y.map((value) => (value * prior) / (prior + noise)), logVariance };
      },
      dispose() {},
    },
    calibration: { sigma: Float32Array.of(0.001, 100), bandShape: new Float32Array(2 * 192).fill(1) },
  };
}
