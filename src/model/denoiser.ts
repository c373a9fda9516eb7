/** Number and size in pixels of the images in a batch. Batches are stored in NHWC order with 3 channels. */
export interface BatchShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The distribution of the clean image x given y = x + sigma n, as a {@link Denoiser} predicts it. Both arrays are NHWC,
 * like y.
 */
export interface Posterior {
  /** Posterior mean D = E[x | y], in units of x. Images lie in [-1, 1]; D is not clamped. */
  readonly mean: Float32Array;
  /** Natural logarithm of the posterior variance of each sample of x; null if the model does not predict variances. */
  readonly logVariance: Float32Array | null;
}

/** Options of {@link Denoiser.denoise}. */
export interface DenoiseOptions {
  /**
   * True (default): on a portable backend the result is the same to the bit on every machine. False: it may differ in the
   * last bits, where that is faster.
   */
  readonly exact?: boolean;
}

/**
 * A diffusion model in the form that the codec uses: variance-exploding, y = x + sigma n with n ~ N(0, I) (Karras et
 * al. 2022). Models trained in another form are wrapped; see epsilon-denoiser.ts.
 */
export interface Denoiser {
  /** Height and width of y must be multiples of this. */
  readonly sizeMultiple: number;
  /**
   * Side in pixels of the square windows that the network was trained on, a multiple of 8 and of `sizeMultiple`;
   * undefined if the network takes any size.
   */
  readonly windowSize?: number;
  /** True: `denoise` computes in fused arithmetic if it need not be exact. */
  readonly fused?: boolean;
  /**
   * Predicts the clean images.
   *
   * @param y - noisy images, NHWC, length batch * height * width * 3
   * @param shape - number and size of the images
   * @param sigma - standard deviation of the noise, > 0, the same for the whole batch
   * @throws RangeError if an argument is out of range or the length of `y` does not match `shape`
   */
  denoise(y: Float32Array, shape: BatchShape, sigma: number, options?: DenoiseOptions): Promise<Posterior>;
  /** Frees the weights; the denoiser cannot be used afterwards. */
  dispose(): void;
}

/**
 * How far off the model's predicted variances are, measured on images: the variance of the whitened residuals x - D
 * relative to the mean of exp(logVariance) over the 8x8 block, for several noise levels, each colour and each DCT band.
 */
export interface Calibration {
  /** S noise levels, ascending. */
  readonly sigma: Float32Array;
  /** Relative variances, shape (S, 3, 8, 8): noise level, colour, u (vertical frequency), v (horizontal frequency). */
  readonly bandShape: Float32Array;
}

/** A diffusion model that can code images: a denoiser, its measured variances and an id. */
export interface Model {
  /** First 8 bytes of the SHA-256 of the weights file, in lower-case hexadecimal. */
  readonly id: string;
  readonly denoiser: Denoiser;
  readonly calibration: Calibration;
}
