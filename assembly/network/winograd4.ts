/**
 * Winograd's minimal filtering F(4x4, 3x3) (Lavin, Gray 2016): 4 x 4 outputs of a 3x3 filter from 6 x 6 inputs, with 36 products
 * instead of 144. The points are 0, +-5/8, +-3/2 and infinity: all constants are exact in binary32, and the error is half of that with the usual points
 * 0, +-1, +-2.
 */
import { addProduct, subtractProduct } from './arithmetic';

/** Side of the inputs and of the outputs of a tile. */
export const INPUT_SIDE: i32 = 6;
export const OUTPUT_SIDE: i32 = 4;

const A: f32 = 0.625;
const B: f32 = 1.5;
const A2: f32 = A * A;
const B2: f32 = B * B;

/** Column (6 vectors, `stride` bytes apart) to 6 vectors that are `outStride` bytes apart: the matrix B^T. */
// @ts-expect-error: decorator
@inline
function transformLine(from: usize, stride: usize, to: usize, outStride: usize): void {
  let at = from;
  const d0 = v128.load(at);
  const d1 = v128.load((at += stride));
  const d2 = v128.load((at += stride));
  const d3 = v128.load((at += stride));
  const d4 = v128.load((at += stride));
  const d5 = v128.load((at += stride));
  const product = f32x4.splat(A2 * B2);
  const sum = f32x4.splat(A2 + B2);
  const b2 = f32x4.splat(B2);
  const a2 = f32x4.splat(A2);
  const evenA = subtractProduct(d4, b2, d2);
  const oddA = f32x4.mul(f32x4.splat(A), subtractProduct(d3, b2, d1));
  const evenB = subtractProduct(d4, a2, d2);
  const oddB = f32x4.mul(f32x4.splat(B), subtractProduct(d3, a2, d1));
  at = to;
  v128.store(at, subtractProduct(addProduct(d4, product, d0), sum, d2));
  v128.store((at += outStride), f32x4.add(evenA, oddA));
  v128.store((at += outStride), f32x4.sub(evenA, oddA));
  v128.store((at += outStride), f32x4.add(evenB, oddB));
  v128.store((at += outStride), f32x4.sub(evenB, oddB));
  v128.store((at += outStride), subtractProduct(addProduct(d5, product, d1), sum, d3));
}

/**
 * Transforms 4 channels of a tile.
 *
 * @param from - the upper left input; rows are `pitch` bytes apart, pixels `pixel` bytes
 * @param to - receives the 36 results, `stride` bytes apart
 * @param scratch - 36 vectors
 */
export function transformInput(from: usize, pitch: usize, pixel: usize, to: usize, stride: usize, scratch: usize): void {
  let column = from;
  for (let i: usize = 0; i < 96; i += 16, column += pixel) transformLine(column, pitch, scratch + i, 96);
  let out = to;
  for (let i: usize = 0; i < 576; i += 96, out += 6 * stride) transformLine(scratch + i, 16, out, stride);
}

/** 6 vectors to 4: the matrix A^T. */
// @ts-expect-error: decorator
@inline
function restoreLine(from: usize, stride: usize, to: usize, outStride: usize): void {
  let at = from;
  const m0 = v128.load(at);
  const m1 = v128.load((at += stride));
  const m2 = v128.load((at += stride));
  const m3 = v128.load((at += stride));
  const m4 = v128.load((at += stride));
  const m5 = v128.load((at += stride));
  const sumA = f32x4.add(m1, m2);
  const sumB = f32x4.add(m3, m4);
  const differenceA = f32x4.sub(m1, m2);
  const differenceB = f32x4.sub(m3, m4);
  at = to;
  v128.store(at, f32x4.add(f32x4.add(m0, sumA), sumB));
  v128.store((at += outStride), addProduct(f32x4.mul(f32x4.splat(A), differenceA), f32x4.splat(B), differenceB));
  v128.store((at += outStride), addProduct(f32x4.mul(f32x4.splat(A2), sumA), f32x4.splat(B2), sumB));
  v128.store((at += outStride), addProduct(addProduct(m5, f32x4.splat(A2 * A), differenceA), f32x4.splat(B2 * B), differenceB));
}

/**
 * Computes 4 channels of the 4 x 4 outputs of a tile, before bias.
 *
 * @param from - the 36 products, `stride` bytes apart
 * @param to - receives 16 vectors, row by row
 * @param scratch - 24 vectors
 */
export function restoreOutput(from: usize, stride: usize, to: usize, scratch: usize): void {
  let column = from;
  for (let i: usize = 0; i < 96; i += 16, column += stride) restoreLine(column, 6 * stride, scratch + i, 96);
  let out = to;
  for (let i: usize = 0; i < 384; i += 96, out += 64) restoreLine(scratch + i, 16, out, 16);
}
