/** Weights of a stage as 16-bit integers, and the part of the hash that all paths share. */
import { order, rows, weights } from './layout';

// Constants of the format (src/codec/math/gaussian-table.ts).
const HASH_INDEX: i32 = 0x85ebca77;

// Constants of the reference (src/codec/trellis/search-weights.ts).
const MOST_WEIGHT: f32 = 32767;
const MOST_SUM: f32 = 65000;
const MOST_SCALE: f32 = 1e30;

/** End of the stage's rows. */
export let rowsEnd: usize = 0;
/** What a unit of the stage's integer sums is worth. */
export let linearUnit: f32 = 0;
export let quadraticUnit: f32 = 0;

/** Fills the rows with the weights of coefficients start..end-1, float32 and padded with zeros: 4 linear, 4 quadratic. */
function gather(start: i32, end: i32): void {
  const zero = i32x4.splat(0);
  const last = rowsEnd - 32;
  v128.store(rows, zero);
  v128.store(rows, zero, 16);
  v128.store(last, zero);
  v128.store(last, zero, 16);
  const firstRow = start >> 2;
  for (let i = start; i < end; i++) {
    const pair = weights + ((<usize>load<u32>(order + ((<usize>i) << 2))) << 3);
    const at = rows + ((<usize>((i >> 2) - firstRow)) << 5) + ((<usize>(i & 3)) << 2);
    store<u32>(at, load<u32>(pair));
    store<u32>(at, load<u32>(pair, 4), 16);
  }
}

/**
 * Largest factor for the weights at `from` in each row that leaves each within 16 bits and every sum of products within
 * 32.
 */
function scaleOf(from: usize): f32 {
  let most = f32x4.splat(0);
  let sum = most;
  const end = rowsEnd;
  for (let at = from; at < end; at += 32) {
    const size = f32x4.abs(v128.load(at));
    most = f32x4.pmax(most, size);
    sum = f32x4.add(sum, size);
  }
  most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
  sum = f32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
  const largest = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
  const total = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
  return min(MOST_SCALE, min(MOST_WEIGHT / largest, MOST_SUM / total));
}

/** Prepares coefficients start..end-1 for scoring. */
export function prepareStage(start: i32, end: i32): void {
  const firstRow = start >> 2;
  rowsEnd = rows + ((<usize>(((end - 1) >> 2) - firstRow + 1)) << 5);
  gather(start, end);
  const linearScale = scaleOf(rows);
  const quadraticScale = scaleOf(rows + 16);
  linearUnit = <f32>1 / linearScale;
  quadraticUnit = <f32>1 / quadraticScale;
  const linearScales = f32x4.splat(linearScale);
  const quadraticScales = f32x4.splat(quadraticScale);
  const last = rowsEnd;
  let index = firstRow * HASH_INDEX;
  for (let row = rows; row < last; row += 32) {
    const linear = i32x4.trunc_sat_f32x4_s(f32x4.mul(v128.load(row), linearScales));
    const quadratic = i32x4.trunc_sat_f32x4_s(f32x4.mul(v128.load(row, 16), quadraticScales));
    const both = i16x8.narrow_i32x4_s(linear, quadratic);
    v128.store(row, v128.shuffle<i32>(both, both, 0, 2, 1, 3));
    v128.store(row, i32x4.splat(index ^ (index >>> 15)), 16);
    index += HASH_INDEX;
  }
}
