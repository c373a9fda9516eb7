/**
 * Winograd's minimal filtering F(2x2, 3x3): 2 x 2 outputs of a 3x3 filter from 4 x 4 inputs, with 16 products instead of 36. The
 * points are 0, 1, -1 and infinity.
 */

/** Outputs of a tile in a row. */
export const SIDE: i32 = 2;

/** Multiplies 4 lines of 4 vectors by B^T; parameters as in winograd4.ts. */
function transformLines(from: usize, step: usize, stride: usize, to: usize, toStep: usize, toStride: usize): void {
  let line = from;
  let out = to;
  for (let i = 0; i < 4; i++, line += step, out += toStep) {
    const d0 = v128.load(line);
    const d1 = v128.load(line + stride);
    const d2 = v128.load(line + 2 * stride);
    const d3 = v128.load(line + 3 * stride);
    v128.store(out, f32x4.sub(d2, d0));
    v128.store(out + toStride, f32x4.add(d2, d1));
    v128.store(out + 2 * toStride, f32x4.sub(d2, d1));
    v128.store(out + 3 * toStride, f32x4.sub(d3, d1));
  }
}

/** Transforms 4 channels of a tile; parameters as in winograd4.ts. */
export function transformInput(
  from: usize,
  pitch: usize,
  pixel: usize,
  to: usize,
  stride: usize,
  scratch: usize,
): void {
  transformLines(from, pixel, pitch, scratch, 16, 64);
  transformLines(scratch, 64, 16, to, 4 * stride, stride);
}

/** Multiplies `count` lines of 4 vectors by A^T, which gives 2 vectors each; parameters as in winograd4.ts. */
function restoreLines(
  count: i32,
  from: usize,
  step: usize,
  stride: usize,
  to: usize,
  toStep: usize,
  toStride: usize,
): void {
  let line = from;
  let out = to;
  for (let i = 0; i < count; i++, line += step, out += toStep) {
    const m0 = v128.load(line);
    const m1 = v128.load(line + stride);
    const m2 = v128.load(line + 2 * stride);
    const m3 = v128.load(line + 3 * stride);
    v128.store(out, f32x4.add(f32x4.add(m0, m1), m2));
    v128.store(out + toStride, f32x4.add(f32x4.sub(m1, m2), m3));
  }
}

/** Computes 4 channels of the 2 x 2 sums of a tile; parameters as in winograd4.ts. */
export function restoreOutput(from: usize, stride: usize, to: usize, scratch: usize): void {
  restoreLines(4, from, stride, 4 * stride, scratch, 16, 64);
  restoreLines(2, scratch, 64, 16, to, 32, 16);
}
