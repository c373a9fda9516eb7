/** Size of a batch of images, NHWC with 3 channels. */
export interface BatchShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
}

/** What a {@link Denoiser} says of the clean image x, given y = x + sigma n. Both arrays are NHWC, as y is. */
export interface Posterior {
  /** Posterior mean D = E[x | y], in units of x (the image is in [-1, 1]; D is not clamped). */
  readonly mean: Float32Array;
  /** Natural logarithm of the posterior variance of each sample of x; null if the model predicts none. */
  readonly logVariance: Float32Array | null;
}

/**
 * A diffusion model as the codec sees it: variance-exploding form, y = x + sigma n with n ~ N(0, I) (Karras et al. 2022).
 * Models trained otherwise convert at their own door.
 */
export interface Denoiser {
  /** Height and width of y must be multiples of this. */
  readonly sizeMultiple: number;
  /**
   * Side in pixels of the square windows that the network was trained on, a multiple of 8 and of `sizeMultiple`; undefined: it
   * takes any size.
   */
  readonly windowSize?: number;
  /**
   * @param y - noisy images, NHWC, 3 channels, length batch * height * width * 3
   * @param shape - their size
   * @param sigma - standard deviation of the noise, > 0, the same for the whole batch
   * @throws RangeError if the length or the size does not fit
   */
  denoise(y: Float32Array, shape: BatchShape, sigma: number): Promise<Posterior>;
  /** Frees the memory of the weights; the denoiser cannot be used afterwards. */
  dispose(): void;
}

/**
 * Variance of whitened posterior residuals relative to the block mean of exp(logVariance), measured on images: on a grid of
 * noise levels, for each colour and each DCT band.
 */
export interface Calibration {
  /** Ascending noise levels, length S. */
  readonly sigma: Float32Array;
  /** Shape (S, 3, 8, 8): colour, u (vertical frequency), v (horizontal frequency). */
  readonly bandShape: Float32Array;
}

/** A diffusion model with all that the codec needs. */
export interface Model {
  /** First 8 bytes of the SHA-256 of the weights file, in lower-case hexadecimal. */
  readonly id: string;
  readonly denoiser: Denoiser;
  readonly calibration: Calibration;
}
