/**
 * Memory of the path search kernel: one static layout, filled by src/codec/trellis/search-kernel.ts. Nothing is
 * allocated during a search. For speed, the other files copy what a loop needs to local variables.
 */

// Constants of the reference search (src/codec/trellis/path-search.ts and search-weights.ts).
export const SEGMENT_STAGES: i32 = 8192;
export const BINS: i32 = 256;

/** Codebook rows, 16 bytes each: 4 code values and their squares. A constant address saves an addition a look-up. */
export const CODEBOOK: usize = memory.data(4 * 65536, 64);
/** Histogram of a sample of the scores, 16-bit counts. */
export const HISTOGRAM: usize = memory.data(2 * 256, 16);

/** Survivor paths that the search aims at, the most that a beam may hold, and the number in the current beam. */
export let width: i32 = 0;
export let capacity: i32 = 0;
export let count: i32 = 0;

/** Weights of the tile's coefficients in canonical order: linear and quadratic, float32. */
export let weights: usize = 0;
/** Visiting order, 32 bits each. */
export let order: usize = 0;
/**
 * Codebook rows of a stage, 32 bytes each: 2 linear and 2 quadratic weights, then 2 more of both, 16-bit integers; then
 * the row's part of the first half of the hash, in 4 lanes.
 */
export let rows: usize = 0;
/** Registers and scores of the current beam and of the next one. */
export let register: usize = 0;
export let nextRegister: usize = 0;
export let score: usize = 0;
export let nextScore: usize = 0;
/**
 * Scores of the candidates: for each prefix and group of 8 paths, 8 whose last bit is 0, then 8 whose last bit is 1.
 */
export let candidateScore: usize = 0;
/** Stages of the tile: index after the last coefficient (32 bits), and number of bits (8 bits). */
export let stageEnds: usize = 0;
export let stageBits: usize = 0;
/** Stages of the segment, for the trace-back: offset of the mask, groups, bits; 12 bytes each. */
export let segment: usize = 0;
/**
 * One bit for each candidate of each stage: 1 if it survived. 16 bits hold the candidates of a prefix and group.
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
 * most `mostRows` codebook rows and `mostBits` bits. The masks of a segment take `maskBytes`.
 */
export function configure(
  width_: i32,
  capacity_: i32,
  n: i32,
  stageCount: i32,
  mostRows: i32,
  mostBits: i32,
  maskBytes: usize,
): void {
  width = width_;
  capacity = capacity_;
  const segmentStages = <usize>min(stageCount, SEGMENT_STAGES);
  next = (__heap_base + 63) & ~63;
  weights = take(<usize>n * 8);
  order = take(<usize>n * 4);
  rows = take(<usize>mostRows * 32);
  // A group writes up to 16 survivors beyond the capacity, and their vectors another 4.
  const beamBytes = (<usize>capacity + 20) << 2;
  register = take(beamBytes);
  nextRegister = take(beamBytes);
  score = take(beamBytes);
  nextScore = take(beamBytes);
  candidateScore = take((((<usize>capacity + 7) & ~7) << 2) << mostBits);
  stageEnds = take(<usize>stageCount * 4);
  stageBits = take(<usize>stageCount);
  packed = take(((<usize>stageCount * mostBits) >> 3) + 1);
  segment = take(segmentStages * 12);
  masks = take(maskBytes + 8);
  const missing = <isize>next - ((<isize>memory.size()) << 16);
  if (missing > 0 && memory.grow(<i32>((missing + 0xffff) >> 16)) < 0) unreachable();
}

export function codebookAt(): usize {
  return CODEBOOK;
}
export function weightsAt(): usize {
  return weights;
}
export function orderAt(): usize {
  return order;
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

/** Ends the scores of a beam of `paths` paths with those of the paths that its last group of 8 lacks. */
function endScores(scores: usize, paths: i32): void {
  const end = scores + ((<usize>paths) << 2);
  v128.store(end, f32x4.splat(-Infinity));
  v128.store(end, f32x4.splat(-Infinity), 16);
}

/** Starts a beam of one path. */
export function startBeam(startRegister: u32): void {
  store<u32>(register, startRegister);
  store<f32>(score, 0);
  endScores(score, 1);
  count = 1;
}

/** Makes the next beam, which has `survivors` paths, the current one. */
export function swapBeams(survivors: i32): void {
  endScores(nextScore, survivors);
  count = survivors;
  const oldRegister = register;
  register = nextRegister;
  nextRegister = oldRegister;
  const oldScore = score;
  score = nextScore;
  nextScore = oldScore;
}
