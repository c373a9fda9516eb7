/**
 * Elementary functions made of IEEE operations (+ - * / and square root) only, so that every JavaScript engine computes
 * the same bits; Math.exp may differ in the last bit. Needed wherever a tail or a dithered layer depends on the result:
 * docs/design/codec.md, section 6. The operations in order: docs/format.md, "Elementary functions".
 */

/** ln 2 split so that n * LN2_HIGH is exact for |n| < 2^20 (fdlibm, e_exp.c). */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const INVERSE_LN2 = Math.LOG2E;

const powersOfTwo = new Float64Array(2048);
for (let e = -1022, value = 2.2250738585072014e-308; e <= 1023; e++, value *= 2) powersOfTwo[e + 1023] = value;

/** 2^e, exact, for an integer -1022 <= e <= 1023. */
export function powerOfTwo(e: number): number {
  return powersOfTwo[e + 1023];
}

/**
 * e^x to about 1e-15 relative.
 *
 * @param x - clamped to [-700, 700]; NaN gives NaN
 */
export function exp(x: number): number {
  const clamped = Math.min(Math.max(x, -700), 700);
  if (!(clamped >= -700)) return Number.NaN;
  const n = Math.floor(clamped * INVERSE_LN2 + 0.5);
  const r = clamped - n * LN2_HIGH - n * LN2_LOW;
  // Taylor series on |r| <= 0.347: the 13th term is below 2e-17. Written out: half of the time of a loop.
  let sum = 1 / 6227020800;
  sum = sum * r + 1 / 479001600;
  sum = sum * r + 1 / 39916800;
  sum = sum * r + 1 / 3628800;
  sum = sum * r + 1 / 362880;
  sum = sum * r + 1 / 40320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  sum = sum * r + 1 / 2;
  sum = sum * r + 1;
  return (sum * r + 1) * powerOfTwo(n);
}

const doubleBits = new DataView(new ArrayBuffer(8));

/**
 * Natural logarithm to about 1e-15 relative (away from 1), for a normal double x > 0.
 *
 * @param x - positive, normal and finite
 */
export function log(x: number): number {
  doubleBits.setFloat64(0, x);
  const high = doubleBits.getUint32(0);
  doubleBits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let mantissa = doubleBits.getFloat64(0);
  let e = (high >>> 20) - 1023;
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    e++;
  }
  // ln m = 2 atanh z, |z| <= 0.172: terms up to z^23 leave less than 1e-18.
  const z = (mantissa - 1) / (mantissa + 1);
  const z2 = z * z;
  let sum = 0;
  for (let i = 23; i >= 1; i -= 2) sum = sum * z2 + 1 / i;
  return e * LN2_HIGH + (2 * z * sum + e * LN2_LOW);
}

/**
 * 2^(index / 256), for an integer -250000 < index < 250000: exact powers of two times a chain of correctly rounded
 * square roots.
 */
export function exp2Fraction256(index: number): number {
  const whole = Math.floor(index / 256);
  let fraction = index - whole * 256;
  let value = 1;
  let root = 2;
  for (let bit = 128; bit >= 1; bit >>= 1) {
    root = Math.sqrt(root);
    if (fraction >= bit) {
      value *= root;
      fraction -= bit;
    }
  }
  return value * powerOfTwo(whole);
}
