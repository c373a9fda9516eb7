/** Structural similarity at one scale (SSIM) and at five (MS-SSIM). */

import type { RawImage } from './raw-image.ts';

/** Structural similarity of two pictures; null for pictures that are too small, or of which nothing is visible. */
export interface Similarity {
  /** Mean SSIM, -1..1, 1 for equal pictures; null if a side is below 11 pixels. */
  readonly ssim: number | null;
  /**
   * Multi-scale SSIM, the mean over the channels, 0..1, 1 for equal pictures; null if a side is below 176 pixels (11 at
   * the coarsest of 5 scales).
   */
  readonly msSsim: number | null;
  /** Multi-scale SSIM of luma, 0..1, 1 for equal pictures; null as `msSsim`. */
  readonly msSsimLuma: number | null;
}

/** One channel, samples 0..255. */
interface Plane {
  readonly data: Float64Array;
  readonly width: number;
  readonly height: number;
}

/** Means over a plane of the two factors of SSIM. */
interface Factors {
  /** Luminance times contrast-structure: the SSIM itself. */
  readonly ssim: number;
  /** Contrast and structure alone (Wang et al. 2003, eq. 7's c times s). */
  readonly contrastStructure: number;
}

/** Gaussian window of Wang et al. 2004, section III-B: 11 taps, standard deviation 1.5, sum 1. */
const TAPS = 11;
const WINDOW: Float64Array = gaussianWindow(TAPS, 1.5);
/** C1 = (K1 L)^2 and C2 = (K2 L)^2 with K1 = 0.01, K2 = 0.03 and L = 255 (Wang et al. 2004, eq. 7 and 12). */
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;
/** Exponents of the five scales, the finest first (Wang et al. 2003, section 3.2). */
const SCALE_WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
/** Luma of BT.601, Y' = 0.299 R' + 0.587 G' + 0.114 B', as JPEG and the authors of SSIM (MATLAB's `rgb2gray`) have it. */
const LUMA = [0.299, 0.587, 0.114];
const SMALLEST_FOR_SCALES = TAPS * 2 ** (SCALE_WEIGHTS.length - 1);

function gaussianWindow(taps: number, sigma: number): Float64Array {
  const window = Float64Array.from({ length: taps }, (_, i) =>
    Math.exp(-((i - (taps - 1) / 2) ** 2) / (2 * sigma ** 2)),
  );
  const sum = window.reduce((total, value) => total + value, 0);
  return window.map((value) => value / sum);
}

/** Filters a plane with the window, at every position where the whole window fits: (width - 10) x (height - 10). */
function filtered({ data, width, height }: Plane): Float64Array {
  const across = width - TAPS + 1;
  const down = height - TAPS + 1;
  const rows = new Float64Array(across * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < across; x++) {
      let sum = 0;
      for (let t = 0; t < TAPS; t++) sum += WINDOW[t] * data[y * width + x + t];
      rows[y * across + x] = sum;
    }
  }
  const out = new Float64Array(across * down);
  for (let y = 0; y < down; y++) {
    for (let t = 0; t < TAPS; t++) {
      const weight = WINDOW[t];
      const from = (y + t) * across;
      for (let x = 0; x < across; x++) out[y * across + x] += weight * rows[from + x];
    }
  }
  return out;
}

/**
 * Means of SSIM and of its contrast-structure factor over a plane: Wang et al. 2004, eq. 13 to 17.
 *
 * @param seen - above 0 at the pixels whose windows count; undefined: all
 * @returns NaN if no window counts
 */
function factors(a: Plane, b: Plane, seen: Plane | undefined): Factors {
  const { width, height } = a;
  const product = a.data.map((value, i) => value * b.data[i]);
  const squares = a.data.map((value, i) => value * value + b.data[i] * b.data[i]);
  const meanA = filtered(a);
  const meanB = filtered(b);
  const meanProduct = filtered({ data: product, width, height });
  const meanSquares = filtered({ data: squares, width, height });
  const across = width - TAPS + 1;
  const centre = (TAPS - 1) / 2;
  let ssim = 0;
  let contrastStructure = 0;
  let count = 0;
  for (let i = 0; i < meanA.length; i++) {
    if (seen && !(seen.data[(Math.floor(i / across) + centre) * width + (i % across) + centre] > 0)) continue;
    count++;
    const means = meanA[i] * meanB[i];
    const squaredMeans = meanA[i] * meanA[i] + meanB[i] * meanB[i];
    const structure = (2 * (meanProduct[i] - means) + C2) / (meanSquares[i] - squaredMeans + C2);
    contrastStructure += structure;
    ssim += (structure * (2 * means + C1)) / (squaredMeans + C1);
  }
  return { ssim: ssim / count, contrastStructure: contrastStructure / count };
}

/**
 * Means of 2 x 2 samples. As in the authors' `imfilter(..., 'symmetric')`, the last row or column of an odd side counts
 * twice.
 */
function halved({ data, width, height }: Plane): Plane {
  const across = Math.ceil(width / 2);
  const down = Math.ceil(height / 2);
  const out = new Float64Array(across * down);
  for (let y = 0; y < down; y++) {
    const top = 2 * y * width;
    const bottom = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < across; x++) {
      const left = 2 * x;
      const right = Math.min(left + 1, width - 1);
      out[y * across + x] = (data[top + left] + data[top + right] + data[bottom + left] + data[bottom + right]) / 4;
    }
  }
  return { data: out, width: across, height: down };
}

/**
 * The product over the scales (Wang et al. 2003, eq. 7); a negative mean counts as 0, for which the power is defined.
 */
function multiScale(a: Plane, b: Plane, seen: Plane | undefined, finest: Factors): number {
  let product = Math.max(finest.contrastStructure, 0) ** SCALE_WEIGHTS[0];
  let [x, y, mask] = [a, b, seen];
  for (let scale = 1; scale < SCALE_WEIGHTS.length; scale++) {
    [x, y, mask] = [halved(x), halved(y), mask && halved(mask)];
    const { ssim, contrastStructure } = factors(x, y, mask);
    const isLast = scale === SCALE_WEIGHTS.length - 1;
    product *= Math.max(isLast ? ssim : contrastStructure, 0) ** SCALE_WEIGHTS[scale];
  }
  return product;
}

function planeOf({ data, width, height, channels }: RawImage, channel: number): Plane {
  return {
    data: Float64Array.from({ length: width * height }, (_, i) => data[i * channels + channel]),
    width,
    height,
  };
}

/** Luma, not rounded; of grey, the samples themselves. */
function lumaOf(image: RawImage): Plane {
  const { data, width, height, channels } = image;
  if (channels < 3) return planeOf(image, 0);
  const luma = Float64Array.from({ length: width * height }, (_, i) => {
    const at = i * channels;
    return LUMA[0] * data[at] + LUMA[1] * data[at + 1] + LUMA[2] * data[at + 2];
  });
  return { data: luma, width, height };
}

/**
 * Checks that two pictures have the same shape, and as many samples as it says.
 *
 * @throws RangeError if not
 */
export function assertSameShape(a: RawImage, b: RawImage): void {
  const shape = ({ width, height, channels }: RawImage): string => `${width} x ${height} x ${channels}`;
  if (shape(a) !== shape(b)) throw new RangeError(`"b" expected ${shape(a)} samples as "a", got ${shape(b)}`);
  const samples = a.width * a.height * a.channels;
  for (const [name, { data }] of Object.entries({ a, b })) {
    if (data.length === samples && samples > 0) continue;
    throw new RangeError(`"${name}" expected ${shape(a)} = ${samples} samples, at least one, got ${data.length}`);
  }
}

/**
 * Structural similarity of two pictures of 8 bits a sample: SSIM of Wang, Bovik, Sheikh & Simoncelli (2004) with the
 * Gaussian window of 11 x 11 samples and sigma 1.5, K1 = 0.01, K2 = 0.03 and without downsampling, and MS-SSIM of Wang,
 * Simoncelli & Bovik (2003) with five scales. Each is the mean over the channels (for RGB: what CompressAI calls
 * ms-ssim-rgb); MS-SSIM is also computed of luma, as its authors did. An RGB picture of 768 x 512 takes about 0.25 s.
 *
 * @param seen - one byte a pixel: only windows around pixels where it is not 0 count; default: all
 * @throws RangeError if the pictures differ in width, height or channels, or have another number of samples than their
 *   size
 */
export function structuralSimilarity(a: RawImage, b: RawImage, seen?: Uint8Array): Similarity {
  assertSameShape(a, b);
  const { width, height, channels } = a;
  const shortest = Math.min(width, height);
  if (shortest < TAPS) return { ssim: null, msSsim: null, msSsimLuma: null };
  const mask = seen && planeOf({ data: seen, width, height, channels: 1 }, 0);
  const hasScales = shortest >= SMALLEST_FOR_SCALES;
  let ssim = 0;
  let msSsim = 0;
  for (let channel = 0; channel < channels; channel++) {
    const x = planeOf(a, channel);
    const y = planeOf(b, channel);
    const finest = factors(x, y, mask);
    ssim += finest.ssim / channels;
    if (hasScales) msSsim += multiScale(x, y, mask, finest) / channels;
  }
  const known = (mean: number): number | null => (Number.isNaN(mean) ? null : mean);
  if (!hasScales) return { ssim: known(ssim), msSsim: null, msSsimLuma: null };
  return { ssim: known(ssim), msSsim: known(msSsim), msSsimLuma: known(channels === 1 ? msSsim : ofLuma(a, b, mask)) };
}

function ofLuma(a: RawImage, b: RawImage, mask: Plane | undefined): number {
  const [x, y] = [lumaOf(a), lumaOf(b)];
  return multiScale(x, y, mask, factors(x, y, mask));
}
