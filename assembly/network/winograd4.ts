/**
 * Winograd's minimal filtering F(4x4, 3x3) (Lavin, Gray 2016): 4 x 4 outputs of a 3x3 filter from 6 x 6 inputs, with 36 products
 * instead of 144. The points are 0, +-5/8, +-3/2 and infinity: all constants are exact in binary32, and the error is half of that with the usual points
 * 0, +-1, +-2.
 */
import { addProduct, subtractProduct } from './arithmetic';

/** Outputs of a tile in a row. */
export const SIDE: i32 = 4;

const A: f32 = 0.625;
const B: f32 = 1.5;
const A2: f32 = A * A;
const B2: f32 = B * B;

/**
 * Multiplies 6 lines of 6 vectors by B^T.
 *
 * @param from - the first line; lines are `step` bytes apart, their vectors `stride` bytes
 * @param to - the first result, laid out likewise by `toStep` and `toStride`
 */
function transformLines(from: usize, step: usize, stride: usize, to: usize, toStep: usize, toStride: usize): void {
  const product = f32x4.splat(A2 * B2);
  const sum = f32x4.splat(A2 + B2);
  const a = f32x4.splat(A);
  const b = f32x4.splat(B);
  const a2 = f32x4.splat(A2);
  const b2 = f32x4.splat(B2);
  let line = from;
  let out = to;
  for (let i = 0; i < 6; i++, line += step, out += toStep) {
    const d0 = v128.load(line);
    const d1 = v128.load(line + stride);
    const d2 = v128.load(line + 2 * stride);
    const d3 = v128.load(line + 3 * stride);
    const d4 = v128.load(line + 4 * stride);
    const d5 = v128.load(line + 5 * stride);
    const evenA = subtractProduct(d4, b2, d2);
    const oddA = f32x4.mul(a, subtractProduct(d3, b2, d1));
    const evenB = subtractProduct(d4, a2, d2);
    const oddB = f32x4.mul(b, subtractProduct(d3, a2, d1));
    v128.store(out, subtractProduct(addProduct(d4, product, d0), sum, d2));
    v128.store(out + toStride, f32x4.add(evenA, oddA));
    v128.store(out + 2 * toStride, f32x4.sub(evenA, oddA));
    v128.store(out + 3 * toStride, f32x4.add(evenB, oddB));
    v128.store(out + 4 * toStride, f32x4.sub(evenB, oddB));
    v128.store(out + 5 * toStride, subtractProduct(addProduct(d5, product, d1), sum, d3));
  }
}

/**
 * Transforms 4 channels of a tile: columns, then rows.
 *
 * @param from - the upper left input; rows are `pitch` bytes apart, pixels `pixel` bytes
 * @param to - receives the 36 results, `stride` bytes apart
 * @param scratch - 36 vectors
 */
export function transformInput(
  from: usize,
  pitch: usize,
  pixel: usize,
  to: usize,
  stride: usize,
  scratch: usize,
): void {
  transformLines(from, pixel, pitch, scratch, 16, 96);
  transformLines(scratch, 96, 16, to, 6 * stride, stride);
}

/** Multiplies `count` lines of 6 vectors by A^T, which gives 4 vectors each; parameters as of {@link transformLines}. */
function restoreLines(
  count: i32,
  from: usize,
  step: usize,
  stride: usize,
  to: usize,
  toStep: usize,
  toStride: usize,
): void {
  const a = f32x4.splat(A);
  const b = f32x4.splat(B);
  const a2 = f32x4.splat(A2);
  const b2 = f32x4.splat(B2);
  const a3 = f32x4.splat(A2 * A);
  const b3 = f32x4.splat(B2 * B);
  let line = from;
  let out = to;
  for (let i = 0; i < count; i++, line += step, out += toStep) {
    const m0 = v128.load(line);
    const m1 = v128.load(line + stride);
    const m2 = v128.load(line + 2 * stride);
    const m3 = v128.load(line + 3 * stride);
    const m4 = v128.load(line + 4 * stride);
    const m5 = v128.load(line + 5 * stride);
    const sumA = f32x4.add(m1, m2);
    const sumB = f32x4.add(m3, m4);
    const differenceA = f32x4.sub(m1, m2);
    const differenceB = f32x4.sub(m3, m4);
    v128.store(out, f32x4.add(f32x4.add(m0, sumA), sumB));
    v128.store(out + toStride, addProduct(f32x4.mul(a, differenceA), b, differenceB));
    v128.store(out + 2 * toStride, addProduct(f32x4.mul(a2, sumA), b2, sumB));
    v128.store(out + 3 * toStride, addProduct(addProduct(m5, a3, differenceA), b3, differenceB));
  }
}

/**
 * Computes 4 channels of the 4 x 4 sums of a tile: columns, then rows.
 *
 * @param from - the 36 products, `stride` bytes apart
 * @param to - receives 16 vectors, row by row
 * @param scratch - 24 vectors
 */
export function restoreOutput(from: usize, stride: usize, to: usize, scratch: usize): void {
  restoreLines(6, from, stride, 6 * stride, scratch, 16, 96);
  restoreLines(4, scratch, 96, 16, to, 64, 16);
}
