import type { NamedPlane } from '../../src/analysis/image-planes.ts';
import { unwhitenBlock, whitenBlock } from '../../src/codec/math/whitening.ts';
import type { Model } from '../../src/model/denoiser.ts';
import { gaussians } from '../support/gaussian.ts';

/** Data whose exact posterior is known, with the code length of an exact model. */
export interface GaussianData {
  /** Denoiser that returns the exact posterior of the data. */
  readonly model: Model;
  /** Random images from the distribution. */
  readonly images: readonly NamedPlane[];
  /** -log2 of the density at the images, in bits a dimension: the code length of an exact model. */
  readonly bitsPerDim: number;
}

/** Side of the images; each has four blocks. */
export const SIDE = 16;
const SAMPLES = SIDE * SIDE * 3;
const GRID = Float32Array.from({ length: 400 }, (_, i) => 2 ** (-10 + i / 20));

function planes(count: number, name: string, sample: (noise: Float32Array) => Float32Array): NamedPlane[] {
  return Array.from({ length: count }, (_, i) => {
    const data = sample(gaussians(SAMPLES, `${name} ${i}`));
    return { name: `${name} ${i}`, width: SIDE, height: SIDE, data };
  });
}

const logDensity2 = (z: number, deviation: number): number =>
  -(0.5 * z * z + Math.log(deviation) + 0.5 * Math.log(2 * Math.PI)) / Math.LN2;

/** Data in which each dimension is N(mu, s^2), with a different mu for each; images of SIDE x SIDE. */
export function independentData(s: number, count: number): GaussianData {
  const mu = gaussians(SAMPLES, 'mu').map((value) => 0.2 * value);
  const images = planes(count, 'independent', (noise) => noise.map((value, i) => mu[i] + s * value));
  let bits = 0;
  for (const { data } of images) for (let i = 0; i < SAMPLES; i++) bits -= logDensity2((data[i] - mu[i]) / s, s);
  const denoiser: Model['denoiser'] = {
    sizeMultiple: 8,
    async denoise(y, _shape, sigma) {
      const gain = (s * s) / (s * s + sigma * sigma);
      const logVariance = new Float32Array(y.length).fill(Math.log(gain * sigma * sigma));
      return { mean: y.map((value, i) => mu[i % SAMPLES] + gain * (value - mu[i % SAMPLES])), logVariance };
    },
    dispose() {},
  };
  const calibration = { sigma: Float32Array.of(0.001, 1000), bandShape: new Float32Array(2 * 192).fill(1) };
  return { model: { id: 'independent', denoiser, calibration }, images, bitsPerDim: bits / (count * SAMPLES) };
}

/** Applies a function to the whitened coefficients of every 8x8 block of images of SIDE x SIDE. */
function inBlocks(data: Float32Array, change: (block: Float64Array) => void, inverse: 'both' | 'out'): Float32Array {
  const out = new Float32Array(data.length);
  const block = new Float64Array(192);
  for (let start = 0; start < data.length; start += 8 * SIDE * 3) {
    for (let x = 0; x < SIDE; x += 8) {
      const at = (i: number): number => start + ((((i >> 3) & 7) * SIDE + x + (i & 7)) * 3 + (i >> 6));
      for (let i = 0; i < 192; i++) block[i] = data[at(i)];
      if (inverse === 'both') whitenBlock(block);
      change(block);
      unwhitenBlock(block);
      for (let i = 0; i < 192; i++) out[at(i)] = block[i];
    }
  }
  return out;
}

/**
 * Data correlated like photographs: coefficient i of each whitened block is N(0, deviations[i]^2); images of SIDE x
 * SIDE.
 */
export function correlatedData(deviations: Float64Array, count: number): GaussianData {
  let bits = 0;
  const draw = (noise: Float32Array): Float32Array =>
    inBlocks(
      noise,
      (block) => {
        for (let i = 0; i < 192; i++) {
          bits -= logDensity2(block[i], deviations[i]);
          block[i] *= deviations[i];
        }
      },
      'out',
    );
  const images = planes(count, 'correlated', draw);
  const bandShape = new Float32Array(GRID.length * 192);
  GRID.forEach((sigma, g) => {
    for (let i = 0; i < 192; i++) {
      bandShape[g * 192 + i] = (deviations[i] * sigma) ** 2 / (deviations[i] ** 2 + sigma ** 2);
    }
  });
  const denoiser: Model['denoiser'] = {
    sizeMultiple: 8,
    async denoise(y, _shape, sigma) {
      const gains = deviations.map((deviation) => deviation ** 2 / (deviation ** 2 + sigma ** 2));
      const shrink = (block: Float64Array): void => {
        for (let i = 0; i < 192; i++) block[i] *= gains[i];
      };
      return { mean: inBlocks(y, shrink, 'both'), logVariance: null };
    },
    dispose() {},
  };
  const model = { id: 'correlated', denoiser, calibration: { sigma: GRID, bandShape } };
  return { model, images, bitsPerDim: bits / (count * SAMPLES) };
}

/** Standard deviations that fall with frequency and from luminance to colours, as in photographs: 3 down to 0.02. */
export function photographicDeviations(): Float64Array {
  return Float64Array.from({ length: 192 }, (_, i) => {
    const frequency = ((i >> 3) & 7) + (i & 7);
    return ((i < 64 ? 3 : 0.5) * 0.7 ** frequency) / (1 + frequency) + 0.02;
  });
}
