/**
 * Products that are added to a sum, in the two arithmetics of the network. Exact: product and sum are rounded one after the other, which is the same on
 * every machine. Fused (relaxed SIMD): rounded once where the processor has a fused multiply-add, which is up to twice as fast; the last
 * bits depend on the machine. scripts/build-embedded.js builds a module of each from the same source.
 */

/** sum + x * y. */
export function addProduct(sum: v128, x: v128, y: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, sum);
  return f32x4.add(sum, f32x4.mul(x, y));
}

/** sum - x * y. */
export function subtractProduct(sum: v128, x: v128, y: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(x, y, sum);
  return f32x4.sub(sum, f32x4.mul(x, y));
}
