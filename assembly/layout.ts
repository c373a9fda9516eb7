/**
 * Memory of the path search kernel: one static layout, filled by src/codec/trellis/search-kernel.ts. Nothing is
 * allocated during a search. For speed, the other files copy what a loop needs to local variables.
 */

const CODEBOOK_BYTES: usize = 2 * 65536;

// Constants of the reference search (src/codec/trellis/path-search.ts).
export const SEGMENT_STAGES: i32 = 8192;
export const BINS: i32 = 512;

/** Survivor paths that the search aims at, the most that a beam may hold, and the number in the current beam. */
export let width: i32 = 0;
export let capacity: i32 = 0;
export let count: i32 = 0;

/** Codebook rows: 16-bit integers, 8 bytes a row. */
export let codebook: usize = 0;
/** Weights of the tile in visiting order, float32. */
export let linear: usize = 0;
export let quadratic: usize = 0;
/** Weights of a stage of several coefficients, padded with zeros to whole codebook rows. */
export let stageLinear: usize = 0;
export let stageQuadratic: usize = 0;
/** Registers and scores of the current beam and of the next one. */
export let register: usize = 0;
export let nextRegister: usize = 0;
export let score: usize = 0;
export let nextScore: usize = 0;
/**
 * Scores of the candidates: for each prefix and group of 4 paths, 4 whose last bit is 0, then 4 whose last bit is 1.
 */
export let candidateScore: usize = 0;
/** Histogram of a sample of the scores, 16-bit counts. */
export let histogram: usize = 0;
/** Stages of the tile: index after the last coefficient (32 bits), and number of bits (8 bits). */
export let stageEnds: usize = 0;
export let stageBits: usize = 0;
/** Stages of the segment, for the trace-back: offset of the mask, groups, bits; 12 bytes each. */
export let segment: usize = 0;
/**
 * One bit for each candidate of each stage: 1 if it survived. A byte holds the 8 candidates of a prefix and group.
 * Stages start at multiples of 8 bytes.
 */
export let masks: usize = 0;
/** Bits of the path found. */
export let packed: usize = 0;

let next: usize = 0;

/** Reserves memory, in multiples of 64 bytes. */
function take(bytes: usize): usize {
  const at = next;
  next += (bytes + 63) & ~63;
  return at;
}

/**
 * Lays out the memory for a beam of `width_` paths (at most `capacity_`), n coefficients and `stageCount` stages of at
 * most `mostBits` bits. The masks of a segment take `maskBytes`.
 */
export function configure(width_: i32, capacity_: i32, n: i32, stageCount: i32, mostBits: i32, maskBytes: usize): void {
  width = width_;
  capacity = capacity_;
  const padded = (<usize>capacity + 7) & ~3;
  const segmentStages = <usize>min(stageCount, SEGMENT_STAGES);
  next = (__heap_base + 63) & ~63;
  codebook = take(CODEBOOK_BYTES);
  linear = take(<usize>n * 4);
  quadratic = take(<usize>n * 4);
  stageLinear = take(<usize>n * 4 + 32);
  stageQuadratic = take(<usize>n * 4 + 32);
  // A group writes up to 8 survivors beyond the capacity, and their vectors another 4.
  register = take(padded * 4 + 64);
  nextRegister = take(padded * 4 + 64);
  score = take(padded * 4 + 64);
  nextScore = take(padded * 4 + 64);
  candidateScore = take((padded * 4) << mostBits);
  histogram = take(2 * BINS);
  stageEnds = take(<usize>stageCount * 4);
  stageBits = take(<usize>stageCount);
  packed = take(((<usize>stageCount * mostBits) >> 3) + 1);
  segment = take(segmentStages * 12);
  masks = take(maskBytes + 8);
  const missing = <isize>next - ((<isize>memory.size()) << 16);
  if (missing > 0 && memory.grow(<i32>((missing + 0xffff) >> 16)) < 0) unreachable();
}

export function codebookAt(): usize {
  return codebook;
}
export function linearAt(): usize {
  return linear;
}
export function quadraticAt(): usize {
  return quadratic;
}
export function stageEndsAt(): usize {
  return stageEnds;
}
export function stageBitsAt(): usize {
  return stageBits;
}
export function packedAt(): usize {
  return packed;
}

/** Starts a beam of one path. */
export function startBeam(startRegister: u32): void {
  store<u32>(register, startRegister);
  v128.store(score, f32x4.splat(-Infinity));
  store<f32>(score, 0);
  count = 1;
}

/** Makes the next beam, which has `survivors` paths, the current one. */
export function swapBeams(survivors: i32): void {
  v128.store(nextScore + ((<usize>survivors) << 2), f32x4.splat(-Infinity));
  count = survivors;
  const oldRegister = register;
  register = nextRegister;
  nextRegister = oldRegister;
  const oldScore = score;
  score = nextScore;
  nextScore = oldScore;
}
