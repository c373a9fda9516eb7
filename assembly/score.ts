/** Scores of the candidates of a stage: hash, codebook look-up and weights, 8 paths at a time. */
import { CODEBOOK, candidateScore, count, register, rows, score } from './layout';
import { linearUnit, prepareStage, quadraticUnit, rowsEnd } from './weights';

// Constants of the format (src/codec/math/gaussian-table.ts).
const MIX_1: i32 = 0x2c1b3c6d;
const MIX_2: i32 = 0x297a2d39;

// Vectors that are loaded in fewer instructions than made: all bits but the first, and HASH_STATE of gaussian-table.ts.
const HALF: usize = memory.data<u32>([0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff], 16);
const HASH_STATES: usize = memory.data<u32>([0x9e3779b1, 0x9e3779b1, 0x9e3779b1, 0x9e3779b1], 16);

/** Byte offsets of the codebook rows of 8 paths, on their way from vectors to addresses. */
const OFFSETS: usize = memory.data(32, 16);

/**
 * First half of the hash of 4 registers, after k bits are shifted in, which begin with `prefix`, and the last of them is
 * dropped.
 *
 * @param shift - 2^(k-1): a product takes fewer instructions than a shift by a variable
 */
function pathState(registers: v128, shift: v128, prefix: v128): v128 {
  const half = v128.or(v128.and(i32x4.mul(registers, shift), v128.load(0, HALF)), prefix);
  const state = i32x4.mul(half, v128.load(0, HASH_STATES));
  return v128.xor(state, i32x4.shr_u(state, 15));
}

/** Byte offsets of the codebook rows that 4 hashes, of which the first half is done, select. */
function rowOffsets(state: v128): v128 {
  let h = i32x4.mul(state, i32x4.splat(MIX_1));
  h = v128.xor(h, i32x4.shr_u(h, 13));
  h = i32x4.mul(h, i32x4.splat(MIX_2));
  return i32x4.shl(i32x4.shr_u(h, 18), 4);
}

/** Finds the codebook rows of 8 paths for a row of the stage. */
function lookUp(state0: v128, state1: v128, row: usize): void {
  const ofRow = v128.load(row, 16);
  v128.store(OFFSETS, rowOffsets(v128.xor(state0, ofRow)));
  v128.store(OFFSETS, rowOffsets(v128.xor(state1, ofRow)), 16);
}

/** The products of a codebook row with the weights, added in pairs: odd, even, odd, even. */
function products(at: usize, weights: v128): v128 {
  return i32x4.dot_i16x8_s(v128.load(<usize>load<u32>(at), CODEBOOK), weights);
}

/** Odd and even sum of a path, then those of another. */
function pairSums(sums0: v128, sums1: v128): v128 {
  return i32x4.add(v128.shuffle<i64>(sums0, sums1, 0, 2), v128.shuffle<i64>(sums0, sums1, 1, 3));
}

/** Scores the candidates of a stage, writes the scores to `candidateScore`, and returns the best. */
export function scoreCandidates(k: i32, start: i32, end: i32): f32 {
  prepareStage(start, end);
  const bytes = (<usize>((count + 7) >> 3)) << 5;
  const firstRow = rows;
  const lastRow = rowsEnd;
  const oddUnit = f32x4.splat(linearUnit);
  const evenUnit = f32x4.splat(quadraticUnit);
  let best = f32x4.splat(-Infinity);
  let out = candidateScore;
  const registers = register;
  const scores = score;
  const prefixes = 1 << (k - 1);
  const shift = i32x4.splat(prefixes);
  for (let prefix = 0; prefix < prefixes; prefix++) {
    const bits = i32x4.splat(prefix);
    for (let group: usize = 0; group < bytes; group += 32) {
      const state0 = pathState(v128.load(registers + group), shift, bits);
      const state1 = pathState(v128.load(registers + group, 16), shift, bits);
      let weights = v128.load(firstRow);
      lookUp(state0, state1, firstRow);
      let s0 = products(OFFSETS, weights);
      let s1 = products(OFFSETS + 4, weights);
      let s2 = products(OFFSETS + 8, weights);
      let s3 = products(OFFSETS + 12, weights);
      let s4 = products(OFFSETS + 16, weights);
      let s5 = products(OFFSETS + 20, weights);
      let s6 = products(OFFSETS + 24, weights);
      let s7 = products(OFFSETS + 28, weights);
      for (let row = firstRow + 32; row < lastRow; row += 32) {
        weights = v128.load(row);
        lookUp(state0, state1, row);
        s0 = i32x4.add(s0, products(OFFSETS, weights));
        s1 = i32x4.add(s1, products(OFFSETS + 4, weights));
        s2 = i32x4.add(s2, products(OFFSETS + 8, weights));
        s3 = i32x4.add(s3, products(OFFSETS + 12, weights));
        s4 = i32x4.add(s4, products(OFFSETS + 16, weights));
        s5 = i32x4.add(s5, products(OFFSETS + 20, weights));
        s6 = i32x4.add(s6, products(OFFSETS + 24, weights));
        s7 = i32x4.add(s7, products(OFFSETS + 28, weights));
      }
      s0 = pairSums(s0, s1);
      s2 = pairSums(s2, s3);
      s4 = pairSums(s4, s5);
      s6 = pairSums(s6, s7);
      const odd0 = f32x4.mul(f32x4.convert_i32x4_s(v128.shuffle<i32>(s0, s2, 0, 2, 4, 6)), oddUnit);
      const odd1 = f32x4.mul(f32x4.convert_i32x4_s(v128.shuffle<i32>(s4, s6, 0, 2, 4, 6)), oddUnit);
      const even0 = f32x4.mul(f32x4.convert_i32x4_s(v128.shuffle<i32>(s0, s2, 1, 3, 5, 7)), evenUnit);
      const even1 = f32x4.mul(f32x4.convert_i32x4_s(v128.shuffle<i32>(s4, s6, 1, 3, 5, 7)), evenUnit);
      const base0 = f32x4.sub(v128.load(scores + group), even0);
      const base1 = f32x4.sub(v128.load(scores + group, 16), even1);
      const zero0 = f32x4.sub(base0, odd0);
      const zero1 = f32x4.sub(base1, odd1);
      const one0 = f32x4.add(base0, odd0);
      const one1 = f32x4.add(base1, odd1);
      best = f32x4.pmax(best, f32x4.pmax(f32x4.pmax(zero0, one0), f32x4.pmax(zero1, one1)));
      v128.store(out, zero0);
      v128.store(out, zero1, 16);
      v128.store(out, one0, 32);
      v128.store(out, one1, 48);
      out += 64;
    }
  }
  best = f32x4.pmax(best, v128.shuffle<i32>(best, best, 2, 3, 0, 1));
  return max(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1));
}
