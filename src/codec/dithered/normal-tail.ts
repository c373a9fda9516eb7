/** Upper tail of the standard normal distribution, the same bits on every engine. docs/format.md, "Dithered code". */
import { exp } from '../math/portable-math.ts';

/** Table entries per unit of x. */
const PER_UNIT = 64;
/** End of the table. From 7.2 on the tail is less than half a unit of the table's last place. */
const END = 8;
/** Entries are multiples of 2^-40. */
const RESOLUTION = 2 ** 40;
const INVERSE_SQRT_2_PI = 0.3989422804014327;

/** 1 - Phi(x) for 0 <= x <= 8: Phi(x) - 1/2 = phi(x) (x + x^3 / 3 + x^5 / (3 5) + ...), Abramowitz & Stegun 26.2.11. */
function upperTail(x: number): number {
  let sum = 0;
  for (let term = x, i = 3; term > 1e-18 * sum; i += 2) {
    sum += term;
    term *= (x * x) / i;
  }
  return 0.5 - INVERSE_SQRT_2_PI * exp(-0.5 * x * x) * sum;
}

/** floor(2^40 (1 - Phi(j / 64)) + 1/2) / 2^40, j = 0 .. 512. */
export const NORMAL_TAILS: Float64Array = Float64Array.from(
  { length: END * PER_UNIT + 1 },
  (_, j) => Math.floor(upperTail(j / PER_UNIT) * RESOLUTION + 0.5) / RESOLUTION,
);

/**
 * 1 - Phi(x), linear between the table's entries (7e-6 at most from the true value).
 *
 * @param x - at least 0; the result is 0 from 8 on, and for NaN
 */
export function normalTail(x: number): number {
  const at = x * PER_UNIT;
  if (!(at < END * PER_UNIT)) return 0;
  const j = Math.floor(at);
  return NORMAL_TAILS[j] + (at - j) * (NORMAL_TAILS[j + 1] - NORMAL_TAILS[j]);
}
