/** Selection of a stage's survivors. */
import {
  BINS,
  candidateScore,
  capacity,
  count,
  histogram,
  nextRegister,
  nextScore,
  register,
  swapBeams,
  width,
} from './layout';

// Constants of the reference search (src/codec/trellis/path-search.ts).
const SAMPLED_GROUPS: i32 = 16;
const BINS_PER_NAT: f32 = 16;
const COARSER: f32 = 16;
const COARSEST: f32 = 1e-30;

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

/**
 * Number of bins, from the best score down, that hold about `width` candidates, by a sample; BINS if all hold fewer.
 */
function binsToKeep(k: i32, best: f32, binsPerNat: f32): i32 {
  const groups = (count + 3) >> 2;
  const stride = max(1, groups / SAMPLED_GROUPS);
  const top = f32x4.splat(best);
  const scale = f32x4.splat(binsPerNat);
  const overflow = i32x4.splat(BINS - 1);
  const zero = i32x4.splat(0);
  for (let at: usize = 0; at < 2 * BINS; at += 16) v128.store(histogram + at, zero);
  const prefixes = 1 << (k - 1);
  for (let prefix = 0; prefix < prefixes; prefix++) {
    for (let group = 0; group < groups; group += stride) {
      const at = candidateScore + ((<usize>(prefix * groups + group)) << 5);
      for (let half: usize = 0; half < 32; half += 16) {
        // A lane without a path has the score -Infinity: it counts in the overflow bin, which is ignored.
        const below = f32x4.mul(f32x4.sub(top, v128.load(at + half)), scale);
        const bins = i32x4.shl(i32x4.min_s(i32x4.trunc_sat_f32x4_s(below), overflow), 1);
        const low = i64x2.extract_lane(bins, 0);
        const high = i64x2.extract_lane(bins, 1);
        const bin0 = histogram + <usize>(<u32>low);
        store<u16>(bin0, load<u16>(bin0) + 1);
        const bin1 = histogram + <usize>(low >>> 32);
        store<u16>(bin1, load<u16>(bin1) + 1);
        const bin2 = histogram + <usize>(<u32>high);
        store<u16>(bin2, load<u16>(bin2) + 1);
        const bin3 = histogram + <usize>(high >>> 32);
        store<u16>(bin3, load<u16>(bin3) + 1);
      }
    }
  }
  const sampledGroups = (groups + stride - 1) / stride;
  const hasLast = (sampledGroups - 1) * stride === groups - 1;
  const sampled = (sampledGroups << 2) - (hasLast ? (groups << 2) - count : 0);
  let room = (width * sampled) / count;
  for (let bin = 0; bin < BINS - 1; bin++) {
    const inBin = <i32>load<u16>(histogram + ((<usize>bin) << 1));
    if (inBin > room) return max(1, 2 * room < inBin ? bin : bin + 1);
    room -= inBin;
  }
  return BINS;
}

/** Score relative to the best (0 or less) that about `width` candidates exceed. */
export function threshold(k: i32, best: f32): f32 {
  for (let binsPerNat = BINS_PER_NAT; binsPerNat > COARSEST; binsPerNat /= COARSER) {
    const bins = binsToKeep(k, best, binsPerNat);
    if (bins < BINS) return -(<f32>bins) / binsPerNat;
  }
  return -Infinity;
}

/** Keeps the candidates above `limit`, as long as there is room, and records them in the mask of the stage. */
export function select(k: i32, best: f32, limit: f32, mask: usize): void {
  const bytes = (<usize>((count + 3) >> 2)) << 4;
  const top = f32x4.splat(best);
  const bound = f32x4.splat(limit);
  const bit = i32x4.splat(1);
  const prefixes = 1 << (k - 1);
  const registers = register;
  const nextRegisters = nextRegister;
  const nextScores = nextScore;
  let from = candidateScore;
  let at = mask;
  let kept: usize = 0;
  const room = (<usize>capacity) << 2;
  for (let prefix = 0; prefix < prefixes; prefix++) {
    const low = i32x4.splat(prefix << 1);
    for (let group: usize = 0; group < bytes && kept < room; group += 16) {
      const zeroRegister = v128.or(i32x4.shl(v128.load(registers + group), k), low);
      const zeroScore = f32x4.sub(v128.load(from), top);
      const zeros = i32x4.bitmask(f32x4.gt(zeroScore, bound));
      const zeroFront = v128.load(FRONT + ((<usize>zeros) << 4));
      const oneScore = f32x4.sub(v128.load(from, 16), top);
      const ones = i32x4.bitmask(f32x4.gt(oneScore, bound));
      const oneFront = v128.load(FRONT + ((<usize>ones) << 4));
      v128.store(nextScores + kept, v128.swizzle(zeroScore, zeroFront));
      v128.store(nextRegisters + kept, v128.swizzle(zeroRegister, zeroFront));
      kept += (<usize>popcnt(zeros)) << 2;
      v128.store(nextScores + kept, v128.swizzle(oneScore, oneFront));
      v128.store(nextRegisters + kept, v128.swizzle(v128.or(zeroRegister, bit), oneFront));
      kept += (<usize>popcnt(ones)) << 2;
      store<u8>(at, zeros | (ones << 4));
      at++;
      from += 32;
    }
  }
  // The trace-back reads whole 64-bit words.
  store<u64>(at, 0);
  kept = min(kept, room);
  swapBeams(<i32>(kept >> 2));
}
