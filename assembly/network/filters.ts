/**
 * Filters in the form that Winograd's method multiplies with: U = G w G^T, computed in binary64 and rounded once. docs/format.md, "To the bit".
 */

/** Points 0, 5/8, -5/8, 3/2, -3/2; the last point is infinity. */
const A: f64 = 0.625;
const B: f64 = 1.5;
const SCALE_0: f64 = A * A * (B * B);
const SCALE_A: f64 = 2 * (A * A) * (A * A - B * B);
const SCALE_B: f64 = 2 * (B * B) * (B * B - A * A);

/** Rows of G: (1, p, p^2) over the product of the distances to the other points. */
const G4: usize = memory.data<f64>([
  1 / SCALE_0,
  0,
  0,
  1 / SCALE_A,
  A / SCALE_A,
  (A * A) / SCALE_A,
  1 / SCALE_A,
  -A / SCALE_A,
  (A * A) / SCALE_A,
  1 / SCALE_B,
  B / SCALE_B,
  (B * B) / SCALE_B,
  1 / SCALE_B,
  -B / SCALE_B,
  (B * B) / SCALE_B,
  0,
  0,
  1,
]);
const G2: usize = memory.data<f64>([-1, 0, 0, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0, 0, 1]);

/** Row of G times 3 values of 2 outputs. */
function combine(row: usize, x0: v128, x1: v128, x2: v128): v128 {
  const first = f64x2.mul(v128.load64_splat(row), x0);
  const second = f64x2.add(first, f64x2.mul(v128.load64_splat(row, 8), x1));
  return f64x2.add(second, f64x2.mul(v128.load64_splat(row, 16), x2));
}

/** Two values in binary64. */
function widened(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from));
}

/**
 * Transforms a 3x3 filter.
 *
 * @param filter - (3, 3, channels, outputs)
 * @param outputs - a multiple of 8
 * @param side - outputs of a tile in a row: 4 or 2
 * @param to - receives ((side + 2)^2, outputs / 8, channels, 8)
 */
export function transformFilter(filter: usize, channels: i32, outputs: i32, side: i32, to: usize): void {
  const g = side === 4 ? G4 : G2;
  const input = side + 2;
  const tap = (<usize>channels * <usize>outputs) << 2;
  let from = filter;
  for (let c = 0; c < channels; c++) {
    for (let o = 0; o < outputs; o += 2, from += 8) {
      const at = to + ((<usize>((o >> 3) * channels + c)) << 5) + ((<usize>(o & 7)) << 2);
      for (let i = 0; i < input; i++) {
        const row = g + <usize>i * 24;
        const x0 = combine(row, widened(from), widened(from + 3 * tap), widened(from + 6 * tap));
        const x1 = combine(row, widened(from + tap), widened(from + 4 * tap), widened(from + 7 * tap));
        const x2 = combine(row, widened(from + 2 * tap), widened(from + 5 * tap), widened(from + 8 * tap));
        for (let j = 0; j < input; j++) {
          const value = f32x4.demote_f64x2_zero(combine(g + <usize>j * 24, x0, x1, x2));
          v128.store64_lane(at + <usize>(i * input + j) * tap, value, 0);
        }
      }
    }
  }
}
