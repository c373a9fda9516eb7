/**
 * Resizing by a cubic kernel that is widened where a picture gets smaller, so that nothing folds over (antialiasing), in
 * floating point and without rounding: what Parmar, Zhang & Zhu (2022), *On Aliased Resizing and Surprising Subtleties in
 * GAN Evaluation*, recommend before features are taken, and what clean-fid does by Pillow's BICUBIC on pictures of mode F.
 */
import type { RawImage } from './raw-image.ts';

/** Half the width of the kernel in pixels of the result, or of the source where a picture gets larger. */
const SUPPORT = 2;
/** Keys (1981), the value for which the kernel reproduces parabolas. */
const A = -0.5;

/** Source samples that each sample of a resized line takes: `count` of them from `first` on, with weights of sum 1. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Resizes the colours of a picture. Samples beyond 0..255, which the kernel makes at edges, are kept.
 *
 * @param image - grey becomes three equal channels; alpha is left out
 * @param size - in pixels, at least 1 x 1
 * @returns interleaved RGB, rows from top to bottom, size.width * size.height * 3 samples
 */
export function cubicResize(image: RawImage, size: { readonly width: number; readonly height: number }): Float32Array {
  const { width, height } = size;
  if (width === image.width && height === image.height) return coloursOf(image);
  const columns = tapsOf(image.width, width);
  const rows = tapsOf(image.height, height);
  const source = coloursOf(image);
  const narrow = new Float32Array(image.height * width * 3);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, weights } = columns[x];
      const from = (y * image.width + first) * 3;
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += weights[i] * source[from + i * 3 + c];
        narrow[(y * width + x) * 3 + c] = sum;
      }
    }
  }
  const out = new Float32Array(height * width * 3);
  const line = new Float64Array(width * 3);
  for (let y = 0; y < height; y++) {
    const { first, weights } = rows[y];
    line.fill(0);
    for (let i = 0; i < weights.length; i++) {
      const from = (first + i) * line.length;
      for (let x = 0; x < line.length; x++) line[x] += weights[i] * narrow[from + x];
    }
    out.set(line, y * line.length);
  }
  return out;
}

function coloursOf({ data, width, height, channels }: RawImage): Float32Array {
  const colours = new Float32Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) colours[pixel * 3 + c] = data[pixel * channels + (channels >= 3 ? c : 0)];
  }
  return colours;
}

/** The taps of each sample of a line; what the kernel has beyond the ends is left out. */
function tapsOf(from: number, to: number): Taps[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - SUPPORT * stretch + 0.5), 0);
    const end = Math.min(Math.trunc(centre + SUPPORT * stretch + 0.5), from);
    const weights = Float64Array.from({ length: end - first }, (_, j) => kernel((first + j + 0.5 - centre) / stretch));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** Keys' cubic convolution kernel. */
function kernel(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
}
