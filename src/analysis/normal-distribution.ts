/** The standard normal distribution: probabilities of intervals, and seeded samples. */
import seedrandom from 'seedrandom';

const SQRT_PI: number = Math.sqrt(Math.PI);
/** Below this argument the series of erf converges fast; above it, the continued fraction of erfc does. */
const SERIES_LIMIT = 2;
/** A term that is smaller than this part of the sum no longer changes a double. */
const NEGLIGIBLE = 1e-17;

/**
 * Scaled complementary error function exp(x^2) erfc(x), with a relative error of about 1e-14.
 *
 * @param x - > -26 (below, the result exceeds a double)
 */
export function scaledErfc(x: number): number {
  if (x < 0) return 2 * Math.exp(x * x) - scaledErfc(-x);
  return x < SERIES_LIMIT ? Math.exp(x * x) - scaledErf(x) : continuedFraction(x);
}

/** exp(x^2) erf(x) = 2 / sqrt(pi) sum 2^n x^(2n+1) / (2n+1)!!, all terms of one sign (Abramowitz & Stegun, 7.1.6). */
function scaledErf(x: number): number {
  let sum = x;
  for (let n = 1, term = x; Math.abs(term) > NEGLIGIBLE * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * sum;
}

/**
 * exp(x^2) erfc(x) sqrt(pi) = 1 / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...)))), from the inside (the same, 7.1.14).
 */
function continuedFraction(x: number): number {
  let value = x;
  for (let n = 60; n >= 1; n--) value = x + n / 2 / value;
  return 1 / (value * SQRT_PI);
}

/**
 * Natural logarithm of the probability that a standard normal variable lies between `from` and `to`. Accurate also in
 * the far tails, where the probability itself underflows to 0.
 *
 * @param from - may be -Infinity
 * @param to - > `from`, may be Infinity
 */
export function logIntervalProbability(from: number, to: number): number {
  if (to <= 0) return logIntervalProbability(-to, -from);
  if (from < 0) return Math.log1p(-(upperTail(-from) + upperTail(to)));
  // Both ends are above the mean: factor exp(-from^2 / 2) out of both tails.
  const ratio = to === Number.POSITIVE_INFINITY ? 0 : Math.exp(((from - to) * (from + to)) / 2);
  const beyond = ratio === 0 ? 0 : ratio * scaledErfc(to * Math.SQRT1_2);
  return Math.log((scaledErfc(from * Math.SQRT1_2) - beyond) / 2) - (from * from) / 2;
}

/** P(X > z), z >= 0. */
function upperTail(z: number): number {
  return z === Number.POSITIVE_INFINITY ? 0 : (Math.exp(-(z * z) / 2) * scaledErfc(z * Math.SQRT1_2)) / 2;
}

/**
 * Standard normal samples by the polar method (Marsaglia & Bray 1964). Uniform numbers come from sfc32 (Doty-Humphrey,
 * PractRand 0.94), which seedrandom seeds from the name; this is five times as fast as seedrandom itself and matters
 * for processes of 1000 steps.
 *
 * @param n - number of samples
 * @param name - seed; equal names give equal samples
 */
export function namedNormals(n: number, name: string): Float32Array {
  const random = smallFastCounting(name);
  const samples = new Float32Array(n);
  for (let i = 0; i < n; ) {
    const u = random();
    const v = random();
    const s = u * u + v * v;
    if (s === 0 || s >= 1) continue;
    const factor = Math.sqrt((-2 * Math.log(s)) / s);
    samples[i++] = u * factor;
    if (i < n) samples[i++] = v * factor;
  }
  return samples;
}

/** The generator sfc32: uniform numbers in [-1, 1), multiples of 2^-31. */
function smallFastCounting(name: string): () => number {
  const seed = seedrandom(name);
  let a = seed.int32();
  let b = seed.int32();
  let c = seed.int32();
  let counter = 1;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum * 2 ** -31;
  };
}
