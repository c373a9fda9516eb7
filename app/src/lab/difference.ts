/** How two pictures differ, on the side of the workers. */

/** How a picture differs from the original. */
export interface Difference {
  /** In dB over the colours of the pixels that can be seen in the original; Infinity if none of them differs. */
  readonly psnr: number;
  /** True if all samples are equal, those of hidden pixels and of alpha too. */
  readonly identical: boolean;
}

/** Compares RGBA pixels of one size with those of the original. */
export function differenceOf(original: Uint8ClampedArray, other: Uint8ClampedArray): Difference {
  let sum = 0;
  let count = 0;
  let identical = true;
  for (let i = 0; i < original.length; i += 4) {
    const red = original[i] - other[i];
    const green = original[i + 1] - other[i + 1];
    const blue = original[i + 2] - other[i + 2];
    const squares = red * red + green * green + blue * blue;
    if (squares !== 0 || original[i + 3] !== other[i + 3]) identical = false;
    if (original[i + 3] === 0) continue;
    sum += squares;
    count += 3;
  }
  const psnr = sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 ** 2 * count) / sum);
  return { psnr, identical };
}
