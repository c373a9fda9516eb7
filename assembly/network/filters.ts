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

/** Row of G times 3 values that are `stride` bytes apart. */
function combine(row: usize, x0: f64, x1: f64, x2: f64): f64 {
  return load<f64>(row) * x0 + load<f64>(row, 8) * x1 + load<f64>(row, 16) * x2;
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
  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < channels; c++) {
      const from = filter + ((<usize>(c * outputs + o)) << 2);
      const at = to + ((<usize>((o >> 3) * channels + c)) << 5) + ((<usize>(o & 7)) << 2);
      for (let i = 0; i < input; i++) {
        const row = g + <usize>i * 24;
        const x0 = combine(row, load<f32>(from), load<f32>(from + 3 * tap), load<f32>(from + 6 * tap));
        const x1 = combine(row, load<f32>(from + tap), load<f32>(from + 4 * tap), load<f32>(from + 7 * tap));
        const x2 = combine(row, load<f32>(from + 2 * tap), load<f32>(from + 5 * tap), load<f32>(from + 8 * tap));
        for (let j = 0; j < input; j++) {
          store<f32>(at + <usize>(i * input + j) * tap, <f32>combine(g + <usize>j * 24, x0, x1, x2));
        }
      }
    }
  }
}
