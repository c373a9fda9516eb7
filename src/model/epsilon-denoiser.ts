/**
 * Converts between the two forms of a diffusion model. A DDPM network predicts the noise in x_t (variance-preserving
 * form, time t); the codec needs the mean of x given y = x + sigma n (variance-exploding form). y = x_t / sqrt(abar), D
 * = y - sigma * eps.
 */
import type { BatchShape, Denoiser } from './denoiser.ts';
import { type NoiseSchedule, sigmaOf, timestepOf } from './schedule/noise-schedule.ts';

/** A network that predicts epsilon from x_t and t (Ho et al. 2020, eq. 11). */
export interface EpsilonModel {
  /** The forward process that the network was trained on. */
  readonly schedule: NoiseSchedule;
  /**
   * Predicts the noise.
   *
   * @param x - x_t, NHWC, 3 channels, length batch * height * width * 3
   * @param shape - number and size of the images
   * @param t - time 1..T as in the paper, the same for the whole batch; may be fractional. An implementation whose time
   *   embedding counts from 0 (as those of the paper and of diffusers do) subtracts 1
   * @returns the predicted noise, in the layout of `x`
   * @throws RangeError if an argument is out of range or the length of `x` does not match `shape`
   */
  predict(x: Float32Array, shape: BatchShape, t: number): Promise<Float32Array>;
  /** Frees the weights. */
  dispose(): void;
}

/** A denoiser made from an epsilon model, with access to that model. */
export interface EpsilonDenoiser extends Denoiser {
  readonly epsilonModel: EpsilonModel;
}

/** True if a denoiser was made from an epsilon model, and so has a noise schedule of its own. */
export function isEpsilonDenoiser(denoiser: Denoiser): denoiser is EpsilonDenoiser {
  return 'epsilonModel' in denoiser;
}

/**
 * Wraps an epsilon model as a denoiser; it predicts no variances. Images larger than the model's window are cut into
 * windows that are denoised independently, as a batch.
 *
 * @param epsilonModel - disposed with the denoiser
 * @param options - `windowSize`: side in pixels of the images that the network takes; becomes `sizeMultiple`
 */
export function denoiserOf(epsilonModel: EpsilonModel, options: { readonly windowSize: number }): EpsilonDenoiser {
  const { windowSize } = options;
  return {
    epsilonModel,
    sizeMultiple: windowSize,
    async denoise(y, shape, sigma) {
      checkWindows(y, shape, windowSize);
      const windows = { batch: y.length / (3 * windowSize * windowSize), height: windowSize, width: windowSize };
      const scale = 1 / Math.sqrt(1 + sigma * sigma); // sqrt(abar), even where the time below is clamped
      const input = moveWindows(y, shape, windowSize, 'cut').map((value) => value * scale);
      const epsilon = await epsilonModel.predict(input, windows, timestepOf(epsilonModel.schedule, sigma));
      const noise = moveWindows(epsilon, shape, windowSize, 'join');
      return { mean: y.map((value, i) => value - sigma * noise[i]), logVariance: null };
    },
    dispose: () => epsilonModel.dispose(),
  };
}

/**
 * Wraps a denoiser as an epsilon model, so that any model can be sampled and analysed as a DDPM.
 *
 * @param denoiser - disposed with the epsilon model
 * @param schedule - the forward process that defines the times t
 */
export function epsilonOf(denoiser: Denoiser, schedule: NoiseSchedule): EpsilonModel {
  return {
    schedule,
    async predict(x, shape, t) {
      const sigma = sigmaOf(schedule, t);
      const scale = Math.sqrt(1 + sigma * sigma); // 1 / sqrt(abar)
      const y = x.map((value) => value * scale);
      const { mean } = await denoiser.denoise(y, shape, sigma);
      return y.map((value, i) => (value - mean[i]) / sigma);
    },
    dispose: () => denoiser.dispose(),
  };
}

function checkWindows(y: Float32Array, { batch, height, width }: BatchShape, windowSize: number): void {
  if (height % windowSize !== 0 || width % windowSize !== 0 || height < 1 || width < 1) {
    throw new RangeError(`"shape" expected multiples of ${windowSize}, got ${height} x ${width}`);
  }
  if (y.length !== batch * height * width * 3 || y.length === 0) {
    throw new RangeError(`"y" expected ${batch * height * width * 3} samples, got ${y.length}`);
  }
}

/**
 * Cuts a batch of images into a batch of square windows (image by image, row by row), or joins such windows to images.
 * Returns a new array.
 */
function moveWindows(from: Float32Array, shape: BatchShape, side: number, way: 'cut' | 'join'): Float32Array {
  const { height, width } = shape;
  const to = new Float32Array(from.length);
  const row = side * 3;
  let inWindows = 0;
  for (let image = 0; image < shape.batch; image++) {
    for (let top = 0; top < height; top += side) {
      for (let left = 0; left < width; left += side) {
        for (let y = top; y < top + side; y++, inWindows += row) {
          const inImage = ((image * height + y) * width + left) * 3;
          const [source, target] = way === 'cut' ? [inImage, inWindows] : [inWindows, inImage];
          to.set(from.subarray(source, source + row), target);
        }
      }
    }
  }
  return to;
}
