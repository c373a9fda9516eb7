/**
 * The denoiser's network as one WebAssembly program (AssemblyScript): a list of operations on feature maps in memory that
 * threads may share. Every operation is cut into blocks; a thread takes the next block that nobody has taken, and goes on to the next operation when all
 * blocks are done. So threads may join at any time, and what is computed does not depend on their number.
 *
 * Feature maps are (batch, height, width, channels) with a border of zeros around each image. docs/design/network.md.
 */
import { multiply, ROWS } from './multiply';
// biome-ignore lint/style/useImportType: AssemblyScript has no imports of types
import { CONV_2, CONV_4, DOWN, Operation, RECORD } from './operation';
import * as winograd2 from './winograd2';
import * as winograd4 from './winograd4';

export { transformFilter } from './filters';

/** Bytes of a thread's scratch memory for the transforms: 36 vectors and 16 results. */
const TRANSFORM: usize = 1024;
/** Between the matrices of a block, so that equal places in them do not share the sets of a cache: input transforms take 2/3 of the time then. */
const LINE: usize = 64;
/** Turns for which a thread looks whether the others are done before it sleeps. */
const SPINS: i32 = 4096;
/** Nanoseconds after which a thread that waits looks whether the run was abandoned. */
const LOOK: i64 = 20_000_000;
/** State of a run that will not be finished; src/model/photo-net/program/run-header.ts. */
const ABANDONED: i32 = 3;

/** Gain and shift of 4 channels, and flags of the epilogue; see Operation. */
function withEpilogue(
  sum: v128,
  hasGain: bool,
  gain: v128,
  shift: v128,
  rectify: i32,
  accumulate: bool,
  output: usize,
): v128 {
  const zero = f32x4.splat(0);
  let value = f32x4.add(hasGain ? f32x4.mul(sum, gain) : sum, shift);
  if (rectify === 1) value = f32x4.max(value, zero);
  if (accumulate) value = f32x4.add(v128.load(output), value);
  return rectify === 2 ? f32x4.max(value, zero) : value;
}

/**
 * Stores 4 channels of `high` rows of `wide` values.
 *
 * @param values - sums: vectors, `valuePitch` bytes from one row to the next, `valueStep` from one to the next in a row
 * @param output - the first output, `pixel` bytes from one to the next in a row
 */
function storeValues(
  op: Operation,
  values: usize,
  valuePitch: usize,
  valueStep: usize,
  output: usize,
  pixel: usize,
  high: i32,
  wide: i32,
  channel: usize,
): void {
  const rectify = op.rectify;
  const accumulate = op.accumulate !== 0;
  const hasGain = op.gain !== 0;
  const shift = v128.load(op.shift + channel);
  const gain = hasGain ? v128.load(op.gain + channel) : shift;
  const pitch = op.outputPitch;
  let from = values;
  let line = output;
  for (let j = 0; j < high; j++, line += pitch, from += valuePitch) {
    let at = line;
    let value = from;
    for (let i = 0; i < wide; i++, at += pixel, value += valueStep) {
      v128.store(at, withEpilogue(v128.load(value), hasGain, gain, shift, rectify, accumulate, at));
    }
  }
}

/** Address of a row of a map. Rows are counted through all images, of `height` rows each. */
function rowAt(map: usize, image: usize, pitch: usize, row: i32, height: i32): usize {
  return map + <usize>(row / height) * image + <usize>(row % height) * pitch;
}

/** A 3x3 convolution of tiles first..last-1, counted row by row through all images. */
function convolve(op: Operation, first: i32, last: i32, side: i32, scratch: usize): void {
  const input = side + 2;
  const positions = input * input;
  const rows = (last - first + ROWS - 1) & ~(ROWS - 1);
  const pixelIn = (<usize>op.channels) << 2;
  const pixelOut = (<usize>op.outputs) << 2;
  const across = (op.width + side - 1) / side;
  const down = (op.height + side - 1) / side;
  const left = scratch + TRANSFORM;
  const leftStride = <usize>rows * pixelIn + LINE;
  const result = left + <usize>positions * leftStride;
  const resultStride = <usize>rows * pixelOut + LINE;
  // The border makes a tile's upper left input one row above and one pixel before.
  const corner = op.input - op.inputPitch - pixelIn;
  for (let tile = first; tile < last; tile++) {
    const x = (tile % across) * side;
    const line = rowAt(corner, op.inputImage, <usize>side * op.inputPitch, tile / across, down);
    const from = line + <usize>x * pixelIn;
    const to = left + <usize>(tile - first) * pixelIn;
    if (side === winograd4.SIDE) {
      for (let c: usize = 0; c < pixelIn; c += 16)
        winograd4.transformInput(from + c, op.inputPitch, pixelIn, to + c, leftStride, scratch);
    } else {
      for (let c: usize = 0; c < pixelIn; c += 16)
        winograd2.transformInput(from + c, op.inputPitch, pixelIn, to + c, leftStride, scratch);
    }
  }
  multiply(left, leftStride, op.weights, result, resultStride, positions, rows, pixelIn, pixelOut);
  const values = scratch + 576;
  for (let tile = first; tile < last; tile++) {
    const row = tile / across;
    const y = (row % down) * side;
    const x = (tile % across) * side;
    const high = min(side, op.height - y);
    const wide = min(side, op.width - x);
    const line = rowAt(op.output, op.outputImage, <usize>side * op.outputPitch, row, down);
    const to = line + <usize>x * pixelOut;
    const from = result + <usize>(tile - first) * pixelOut;
    for (let c: usize = 0; c < pixelOut; c += 16) {
      if (side === winograd4.SIDE) winograd4.restoreOutput(from + c, resultStride, values, scratch);
      else winograd2.restoreOutput(from + c, resultStride, values, scratch);
      storeValues(op, values, (<usize>side) << 4, 16, to + c, pixelOut, high, wide, c);
    }
  }
}

/** A 2x2 convolution with stride 2 of output pixels first..last-1. */
function reduce(op: Operation, first: i32, last: i32, scratch: usize): void {
  const rows = (last - first + ROWS - 1) & ~(ROWS - 1);
  const half = (<usize>op.channels) << 3;
  const pixelOut = (<usize>op.outputs) << 2;
  const left = scratch + TRANSFORM;
  const result = left + <usize>rows * 2 * half;
  let to = left;
  for (let pixel = first; pixel < last; pixel++, to += 2 * half) {
    const line = rowAt(op.input, op.inputImage, 2 * op.inputPitch, pixel / op.width, op.height);
    const from = line + <usize>(pixel % op.width) * half;
    memory.copy(to, from, half);
    memory.copy(to + half, from + op.inputPitch, half);
  }
  multiply(left, 0, op.weights, result, 0, 1, rows, 2 * half, pixelOut);
  let from = result;
  for (let pixel = first; pixel < last; pixel++, from += pixelOut) {
    const line = rowAt(op.output, op.outputImage, op.outputPitch, pixel / op.width, op.height);
    const at = line + <usize>(pixel % op.width) * pixelOut;
    for (let c: usize = 0; c < pixelOut; c += 16) storeValues(op, from + c, 0, 0, at + c, 0, 1, 1, c);
  }
}

/** A transposed 2x2 convolution with stride 2 of input pixels first..last-1: 2 x 2 outputs each. */
function enlarge(op: Operation, first: i32, last: i32, scratch: usize): void {
  const rows = (last - first + ROWS - 1) & ~(ROWS - 1);
  const pixelIn = (<usize>op.channels) << 2;
  const pixelOut = (<usize>op.outputs) << 2;
  const left = scratch + TRANSFORM;
  const result = left + <usize>rows * pixelIn;
  let to = left;
  for (let pixel = first; pixel < last; pixel++, to += pixelIn) {
    const line = rowAt(op.input, op.inputImage, op.inputPitch, pixel / op.width, op.height);
    memory.copy(to, line + <usize>(pixel % op.width) * pixelIn, pixelIn);
  }
  multiply(left, 0, op.weights, result, 0, 1, rows, pixelIn, 4 * pixelOut);
  let from = result;
  for (let pixel = first; pixel < last; pixel++, from += 4 * pixelOut) {
    const line = rowAt(op.output, op.outputImage, 2 * op.outputPitch, pixel / op.width, op.height);
    const at = line + <usize>(pixel % op.width) * 2 * pixelOut;
    for (let c: usize = 0; c < pixelOut; c += 16) {
      storeValues(op, from + c, 2 * pixelOut, pixelOut, at + c, pixelOut, 2, 2, c);
    }
  }
}

function runBlock(op: Operation, block: i32, scratch: usize): void {
  const first = block * op.blockSize;
  if (op.kind === CONV_4 || op.kind === CONV_2) {
    const side = op.kind === CONV_4 ? winograd4.SIDE : winograd2.SIDE;
    const tiles = op.batch * ((op.height + side - 1) / side) * ((op.width + side - 1) / side);
    convolve(op, first, min(first + op.blockSize, tiles), side, scratch);
    return;
  }
  const last = min(first + op.blockSize, op.batch * op.height * op.width);
  if (op.kind === DOWN) reduce(op, first, last, scratch);
  else enlarge(op, first, last, scratch);
}

/**
 * Takes part in a run of the program.
 *
 * @param operations - records, see operation.ts
 * @param counters - for each operation, two 32-bit words that were 0 before the run: blocks taken and blocks done
 * @param scratch - memory that no other thread uses
 * @param state - address of the run's state. A thread that waits for others leaves once it is abandoned
 * @returns number of blocks that this thread has done, or -1 if it has left
 */
export function run(operations: usize, count: i32, counters: usize, scratch: usize, state: usize): i32 {
  let own = 0;
  for (let i = 0; i < count; i++) {
    const op = changetype<Operation>(operations + <usize>i * RECORD);
    const taken = counters + <usize>i * 8;
    const done = taken + 4;
    for (;;) {
      const block = atomic.add<i32>(taken, 1);
      if (block >= op.blocks) break;
      runBlock(op, block, scratch);
      own++;
      if (atomic.add<i32>(done, 1) + 1 === op.blocks) atomic.notify(done, -1);
    }
    for (let spin = 0; ; spin++) {
      const now = atomic.load<i32>(done);
      if (now === op.blocks) break;
      if (spin < SPINS) continue;
      if (atomic.load<i32>(state) === ABANDONED) return -1;
      atomic.wait<i32>(done, now, LOOK);
    }
  }
  return own;
}
