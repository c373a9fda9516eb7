/**
 * Corrects probabilities by the outcomes of earlier decisions with similar ones (secondary symbol estimation).
 * docs/format.md, "Tail decisions".
 *
 * A table has rows of entries for log odds -8, -7.5 .. 8, interpolated linearly. An entry is a probability and a count.
 */
import { clamp, squash4 } from './float32';

const ENTRIES: usize = 33;
const ROW: usize = ENTRIES * 8;
const START_COUNT: f32 = 20;
const MOST_COUNT: f32 = 255;
/** Probabilities below it change nothing. */
const NEGLIGIBLE: f32 = 1e-20;

/** Tables: by colour and node; by colour, distance and breadth; of near-certain decisions. */
const ROWS: usize = 768 + 198 + 48;
const byNode: usize = memory.data((768 + 198 + 48) * 33 * 8, 16);
const byDistance: usize = byNode + 768 * ROW;
const nearCertain: usize = byDistance + 198 * ROW;

/** Entries that learn from the current decision. */
let first: usize = 0;
let second: usize = 0;

export function openCorrection(): void {
  for (let i: usize = 0; i < ENTRIES; i++) {
    const half: f32 = 0.5;
    const p = f32x4.extract_lane(squash4(f32x4.splat(<f32>(<i32>i - 16) * half)), 0);
    for (let r: usize = 0; r < ROWS; r++) {
      store<f32>(byNode + r * ROW + i * 8, p);
      store<f32>(byNode + r * ROW + i * 8, START_COUNT, 4);
    }
  }
}

function interpolate(entry: usize, share: f32): f32 {
  return load<f32>(entry) * (<f32>1 - share) + load<f32>(entry, 8) * share;
}

/** The mixed probability of a 1, corrected by the tables for a node and a distance (of all colours). */
export function correct(odds: f32, mixed: f32, node: i32, distance: i32): f32 {
  const position = clamp(odds * 2 + 16, 0, 31.999);
  const bin = <i32>position;
  const share: f32 = position - <f32>bin;
  const a = byNode + <usize>node * ROW + ((<usize>bin) << 3);
  const b = byDistance + <usize>distance * ROW + ((<usize>bin) << 3);
  const nearest: usize = share > 0.5 ? 8 : 0;
  first = a + nearest;
  second = b + nearest;
  const half: f32 = 0.5;
  const quarter: f32 = 0.25;
  return half * mixed + quarter * interpolate(a, share) + quarter * interpolate(b, share);
}

/** Probability of a 1 for a near-certain decision, from its log odds -11..11. */
export function correctNearCertain(odds: f32, row: i32): f32 {
  const position = clamp(odds * 2 + 16, 0, 31.999);
  const bin = <i32>position;
  const share: f32 = position - <f32>bin;
  const entry = nearCertain + <usize>row * ROW + ((<usize>bin) << 3);
  first = entry + (share > 0.5 ? 8 : 0);
  const half: f32 = 0.5;
  return half * interpolate(entry, share) + half * f32x4.extract_lane(squash4(f32x4.splat(odds)), 0);
}

function adapt(entry: usize, outcome: f32): void {
  const p = load<f32>(entry);
  const count = load<f32>(entry, 4);
  const q: f32 = p + (outcome - p) / (count + 0.5);
  // A probability that vanishes in all sums becomes 0 before it is denormal, which would be slow.
  store<f32>(entry, q < NEGLIGIBLE ? 0 : q);
  store<f32>(entry, count < MOST_COUNT ? count + 1 : count, 4);
}

/** Learns the outcome of the decision. */
export function learnCorrection(bit: i32): void {
  adapt(first, <f32>bit);
  adapt(second, <f32>bit);
}

/** Learns the outcome of a near-certain decision. */
export function learnNearCertain(bit: i32): void {
  adapt(first, <f32>bit);
}
