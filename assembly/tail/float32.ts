/**
 * The tail's functions of float32 numbers, four at a time: exp, log and the logistic function by polynomials of fixed
 * operations, so that every machine gets the same bits. docs/format.md, "Tail arithmetic". The reference is
 * src/codec/tail/reference.
 */

/** log2 of e. */
export const LOG2_E: f32 = <f32>Math.LOG2E;

/** Limits x to `low`..`high`. */
export function clamp4(x: v128, low: f32, high: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(low)), f32x4.splat(high));
}

/** Limits x to `low`..`high`. */
export function clamp(x: f32, low: f32, high: f32): f32 {
  const raised = x < low ? low : x;
  return raised > high ? high : raised;
}

function step(p: v128, r: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(p, r), f32x4.splat(coefficient));
}

/** e^x of four numbers, each limited to -80..80. */
export function exp4(value: v128): v128 {
  return expWithin(clamp4(value, -80, 80));
}

/** e^x of four numbers that lie within -80..80 (polynomial of Cephes expf). */
export function expWithin(x: v128): v128 {
  const n = f32x4.floor(f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(0.5)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-0.00021219444)));
  let p = f32x4.splat(1.98756915e-4);
  p = step(p, r, 1.3981999507e-3);
  p = step(p, r, 8.3334519073e-3);
  p = step(p, r, 4.1665795894e-2);
  p = step(p, r, 1.6666665459e-1);
  p = step(p, r, 5.0000001201e-1);
  p = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r);
  p = f32x4.add(p, f32x4.splat(1));
  // The low bits of 2^23 + 127 + n are those of 127 + n, the biased exponent of 2^n.
  return f32x4.mul(p, i32x4.shl(f32x4.add(n, f32x4.splat(8388735)), 23));
}

/** e^x. */
export function exp(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** Natural logarithms of four numbers, normal and above 0. */
export function log4(x: v128): v128 {
  const exponent = i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(127));
  const mantissa = v128.or(v128.and(x, i32x4.splat(0x7fffff)), i32x4.splat(0x3f800000));
  const large = f32x4.gt(mantissa, f32x4.splat(1.41421354));
  const m = v128.bitselect(f32x4.mul(mantissa, f32x4.splat(0.5)), mantissa, large);
  // The mask is -1 where the exponent increases by 1.
  const e = i32x4.sub(exponent, large);
  const z = f32x4.div(f32x4.sub(m, f32x4.splat(1)), f32x4.add(m, f32x4.splat(1)));
  const q = f32x4.mul(z, z);
  let p = f32x4.splat(0.222222222);
  p = step(p, q, 0.285714286);
  p = step(p, q, 0.4);
  p = step(p, q, 0.666666667);
  p = step(p, q, 2);
  return f32x4.add(f32x4.mul(p, z), f32x4.mul(f32x4.convert_i32x4_s(e), f32x4.splat(0.693147182)));
}

/** 1 / (1 + e^-z) of four numbers. */
export function squash4(z: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(z))));
}

/** Sum of the four lanes in the order of the format. */
export function sumLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** Dot product of two vectors of `blocks` blocks of four. */
export function dot(a: usize, b: usize, blocks: i32): f32 {
  let sum = f32x4.splat(0);
  const end = (<usize>blocks) << 4;
  for (let i: usize = 0; i < end; i += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(a + i), v128.load(b + i)));
  return sumLanes(sum);
}
