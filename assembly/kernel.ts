/**
 * The trellis path search as a WebAssembly SIMD kernel (AssemblyScript). It finds the same paths, bit for bit, as the
 * reference src/codec/trellis/path-search.ts, which explains the algorithm; the comments here are about speed only.
 * Built by scripts/build-embedded.js. bench/trellis.ts compares it with the reference, and with the kernel of another
 * commit.
 *
 * Survivors are recorded as one bit for each candidate. At 1 bit a stage this takes an eighth of the memory of 16-bit
 * candidate numbers. The trace-back finds a survivor's candidate by counting set bits.
 */
import {
  count,
  masks,
  packed,
  register,
  SEGMENT_STAGES,
  score,
  segment,
  stageBits,
  stageEnds,
  startBeam,
  width,
} from './layout';
import { scoreCandidates } from './score';
import { select, threshold } from './select';

export { codebookAt, configure, orderAt, packedAt, stageBitsAt, stageEndsAt, weightsAt } from './layout';

/** Number of the survivor with the largest score. */
function bestPath(): i32 {
  let best = 0;
  for (let p = 1; p < count; p++) {
    if (load<f32>(score + ((<usize>p) << 2)) > load<f32>(score + ((<usize>best) << 2))) best = p;
  }
  return best;
}

/** Position of a mask's set bit number `which`, counted from 0. */
function findSet(mask: usize, which: i32): i32 {
  let left = which;
  let at = mask;
  let word = load<u64>(at);
  for (let bits = <i32>popcnt(word); left >= bits; bits = <i32>popcnt(word)) {
    left -= bits;
    at += 8;
    word = load<u64>(at);
  }
  for (; left > 0; left--) word &= word - 1;
  return <i32>((at - mask) << 3) + <i32>ctz(word);
}

/** Writes the bits of the path that ends in survivor `path`, backwards from bit position `end`. */
function traceBack(path: i32, stageCount: i32, end: i32): void {
  let survivor = path;
  let at = end;
  for (let s = stageCount - 1; s >= 0; s--) {
    const stage = segment + <usize>s * 12;
    const groups = load<i32>(stage, 4);
    const k = load<i32>(stage, 8);
    const candidate = findSet(masks + <usize>load<u32>(stage), survivor);
    const pairGroup = candidate >> 4;
    const bits = ((pairGroup / groups) << 1) | ((candidate >> 3) & 1);
    survivor = ((pairGroup % groups) << 3) | (candidate & 7);
    for (let j = 0; j < k; j++) {
      at--;
      const byte = packed + (<usize>at >> 3);
      if ((bits >> j) & 1) store<u8>(byte, <u8>(<i32>load<u8>(byte) | (0x80 >> (at & 7))));
    }
  }
}

/** Searches the path of a tile whose weights and stages are in memory, and writes its bits to packedAt(). */
export function search(stageCount: i32, bits: i32, startRegister: u32): void {
  memory.fill(packed, 0, (<usize>bits + 7) >> 3);
  startBeam(startRegister);
  let from = 0;
  let spent = 0;
  let inSegment = 0;
  let maskOffset: usize = 0;
  for (let stage = 0; stage < stageCount; stage++) {
    const end = load<i32>(stageEnds + ((<usize>stage) << 2));
    const k = <i32>load<u8>(stageBits + <usize>stage);
    const groups = (count + 7) >> 3;
    const best = scoreCandidates(k, from, end);
    const limit: f32 = count << k > width ? threshold(k, best) : -Infinity;
    const record = segment + <usize>inSegment * 12;
    store<u32>(record, <u32>maskOffset);
    store<i32>(record, groups, 4);
    store<i32>(record, k, 8);
    select(k, best, limit, masks + maskOffset);
    maskOffset += (((<usize>groups) << k) + 7) & ~7;
    spent += k;
    from = end;
    inSegment++;
    if (inSegment === SEGMENT_STAGES || stage === stageCount - 1) {
      const path = bestPath();
      traceBack(path, inSegment, spent);
      startBeam(load<u32>(register + ((<usize>path) << 2)));
      inSegment = 0;
      maskOffset = 0;
    }
  }
}
