/**
 * Functions in IEEE 754 binary32: every operation is rounded, so that a kernel with 32-bit floats gets the same bits.
 * Arguments and results are binary32. docs/format.md, "Tail arithmetic".
 */

/** Rounds to binary32. */
export const f32: (x: number) => number = Math.fround;

const FLOAT = new Float32Array(1);
const BITS = new Int32Array(FLOAT.buffer);

/** log2 of e. */
export const LOG2_E: number = f32(Math.LOG2E);
/** ln 2 in two parts, of which the first has 9 bits, so that its products with small integers are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = f32(-0.00021219444);
/** Coefficients of (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2 (Moshier, Cephes, expf), the highest power first. */
const EXP_TERMS: Float32Array = Float32Array.of(
  1.98756915e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
);
const MOST_EXPONENT = 80;

/** e^x for x limited to -80..80. */
export function exp32(x: number): number {
  const limited = Math.min(Math.max(x, -MOST_EXPONENT), MOST_EXPONENT);
  const n = Math.floor(f32(f32(limited * LOG2_E) + 0.5));
  const r = f32(f32(limited - f32(n * LN2_HIGH)) - f32(n * LN2_LOW));
  let p = EXP_TERMS[0];
  for (let i = 1; i < EXP_TERMS.length; i++) p = f32(f32(p * r) + EXP_TERMS[i]);
  p = f32(f32(f32(p * f32(r * r)) + r) + 1);
  BITS[0] = (n + 127) << 23;
  return f32(p * FLOAT[0]);
}

const SQRT2 = f32(1.41421354);
const LN2 = f32(0.693147182);
/** 2 / 9, 2 / 7 .. 2: the series of ln((1 + z) / (1 - z)) in odd powers of z, the highest first. */
const LOG_TERMS: Float32Array = Float32Array.of(0.222222222, 0.285714286, 0.4, 0.666666667, 2);

/** ln x of a normal x > 0. */
export function log32(x: number): number {
  FLOAT[0] = x;
  let exponent = (BITS[0] >> 23) - 127;
  BITS[0] = (BITS[0] & 0x7fffff) | 0x3f800000;
  let m = FLOAT[0];
  if (m > SQRT2) {
    m *= 0.5;
    exponent++;
  }
  const z = f32(f32(m - 1) / f32(m + 1));
  const q = f32(z * z);
  let p = LOG_TERMS[0];
  for (let i = 1; i < LOG_TERMS.length; i++) p = f32(f32(p * q) + LOG_TERMS[i]);
  return f32(f32(p * z) + f32(exponent * LN2));
}

/** 1 / (1 + e^-z). */
export function squash32(z: number): number {
  return f32(1 / f32(1 + exp32(-z)));
}

const SQUEEZE = 0.015625;

/** Maps a ratio smoothly to -8..8. */
export function squeeze32(ratio: number): number {
  return f32(ratio / f32(Math.sqrt(f32(1 + f32(f32(ratio * ratio) * SQUEEZE)))));
}

/**
 * Sum of products as a kernel with four lanes computes it: lane l adds the entries l, l + 4, l + 8 .. in their order.
 *
 * @param a - from entry `at` on
 * @param from - first entry, a multiple of 4
 * @param to - end, a multiple of 4
 */
export function dot32(a: Float32Array, at: number, b: Float32Array, from: number, to: number): number {
  let lane0 = 0;
  let lane1 = 0;
  let lane2 = 0;
  let lane3 = 0;
  for (let i = from; i < to; i += 4) {
    lane0 = f32(lane0 + f32(a[at + i] * b[i]));
    lane1 = f32(lane1 + f32(a[at + i + 1] * b[i + 1]));
    lane2 = f32(lane2 + f32(a[at + i + 2] * b[i + 2]));
    lane3 = f32(lane3 + f32(a[at + i + 3] * b[i + 3]));
  }
  return f32(f32(lane0 + lane1) + f32(lane2 + lane3));
}

/** Smallest multiple of 4 that is not below n. */
export function wholeBlocks(n: number): number {
  return Math.ceil(n / 4) * 4;
}
