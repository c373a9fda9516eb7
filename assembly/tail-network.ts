/**
 * The tail's network as a WebAssembly SIMD kernel (AssemblyScript): 16-bit integers as inputs, 32-bit sums. Integer
 * sums do not depend on their order, so the results equal those of the reference src/codec/tail/tail-network-sums.ts.
 * Built by scripts/build-embedded.js.
 */

let inputs: i32 = 0;
let hidden1: i32 = 0;
let hidden2: i32 = 0;
/** Addresses of the arrays, laid out by `configure`; layout of the weights: src/codec/tail/tail-network-layout.ts. */
let featuresPtr: usize = 0;
let weightsPtr: usize = 0;
let shared1: usize = 0;
let activations1: usize = 0;
let activations2: usize = 0;
let outputsPtr: usize = 0;

/** Sets the sizes (multiples of 8), lays out the arrays and reserves memory for them. */
export function configure(inputCount: i32, hiddenCount1: i32, hiddenCount2: i32, weightBytes: i32): void {
  inputs = inputCount;
  hidden1 = hiddenCount1;
  hidden2 = hiddenCount2;
  featuresPtr = (__heap_base + 15) & ~15;
  shared1 = featuresPtr + <usize>inputs * 2;
  activations1 = shared1 + <usize>(hidden1 + 4) * 4;
  activations2 = activations1 + <usize>hidden1 * 2;
  outputsPtr = activations2 + <usize>hidden2 * 2;
  weightsPtr = (outputsPtr + 64 + 15) & ~15;
  const end = weightsPtr + <usize>weightBytes;
  const pages = <i32>((end + 0xffff) >> 16);
  if (pages > memory.size()) memory.grow(pages - memory.size());
}

export function featuresAt(): usize {
  return featuresPtr;
}
export function weightsAt(): usize {
  return weightsPtr;
}
export function outputsAt(): usize {
  return outputsPtr;
}

/** Dot product of two vectors of `count` 16-bit numbers (a multiple of 8). */
function dot(a: usize, b: usize, count: i32): i32 {
  let sum = i32x4.splat(0);
  for (let i: usize = 0; i < <usize>count * 2; i += 16) {
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(a + i), v128.load(b + i)));
  }
  return (
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
  );
}

/** outputs[o] = bias[o] + weights[o] . x; the rows of weights lie one after the other. */
function layer(x: usize, count: i32, weights: usize, bias: usize, outputs: usize, rows: i32): void {
  for (let o: usize = 0; o < <usize>rows; o++) {
    store<i32>(outputs + o * 4, load<i32>(bias + o * 4) + dot(x, weights + o * <usize>count * 2, count));
  }
}

/** max(0, sum >> 12), at most 32767. */
function activate(sum: i32): i32 {
  return min(max(sum >> 12, 0), 32767);
}

/**
 * Sums that all colours share: those of the first layer, then those of the linear path (3 numbers, with room for 4).
 */
export function visit(weights: usize, bias: usize): void {
  layer(featuresPtr, inputs, weights, bias, shared1, hidden1 + 3);
}

/**
 * The sums of a colour's 9 outputs.
 *
 * @param before - number of colours of the pixel that are coded before it, 0..2
 * @param first, second - residuals of these colours
 * @param own - the colour's weights for these residuals: a row of hidden1 + 8 numbers for each of them
 */
export function predict(
  colour: i32,
  before: i32,
  first: i32,
  second: i32,
  own: usize,
  weights2: usize,
  bias2: usize,
  weights3: usize,
  bias3: usize,
): void {
  const row = <usize>(hidden1 + 8) * 2;
  for (let i: usize = 0; i < <usize>hidden1; i++) {
    let sum = load<i32>(shared1 + i * 4);
    if (before > 0) sum += <i32>load<i16>(own + i * 2) * first;
    if (before > 1) sum += <i32>load<i16>(own + row + i * 2) * second;
    store<i16>(activations1 + i * 2, <i16>activate(sum));
  }
  for (let o: usize = 0; o < <usize>hidden2; o++) {
    const sum = load<i32>(bias2 + o * 4) + dot(activations1, weights2 + o * <usize>hidden1 * 2, hidden1);
    store<i16>(activations2 + o * 2, <i16>activate(sum));
  }
  layer(activations2, hidden2, weights3, bias3, outputsPtr, 9);
  let line = load<i32>(shared1 + <usize>(hidden1 + colour) * 4);
  if (before > 0) line += <i32>load<i16>(own + <usize>hidden1 * 2) * first;
  if (before > 1) line += <i32>load<i16>(own + row + <usize>hidden1 * 2) * second;
  for (let k: usize = 3; k < 6; k++) store<i32>(outputsPtr + k * 4, load<i32>(outputsPtr + k * 4) + line);
}
