/**
 * Mixes the predictions of a decision in the logistic domain: four sets of weights, each chosen by a class of the
 * decision, then weights of the sets. docs/format.md, "Tail decisions".
 *
 * A row of weights is followed by its rate state, the same in four lanes.
 */

import { stretched } from './counters';
import { odds } from './experts';
import { clamp, clamp4, squash4 } from './float32';

const INPUTS: usize = 12;
const ROW: usize = (INPUTS + 4) * 4;
const START_EXPERT: f32 = 0.14;
const START_COUNTER: f32 = 0.06;
const RATE: f32 = 0.005;
const START_RATE: f32 = 0.03;
const RATE_DECAY: f32 = 0.00390625;
const FINAL_RATE: f32 = 0.002;
const LIMIT: f32 = 12;
/** Rates below it change nothing. */
const NEGLIGIBLE: f32 = 1e-20;

// Rows of the sets: 3 colours by 6, 8, 1 and 8 classes.
const set0: usize = memory.data((18 + 24 + 3 + 24) * 64, 16);
const set1: usize = set0 + 18 * ROW;
const set2: usize = set1 + 24 * ROW;
const set3: usize = set2 + 3 * ROW;
const ROWS: usize = 18 + 24 + 3 + 24;
/** Final weights: 3 colours, 8 depths, 8 classes. */
const finals: usize = memory.data(192 * 16, 16);

/** Of the current decision: rows, inputs, sums of the sets, and probability of a 1. */
let row0: usize = 0;
let row1: usize = 0;
let row2: usize = 0;
let row3: usize = 0;
let last: usize = 0;
const inputs: usize = memory.data(48, 16);
const sums: usize = memory.data(16, 16);
/** Result: the logarithm of the odds of a 1, and its probability. */
export let mixed: f32 = 0;
export let probability: f32 = 0;

export function openMixer(): void {
  for (let r: usize = 0; r < ROWS; r++) {
    const row = set0 + r * ROW;
    for (let i: usize = 0; i < INPUTS; i++) store<f32>(row + i * 4, i < 8 ? START_EXPERT : START_COUNTER);
    v128.store(row, f32x4.splat(1), INPUTS * 4);
  }
  for (let r: usize = 0; r < 192 * 16; r += 16) v128.store(finals + r, f32x4.splat(0.25));
}

function product(row: usize, x0: v128, x1: v128, x2: v128): v128 {
  // As the format has it, the sum starts at 0; adding the first product to it can only turn -0 into 0.
  let sum = f32x4.mul(v128.load(row), x0);
  sum = f32x4.add(sum, f32x4.mul(v128.load(row, 16), x1));
  return f32x4.add(sum, f32x4.mul(v128.load(row, 32), x2));
}

/**
 * Mixes the odds of the experts and of the counters.
 *
 * @param breadth, error - classes of the interval and of the errors around the sample
 */
export function mixDecision(colour: i32, depth: i32, breadth: i32, seen: i32, error: i32): void {
  row0 = set0 + <usize>(colour * 6 + breadth) * ROW;
  row1 = set1 + <usize>(colour * 8 + seen) * ROW;
  row2 = set2 + <usize>colour * ROW;
  row3 = set3 + <usize>(colour * 8 + error) * ROW;
  last = finals + ((<usize>((colour * 8 + depth) * 8 + seen)) << 4);
  const x0 = clamp4(v128.load(odds), -10, 10);
  const x1 = clamp4(v128.load(odds, 16), -10, 10);
  const x2 = v128.load(stretched);
  v128.store(inputs, x0);
  v128.store(inputs, x1, 16);
  v128.store(inputs, x2, 32);
  const a = product(row0, x0, x1, x2);
  const b = product(row1, x0, x1, x2);
  const c = product(row2, x0, x1, x2);
  const d = product(row3, x0, x1, x2);
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 2, 4, 6), v128.shuffle<f32>(a, b, 1, 3, 5, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 2, 4, 6), v128.shuffle<f32>(c, d, 1, 3, 5, 7));
  const totals = f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
  const limited = clamp4(totals, -LIMIT, LIMIT);
  v128.store(sums, limited);
  const weighted = f32x4.mul(v128.load(last), limited);
  const sum =
    f32x4.extract_lane(weighted, 0) +
    f32x4.extract_lane(weighted, 1) +
    (f32x4.extract_lane(weighted, 2) + f32x4.extract_lane(weighted, 3));
  mixed = clamp(sum, -LIMIT, LIMIT);
  probability = f32x4.extract_lane(squash4(f32x4.splat(mixed)), 0);
}

/** Adapts a row by the error of its set. */
function adapt(row: usize, error: v128, x0: v128, x1: v128, x2: v128): void {
  const rate = v128.load(row, INPUTS * 4);
  const k = f32x4.mul(error, f32x4.add(f32x4.splat(RATE), f32x4.mul(f32x4.splat(START_RATE), rate)));
  v128.store(row, f32x4.add(v128.load(row), f32x4.mul(k, x0)));
  v128.store(row, f32x4.add(v128.load(row, 16), f32x4.mul(k, x1)), 16);
  v128.store(row, f32x4.add(v128.load(row, 32), f32x4.mul(k, x2)), 32);
  const decayed = f32x4.sub(rate, f32x4.mul(rate, f32x4.splat(RATE_DECAY)));
  // A rate that vanishes in the sum above becomes 0 before it is denormal, which would be slow.
  v128.store(row, v128.and(decayed, f32x4.ge(decayed, f32x4.splat(NEGLIGIBLE))), INPUTS * 4);
}

/** Learns the outcome of the decision. */
export function learnMixer(bit: i32): void {
  const outcome = <f32>bit;
  const a = v128.load(sums);
  const errors = f32x4.sub(f32x4.splat(outcome), squash4(a));
  const x0 = v128.load(inputs);
  const x1 = v128.load(inputs, 16);
  const x2 = v128.load(inputs, 32);
  adapt(row0, v128.shuffle<f32>(errors, errors, 0, 0, 0, 0), x0, x1, x2);
  adapt(row1, v128.shuffle<f32>(errors, errors, 1, 1, 1, 1), x0, x1, x2);
  adapt(row2, v128.shuffle<f32>(errors, errors, 2, 2, 2, 2), x0, x1, x2);
  adapt(row3, v128.shuffle<f32>(errors, errors, 3, 3, 3, 3), x0, x1, x2);
  const k = f32x4.splat((outcome - probability) * FINAL_RATE);
  v128.store(last, f32x4.add(v128.load(last), f32x4.mul(k, a)));
}
