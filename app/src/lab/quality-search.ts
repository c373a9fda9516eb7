/** Looks for the quality at which an encoder's file is as long as another one. */

/** A file at a quality. */
export interface Attempt<T> {
  readonly quality: number;
  readonly bytes: number;
  readonly file: T;
}

/** A file need not be nearer below the size than this share of it. */
const NEAR = 0.99;

/**
 * Finds the best file that is not longer than `target` bytes, by interpolation between qualities: file sizes are nearly
 * exponential in the quality.
 *
 * @param encode - makes the file of an integer quality 0..100; it is assumed to get longer with the quality
 * @returns the file; that of quality 0 if none is so short
 */
export async function searchQuality<T>(
  target: number,
  encode: (quality: number) => Promise<Attempt<T>>,
): Promise<Attempt<T>> {
  let fits: Attempt<T> | undefined;
  let over: Attempt<T> | undefined;
  let low = -1;
  let high = 101;
  while (high - low > 1 && !(fits && fits.bytes >= NEAR * target)) {
    const attempt = await encode(nextQuality(target, low, high, fits, over));
    if (attempt.bytes <= target) {
      fits = attempt;
      low = attempt.quality;
    } else {
      over = attempt;
      high = attempt.quality;
    }
  }
  if (fits) return fits;
  if (over?.quality === 0) return over;
  return encode(0);
}

function nextQuality<T>(
  target: number,
  low: number,
  high: number,
  fits: Attempt<T> | undefined,
  over: Attempt<T> | undefined,
): number {
  const middle = Math.floor((low + high) / 2);
  if (!fits || !over) return middle;
  const share = Math.log(target / fits.bytes) / Math.log(over.bytes / fits.bytes);
  const guess = Math.round(low + share * (high - low));
  return Math.min(high - 1, Math.max(low + 1, guess));
}
