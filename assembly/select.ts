/** Selection of a stage's survivors. */
import {
  BINS,
  candidateScore,
  capacity,
  count,
  HISTOGRAM,
  nextRegister,
  nextScore,
  register,
  swapBeams,
  width,
} from './layout';

// Constants of the reference search (src/codec/trellis/path-search.ts).
const SAMPLED_GROUPS: i32 = 16;
const BINS_PER_NAT: f32 = 8;
const COARSER: f32 = 16;
const COARSEST: f32 = 1e-30;
/** 2^23: a number of 0..2^23 - 1 added to it is rounded, and lies in the lower bits of the sum. */
const ROUND: f32 = 8388608;

/** For each of the 16 sets of lanes, the byte shuffle that moves them to the front. */
const FRONT: usize = memory.data<u32>([
  0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x07060504,
  0x03020100, 0x0b0a0908, 0x0f0e0d0c, 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x0b0a0908, 0x03020100,
  0x07060504, 0x0f0e0d0c, 0x03020100, 0x0b0a0908, 0x07060504, 0x0f0e0d0c, 0x07060504, 0x0b0a0908, 0x03020100,
  0x0f0e0d0c, 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x0f0e0d0c, 0x03020100, 0x07060504, 0x0b0a0908,
  0x03020100, 0x0f0e0d0c, 0x07060504, 0x0b0a0908, 0x07060504, 0x0f0e0d0c, 0x03020100, 0x0b0a0908, 0x03020100,
  0x07060504, 0x0f0e0d0c, 0x0b0a0908, 0x0b0a0908, 0x0f0e0d0c, 0x03020100, 0x07060504, 0x03020100, 0x0b0a0908,
  0x0f0e0d0c, 0x07060504, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x03020100, 0x03020100, 0x07060504, 0x0b0a0908,
  0x0f0e0d0c,
]);

function countBin(at: usize): void {
  store<u16>(at, load<u16>(at, HISTOGRAM) + 1, HISTOGRAM);
}

/**
 * Number of bins, from the best score down, that hold about `width` candidates, by a sample; BINS if all hold fewer.
 */
function binsToKeep(k: i32, best: f32, binsPerNat: f32): i32 {
  const groups = (count + 7) >> 3;
  const stride = max(1, groups / SAMPLED_GROUPS);
  const top = f32x4.splat(best);
  const scale = f32x4.splat(binsPerNat);
  const overflow = f32x4.splat(<f32>(BINS - 1));
  const round = f32x4.splat(ROUND);
  const index = i32x4.splat(2 * BINS - 1);
  const zero = i32x4.splat(0);
  for (let at: usize = 0; at < 2 * BINS; at += 16) v128.store(at, zero, HISTOGRAM);
  const prefixes = 1 << (k - 1);
  for (let prefix = 0; prefix < prefixes; prefix++) {
    for (let group = 0; group < groups; group += stride) {
      const at = candidateScore + ((<usize>(prefix * groups + group)) << 6);
      for (let quarter: usize = 0; quarter < 64; quarter += 16) {
        // A lane without a path has the score -Infinity: it counts in the overflow bin, which is ignored.
        const below = f32x4.mul(f32x4.sub(top, v128.load(at + quarter)), scale);
        const bins = v128.and(i32x4.shl(f32x4.add(f32x4.pmin(below, overflow), round), 1), index);
        const low = i64x2.extract_lane(bins, 0);
        const high = i64x2.extract_lane(bins, 1);
        countBin(<usize>(<u32>low));
        countBin(<usize>(low >>> 32));
        countBin(<usize>(<u32>high));
        countBin(<usize>(high >>> 32));
      }
    }
  }
  const sampledGroups = (groups + stride - 1) / stride;
  const hasLast = (sampledGroups - 1) * stride === groups - 1;
  const sampled = (sampledGroups << 3) - (hasLast ? (groups << 3) - count : 0);
  let room = (width * sampled) / count;
  for (let bin = 0; bin < BINS - 1; bin++) {
    const inBin = <i32>load<u16>((<usize>bin) << 1, HISTOGRAM);
    if (inBin > room) return max(1, 2 * room < inBin ? bin : bin + 1);
    room -= inBin;
  }
  return BINS;
}

/** Score relative to the best (0 or less) that about `width` candidates exceed. */
export function threshold(k: i32, best: f32): f32 {
  for (let binsPerNat = BINS_PER_NAT; binsPerNat > COARSEST; binsPerNat /= COARSER) {
    const bins = binsToKeep(k, best, binsPerNat);
    if (bins < BINS) return (<f32>0.5 - <f32>bins) / binsPerNat;
  }
  return -Infinity;
}

/**
 * Writes those of 4 candidates whose bits in `set` are 1 to the front of a vector each; returns their bytes.
 *
 * @param set - times 16
 */
function keep(set: usize, scores: v128, registers: v128, toScore: usize, toRegister: usize): usize {
  const front = v128.load(set, FRONT);
  v128.store(toScore, v128.swizzle(scores, front));
  v128.store(toRegister, v128.swizzle(registers, front));
  return (<usize>popcnt(<u32>set)) << 2;
}

/** Keeps the candidates above `limit`, as long as there is room, and records them in the mask of the stage. */
export function select(k: i32, best: f32, limit: f32, mask: usize): void {
  const bytes = (<usize>((count + 7) >> 3)) << 5;
  const top = f32x4.splat(best);
  const bound = f32x4.splat(limit);
  const bit = i32x4.splat(1);
  // A product takes fewer instructions than a shift by a variable.
  const shift = i32x4.splat(1 << k);
  const prefixes = 1 << (k - 1);
  let from = candidateScore;
  let at = mask;
  let kept: usize = 0;
  const registers = register;
  const scores = nextScore;
  const nextRegisters = nextRegister;
  const room = (<usize>capacity) << 2;
  for (let prefix = 0; prefix < prefixes; prefix++) {
    const low = i32x4.splat(prefix << 1);
    for (let group: usize = 0; group < bytes && kept < room; group += 32) {
      const zero0 = f32x4.sub(v128.load(from), top);
      const zero1 = f32x4.sub(v128.load(from, 16), top);
      const one0 = f32x4.sub(v128.load(from, 32), top);
      const one1 = f32x4.sub(v128.load(from, 48), top);
      const zeros = i16x8.narrow_i32x4_s(f32x4.gt(zero0, bound), f32x4.gt(zero1, bound));
      const ones = i16x8.narrow_i32x4_s(f32x4.gt(one0, bound), f32x4.gt(one1, bound));
      const set = <usize>i8x16.bitmask(i8x16.narrow_i16x8_s(zeros, ones));
      const register0 = v128.or(i32x4.mul(v128.load(registers + group), shift), low);
      const register1 = v128.or(i32x4.mul(v128.load(registers + group, 16), shift), low);
      kept += keep((set << 4) & 0xf0, zero0, register0, scores + kept, nextRegisters + kept);
      kept += keep(set & 0xf0, zero1, register1, scores + kept, nextRegisters + kept);
      kept += keep((set >> 4) & 0xf0, one0, v128.or(register0, bit), scores + kept, nextRegisters + kept);
      kept += keep((set >> 8) & 0xf0, one1, v128.or(register1, bit), scores + kept, nextRegisters + kept);
      store<u16>(at, <u16>set);
      at += 2;
      from += 64;
    }
  }
  // The trace-back reads whole 64-bit words.
  store<u64>(at, 0);
  kept = min(kept, room);
  swapBeams(<i32>(kept >> 2));
}
