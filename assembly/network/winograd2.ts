/** Winograd's minimal filtering F(2x2, 3x3): 2 x 2 outputs of a 3x3 filter from 4 x 4 inputs, with 16 products instead of 36. The points are 0, 1, -1 and infinity. */

/** B^T. */
// @ts-expect-error: decorator
@inline
function transformLine(from: usize, stride: usize, to: usize, outStride: usize): void {
  let at = from;
  const d0 = v128.load(at);
  const d1 = v128.load((at += stride));
  const d2 = v128.load((at += stride));
  const d3 = v128.load((at += stride));
  at = to;
  v128.store(at, f32x4.sub(d2, d0));
  v128.store((at += outStride), f32x4.add(d2, d1));
  v128.store((at += outStride), f32x4.sub(d2, d1));
  v128.store((at += outStride), f32x4.sub(d3, d1));
}

/** Transforms 4 channels of a tile; parameters as in winograd4.ts. */
export function transformInput(from: usize, pitch: usize, pixel: usize, to: usize, stride: usize, scratch: usize): void {
  let column = from;
  for (let i: usize = 0; i < 64; i += 16, column += pixel) transformLine(column, pitch, scratch + i, 64);
  let out = to;
  for (let i: usize = 0; i < 256; i += 64, out += 4 * stride) transformLine(scratch + i, 16, out, stride);
}

/** A^T. */
// @ts-expect-error: decorator
@inline
function restoreLine(from: usize, stride: usize, to: usize, outStride: usize): void {
  let at = from;
  const m0 = v128.load(at);
  const m1 = v128.load((at += stride));
  const m2 = v128.load((at += stride));
  const m3 = v128.load((at += stride));
  v128.store(to, f32x4.add(f32x4.add(m0, m1), m2));
  v128.store(to + outStride, f32x4.add(f32x4.sub(m1, m2), m3));
}

/** Computes 4 channels of the 2 x 2 outputs of a tile, before bias; parameters as in winograd4.ts. */
export function restoreOutput(from: usize, stride: usize, to: usize, scratch: usize): void {
  let column = from;
  for (let i: usize = 0; i < 64; i += 16, column += stride) restoreLine(column, 4 * stride, scratch + i, 64);
  let out = to;
  for (let i: usize = 0; i < 128; i += 64, out += 32) restoreLine(scratch + i, 16, out, 16);
}
