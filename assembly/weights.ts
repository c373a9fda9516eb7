/** Weights of a chunk of a stage as 16-bit integers, and the part of the hash that all paths share. */
import { order, weights } from './layout';

// Constants of the format (src/codec/math/gaussian-table.ts).
const HASH_INDEX: i32 = 0x85ebca77;

// Constants of the reference (src/codec/trellis/search-weights.ts).
const MOST_WEIGHT: f32 = 32767;
const MOST_SUM: f32 = 65000;
const MOST_SCALE: f32 = 1e30;

/** Weights of the chunk's coefficients in visiting order, float32, padded with zeros to whole codebook rows. */
const LINEAR: usize = memory.data(64 * 16, 16);
const QUADRATIC: usize = memory.data(64 * 16, 16);

/** For each codebook row of the chunk 2 linear and 2 quadratic weights, then 2 more of both, 16-bit integers. */
export const ROW_WEIGHTS: usize = memory.data(64 * 16, 16);
/** For each codebook row of the chunk its part of the first half of the hash, in 4 lanes. */
export const ROW_STATES: usize = memory.data(64 * 16, 16);

/** Codebook rows of the chunk. */
export let rowCount: i32 = 0;
/** What a unit of the chunk's integer sums is worth. */
export let linearUnit: f32 = 0;
export let quadraticUnit: f32 = 0;

/** Gathers the weights of coefficients start..end-1, padded with zeros to whole codebook rows. */
function gather(start: i32, end: i32): void {
  const zero = i32x4.splat(0);
  const last = (<usize>(rowCount - 1)) << 4;
  v128.store(LINEAR, zero);
  v128.store(QUADRATIC, zero);
  v128.store(LINEAR + last, zero);
  v128.store(QUADRATIC + last, zero);
  let at: usize = (<usize>(start & 3)) << 2;
  const orderEnd = order + ((<usize>end) << 2);
  for (let coefficient = order + ((<usize>start) << 2); coefficient < orderEnd; coefficient += 4) {
    const pair = weights + ((<usize>load<u32>(coefficient)) << 3);
    store<u32>(LINEAR + at, load<u32>(pair));
    store<u32>(QUADRATIC + at, load<u32>(pair, 4));
    at += 4;
  }
}

/** Largest factor for weights that leaves each within 16 bits and every sum of products within 32. */
function scaleOf(values: usize): f32 {
  let most = f32x4.splat(0);
  let sum = most;
  const end = values + ((<usize>rowCount) << 4);
  for (let at = values; at < end; at += 16) {
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

/** Prepares coefficients start..end-1, which lie in at most CHUNK_ROWS codebook rows, for scoring. */
export function prepareChunk(start: i32, end: i32): void {
  const firstRow = start >> 2;
  rowCount = ((end - 1) >> 2) - firstRow + 1;
  gather(start, end);
  const linearScale = scaleOf(LINEAR);
  const quadraticScale = scaleOf(QUADRATIC);
  linearUnit = <f32>1 / linearScale;
  quadraticUnit = <f32>1 / quadraticScale;
  const linearScales = f32x4.splat(linearScale);
  const quadraticScales = f32x4.splat(quadraticScale);
  const bytes = (<usize>rowCount) << 4;
  let index = firstRow * HASH_INDEX;
  for (let row: usize = 0; row < bytes; row += 16) {
    const linear = i32x4.trunc_sat_f32x4_s(f32x4.mul(v128.load(LINEAR + row), linearScales));
    const quadratic = i32x4.trunc_sat_f32x4_s(f32x4.mul(v128.load(QUADRATIC + row), quadraticScales));
    const both = i16x8.narrow_i32x4_s(linear, quadratic);
    v128.store(ROW_WEIGHTS + row, v128.shuffle<i32>(both, both, 0, 2, 1, 3));
    v128.store(ROW_STATES + row, i32x4.splat(index ^ (index >>> 15)));
    index += HASH_INDEX;
  }
}
