/** Scores of the candidates of a stage: hash, codebook look-up and weights, 4 paths at a time. */
import {
  candidateScore,
  codebook,
  count,
  linear,
  quadratic,
  register,
  score,
  stageLinear,
  stageQuadratic,
} from './layout';

// Constants of the format (src/codec/math/gaussian-table.ts).
const HASH_STATE: i32 = 0x9e3779b1;
const HASH_INDEX: i32 = 0x85ebca77;
const MIX_1: i32 = 0x2c1b3c6d;
const MIX_2: i32 = 0x297a2d39;

/** Byte offsets of the codebook rows of 4 registers. */
function rowOffsets(state: v128, index: v128): v128 {
  let h = v128.xor(state, index);
  h = v128.xor(h, i32x4.shr_u(h, 15));
  h = i32x4.mul(h, i32x4.splat(MIX_1));
  h = v128.xor(h, i32x4.shr_u(h, 13));
  h = i32x4.mul(h, i32x4.splat(MIX_2));
  return i32x4.shl(i32x4.shr_u(h, 18), 3);
}

/** First half of the hash of 4 registers, after k bits are shifted in (`low`) and the last of them is dropped. */
function states(registers: v128, k: i32, low: v128): v128 {
  return i32x4.mul(i32x4.shr_u(v128.or(i32x4.shl(registers, k), low), 1), i32x4.splat(HASH_STATE));
}

/** Scores the candidates of a stage of one coefficient; returns the best score of each lane. */
function scoreSingle(k: i32, i: i32): v128 {
  const bytes = (<usize>((count + 3) >> 2)) << 4;
  const index = i32x4.splat((i >> 2) * HASH_INDEX);
  const column = codebook + ((<usize>i & 3) << 1);
  const a = f32x4.splat(load<f32>(linear + ((<usize>i) << 2)));
  const b = f32x4.splat(load<f32>(quadratic + ((<usize>i) << 2)));
  let best = f32x4.splat(-Infinity);
  let out = candidateScore;
  const registers = register;
  const scores = score;
  const prefixes = 1 << (k - 1);
  for (let prefix = 0; prefix < prefixes; prefix++) {
    const low = i32x4.splat(prefix << 1);
    for (let group: usize = 0; group < bytes; group += 16) {
      const rows = rowOffsets(states(v128.load(registers + group), k, low), index);
      const rows01 = i64x2.extract_lane(rows, 0);
      const rows23 = i64x2.extract_lane(rows, 1);
      let c = i16x8.splat(0);
      c = v128.load_lane<i16>(column + <usize>(<u32>rows01), c, 0);
      c = v128.load_lane<i16>(column + <usize>(rows01 >>> 32), c, 1);
      c = v128.load_lane<i16>(column + <usize>(<u32>rows23), c, 2);
      c = v128.load_lane<i16>(column + <usize>(rows23 >>> 32), c, 3);
      const x = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(c));
      const odd = f32x4.mul(x, a);
      const base = f32x4.sub(v128.load(scores + group), f32x4.mul(f32x4.mul(x, x), b));
      const zero = f32x4.sub(base, odd);
      const one = f32x4.add(base, odd);
      best = f32x4.pmax(best, zero);
      best = f32x4.pmax(best, one);
      v128.store(out, zero);
      v128.store(out, one, 16);
      out += 32;
    }
  }
  return best;
}

/** Sums the columns of 4 paths: (0 + 2) + (1 + 3). */
function columnSums(p0: v128, p1: v128, p2: v128, p3: v128): v128 {
  const s01 = f32x4.add(v128.shuffle<f32>(p0, p1, 0, 4, 1, 5), v128.shuffle<f32>(p0, p1, 2, 6, 3, 7));
  const s23 = f32x4.add(v128.shuffle<f32>(p2, p3, 0, 4, 1, 5), v128.shuffle<f32>(p2, p3, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(s01, s23, 0, 1, 4, 5), v128.shuffle<f32>(s01, s23, 2, 3, 6, 7));
}

/** The 4 code values of the codebook row at a byte offset. */
function codeRow(codes: usize, offset: u32): v128 {
  return f32x4.convert_i32x4_s(v128.load_ext<i16>(codes + <usize>offset));
}

/** Copies the weights of coefficients start..end-1, padded with zeros to whole codebook rows. */
function stageWeights(start: i32, end: i32): void {
  const first = (<usize>(start & 3)) << 2;
  const last = (<usize>(((end - 1) >> 2) - (start >> 2))) << 4;
  const zero = i32x4.splat(0);
  v128.store(stageLinear, zero);
  v128.store(stageQuadratic, zero);
  v128.store(stageLinear + last, zero);
  v128.store(stageQuadratic + last, zero);
  const from = (<usize>start) << 2;
  const bytes = (<usize>(end - start)) << 2;
  for (let at: usize = 0; at < bytes; at += 4) {
    store<u32>(stageLinear + first + at, load<u32>(linear + from + at));
    store<u32>(stageQuadratic + first + at, load<u32>(quadratic + from + at));
  }
}

/** Scores the candidates of a stage within one codebook row; returns the best score of each lane. */
function scoreRow(k: i32, start: i32, end: i32): v128 {
  const bytes = (<usize>((count + 3) >> 2)) << 4;
  const index = i32x4.splat((start >> 2) * HASH_INDEX);
  stageWeights(start, end);
  const codes = codebook;
  const a = v128.load(stageLinear);
  const b = v128.load(stageQuadratic);
  let best = f32x4.splat(-Infinity);
  let out = candidateScore;
  const registers = register;
  const scores = score;
  const prefixes = 1 << (k - 1);
  for (let prefix = 0; prefix < prefixes; prefix++) {
    const low = i32x4.splat(prefix << 1);
    for (let group: usize = 0; group < bytes; group += 16) {
      const rows = rowOffsets(states(v128.load(registers + group), k, low), index);
      const rows01 = i64x2.extract_lane(rows, 0);
      const rows23 = i64x2.extract_lane(rows, 1);
      const c0 = codeRow(codes, <u32>rows01);
      const c1 = codeRow(codes, <u32>(rows01 >>> 32));
      const c2 = codeRow(codes, <u32>rows23);
      const c3 = codeRow(codes, <u32>(rows23 >>> 32));
      const odd = columnSums(f32x4.mul(c0, a), f32x4.mul(c1, a), f32x4.mul(c2, a), f32x4.mul(c3, a));
      const even = columnSums(
        f32x4.mul(f32x4.mul(c0, c0), b),
        f32x4.mul(f32x4.mul(c1, c1), b),
        f32x4.mul(f32x4.mul(c2, c2), b),
        f32x4.mul(f32x4.mul(c3, c3), b),
      );
      const base = f32x4.sub(v128.load(scores + group), even);
      const zero = f32x4.sub(base, odd);
      const one = f32x4.add(base, odd);
      best = f32x4.pmax(best, zero);
      best = f32x4.pmax(best, one);
      v128.store(out, zero);
      v128.store(out, one, 16);
      out += 32;
    }
  }
  return best;
}

/** Scores the candidates of a stage of several codebook rows; returns the best score of each lane. */
function scoreRows(k: i32, start: i32, end: i32): v128 {
  const bytes = (<usize>((count + 3) >> 2)) << 4;
  const firstIndex = i32x4.splat((start >> 2) * HASH_INDEX);
  const step = i32x4.splat(HASH_INDEX);
  const rowBytes = (<usize>(((end - 1) >> 2) - (start >> 2) + 1)) << 4;
  stageWeights(start, end);
  const codes = codebook;
  const linears = stageLinear;
  const quadratics = stageQuadratic;
  let best = f32x4.splat(-Infinity);
  let out = candidateScore;
  const registers = register;
  const scores = score;
  const prefixes = 1 << (k - 1);
  for (let prefix = 0; prefix < prefixes; prefix++) {
    const low = i32x4.splat(prefix << 1);
    for (let group: usize = 0; group < bytes; group += 16) {
      const state = states(v128.load(registers + group), k, low);
      let index = firstIndex;
      let e0 = f32x4.splat(0);
      let e1 = e0;
      let e2 = e0;
      let e3 = e0;
      let o0 = e0;
      let o1 = e0;
      let o2 = e0;
      let o3 = e0;
      for (let row: usize = 0; row < rowBytes; row += 16) {
        const rows = rowOffsets(state, index);
        index = i32x4.add(index, step);
        const a = v128.load(linears + row);
        const b = v128.load(quadratics + row);
        const rows01 = i64x2.extract_lane(rows, 0);
        const rows23 = i64x2.extract_lane(rows, 1);
        const c0 = codeRow(codes, <u32>rows01);
        e0 = f32x4.add(e0, f32x4.mul(f32x4.mul(c0, c0), b));
        o0 = f32x4.add(o0, f32x4.mul(c0, a));
        const c1 = codeRow(codes, <u32>(rows01 >>> 32));
        e1 = f32x4.add(e1, f32x4.mul(f32x4.mul(c1, c1), b));
        o1 = f32x4.add(o1, f32x4.mul(c1, a));
        const c2 = codeRow(codes, <u32>rows23);
        e2 = f32x4.add(e2, f32x4.mul(f32x4.mul(c2, c2), b));
        o2 = f32x4.add(o2, f32x4.mul(c2, a));
        const c3 = codeRow(codes, <u32>(rows23 >>> 32));
        e3 = f32x4.add(e3, f32x4.mul(f32x4.mul(c3, c3), b));
        o3 = f32x4.add(o3, f32x4.mul(c3, a));
      }
      const odd = columnSums(o0, o1, o2, o3);
      const base = f32x4.sub(v128.load(scores + group), columnSums(e0, e1, e2, e3));
      const zero = f32x4.sub(base, odd);
      const one = f32x4.add(base, odd);
      best = f32x4.pmax(best, zero);
      best = f32x4.pmax(best, one);
      v128.store(out, zero);
      v128.store(out, one, 16);
      out += 32;
    }
  }
  return best;
}

/** Scores the candidates of a stage, writes the scores to `candidateScore`, and returns the best. */
export function scoreCandidates(k: i32, from: i32, end: i32): f32 {
  let lanes: v128;
  if (end - from === 1) lanes = scoreSingle(k, from);
  else if ((end - 1) >> 2 === from >> 2) lanes = scoreRow(k, from, end);
  else lanes = scoreRows(k, from, end);
  lanes = f32x4.pmax(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  return max(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1));
}
