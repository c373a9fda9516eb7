/**
 * The logistic function and its inverse, computed from tables so that every machine gets the same.
 * docs/format.md, "Tail".
 */
import { exp, log } from '../math/portable-math.ts';

/** The table of {@link fall} has 32 entries a unit, and ends at 32, where the function is below 2e-14. */
const STEPS_PER_UNIT = 32;
const LARGEST = 32;
const FALL: Float64Array = Float64Array.from({ length: LARGEST * STEPS_PER_UNIT + 2 }, (_, i) =>
  i < LARGEST * STEPS_PER_UNIT ? 1 / (1 + exp(i / STEPS_PER_UNIT)) : 0,
);

/** 1 / (1 + e^z) for z >= 0, interpolated linearly in a table: relative error below 2e-4, also where it is tiny. */
export function fall(z: number): number {
  if (z >= LARGEST) return 0;
  const at = z * STEPS_PER_UNIT;
  const i = Math.floor(at);
  return FALL[i] + (at - i) * (FALL[i + 1] - FALL[i]);
}

/** 1 / (1 + e^-z). */
export function squash(z: number): number {
  return z >= 0 ? 1 - fall(z) : fall(-z);
}

/** Probabilities are kept within 8..65528 of 65536. */
const LEAST = 8;
/** The probability 1 as an integer. */
export const ONE = 65536;

/** A probability as an integer in 1/65536, 8..65528. */
export function integerProbability(p: number): number {
  return Math.min(Math.max(Math.floor(p * ONE + 0.5), LEAST), ONE - LEAST);
}

/** ln(p / (1 - p)) for p = i / 4096, with p limited to the range of probabilities. */
const STRETCH: Float64Array = Float64Array.from({ length: 4097 }, (_, i) => {
  const p = Math.min(Math.max(i / 4096, LEAST / ONE), 1 - LEAST / ONE);
  return log(p) - log(1 - p);
});

/** ln(p / (1 - p)) of an integer probability in 1/65536, interpolated linearly in a table. */
export function stretch(probability: number): number {
  const i = probability >> 4;
  return STRETCH[i] + (probability & 15) * 0.0625 * (STRETCH[i + 1] - STRETCH[i]);
}
