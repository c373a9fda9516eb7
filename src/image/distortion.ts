/** Difference between two pictures. */
export interface Distortion {
  /** Mean of the squared differences, in squared grey levels: 0..65025. */
  readonly mse: number;
  /** Root of `mse`, in grey levels: 0..255. */
  readonly rmse: number;
  /** Peak signal-to-noise ratio in dB, 255 as peak: 10 log10(255^2 / mse); Infinity for equal pictures. */
  readonly psnr: number;
}

type Samples = Uint8Array | Uint8ClampedArray;

/**
 * Distortion between two pictures of 8 bits a sample. All samples count alike (for RGB: the mean over the three
 * channels).
 *
 * @param a - samples of one picture, at least one
 * @param b - samples of the other, in the same order
 * @throws TypeError if either is not an array of bytes; RangeError if they are empty or differ in length
 */
export function distortion(a: Samples, b: Samples): Distortion {
  assertSamples('a', a);
  assertSamples('b', b);
  if (a.length === 0) throw new RangeError('"a" expected at least one sample, got 0');
  if (a.length !== b.length) throw new RangeError(`"b" expected ${a.length} samples as in "a", got ${b.length}`);
  // An exact integer below 2^53 for any picture that fits in memory: 2^53 / 65025 > 10^11 samples.
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i] - b[i];
    sum += difference * difference;
  }
  return distortionOf(sum, a.length);
}

/**
 * The distortion of pictures of `samples` samples whose squared differences, in grey levels, add up to `squaredError`;
 * pictures without samples are equal.
 */
export function distortionOf(squaredError: number, samples: number): Distortion {
  const mse = squaredError / Math.max(samples, 1);
  return { mse, rmse: Math.sqrt(mse), psnr: mse === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(255 ** 2 / mse) };
}

function assertSamples(name: string, value: unknown): void {
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray) return;
  throw new TypeError(`"${name}" expected Uint8Array or Uint8ClampedArray, got ${typeof value}`);
}
