/**
 * The tail's regressions: predictions learned from the picture alone. docs/format.md, "Tail regressions".
 *
 * A regression keeps the inputs of the samples since its last solution in rows of memory, and adds them to its moments
 * together.
 */
import { dot } from './float32';
import { accumulate, accumulateSum, solve, tileBytes } from './moments';
import { grey, mean, near, noise } from './planes';

const EAGER_SAMPLES: i32 = 256;

/** What all regressions share: inputs of pending samples, and coefficients. */
class Regression {
  /** Blocks of four inputs, and of four columns of the moments. */
  readonly rows: i32;
  readonly columns: i32;
  /** Bytes of a sample's inputs. */
  readonly stride: usize;
  /** Inputs of the pending samples, the value after the last input, and the inputs times the weight. */
  readonly samples: usize;
  readonly scaled: usize;
  readonly coefficients: usize;
  pending: i32 = 0;

  constructor(
    readonly n: i32,
    most: i32,
  ) {
    this.rows = (n + 3) >> 2;
    this.columns = (n + 4) >> 2;
    this.stride = (<usize>this.columns) << 4;
    this.samples = heap.alloc(<usize>most * this.stride);
    this.scaled = heap.alloc(<usize>most * this.stride);
    this.coefficients = heap.alloc((<usize>this.rows) << 4);
  }

  /** Where the inputs of the current sample are to be written. */
  get inputs(): usize {
    return this.samples + <usize>this.pending * this.stride;
  }

  /** Prediction from the inputs. */
  predict(): f32 {
    return dot(this.coefficients, this.inputs, this.rows);
  }

  /** Records the current sample. */
  record(value: f32, weight: f32): void {
    const from = this.inputs;
    const to = this.scaled + <usize>this.pending * this.stride;
    const w = f32x4.splat(weight);
    for (let i: usize = 0; i < this.stride; i += 16) v128.store(to + i, f32x4.mul(w, v128.load(from + i)));
    store<f32>(from + ((<usize>this.n) << 2), value);
    this.pending++;
  }

  /** Makes the memory of the pending samples free. Only the place of the value must become 0 again. */
  forget(): void {
    for (let s = 0; s < this.pending; s++) {
      store<f32>(this.samples + <usize>s * this.stride + ((<usize>this.n) << 2), 0);
    }
    this.pending = 0;
  }
}

/** Forgets samples exponentially; solved after every `interval`-th sample, and more often at the start. */
export class ForgettingRegression extends Regression {
  readonly tiles: usize;
  readonly keep: f32;
  count: i32 = 0;

  /** @param rate - share that a sample's moments lose with each following sample */
  constructor(
    n: i32,
    readonly rate: f32,
    readonly ridge: f32,
    readonly interval: i32,
  ) {
    super(n, interval);
    this.keep = <f32>1 - rate;
    this.tiles = heap.alloc(tileBytes(this.rows, this.columns));
  }

  learn(value: f32, weight: f32): void {
    this.record(value, this.rate * weight);
    const count = ++this.count;
    if ((count <= EAGER_SAMPLES && (count & 1) === 0) || count % this.interval === 0) this.update();
  }

  private update(): void {
    const tiles = this.tiles;
    accumulate(tiles, this.rows, this.columns, this.samples, this.scaled, this.stride, this.pending, this.keep);
    this.forget();
    solve(tiles, this.n, this.columns, this.ridge, this.coefficients);
  }
}

/** Width of a block in pixels. */
const BLOCK: i32 = 8;
const DECAY: f32 = 0.85;
const LEFT: f32 = 0.8;
const RIGHT: f32 = 0.68;
const LOCAL_RIDGE: f32 = 0.5;

/**
 * Learns from the neighbourhood: moments are kept for blocks of columns, decay from row to row, and are shared with the
 * blocks beside. Its coefficients stay the same within a block of a row.
 */
export class LocalRegression extends Regression {
  /** Moments of each block, and of a sum of blocks. */
  readonly tiles: usize;
  readonly sum: usize;
  readonly bytes: usize;

  constructor(
    n: i32,
    readonly width: i32,
  ) {
    super(n, BLOCK);
    this.bytes = tileBytes(this.rows, this.columns);
    this.tiles = heap.alloc(<usize>((width + BLOCK - 1) / BLOCK) * this.bytes);
    this.sum = heap.alloc(this.bytes);
  }

  /** Starts a pixel; at the first one of a block of a row it updates the coefficients. */
  visit(column: i32): void {
    if ((column & (BLOCK - 1)) !== 0) return;
    const bytes = this.bytes;
    const sum = this.sum;
    const own = this.tiles + <usize>(column / BLOCK) * bytes;
    const hasLeft = column > 0;
    const hasRight = column + BLOCK < this.width;
    for (let i: usize = 0; i < bytes; i += 16) {
      let total = f32x4.mul(v128.load(own + i), f32x4.splat(DECAY));
      v128.store(own + i, total);
      if (hasLeft) total = f32x4.add(total, f32x4.mul(v128.load(own - bytes + i), f32x4.splat(LEFT)));
      if (hasRight) total = f32x4.add(total, f32x4.mul(v128.load(own + bytes + i), f32x4.splat(RIGHT)));
      v128.store(sum + i, total);
    }
    solve(sum, this.n, this.columns, LOCAL_RIDGE, this.coefficients);
  }

  /** Ends a pixel; the last one of a block of a row hands the row's samples to the block. */
  leave(column: i32): void {
    if ((column & (BLOCK - 1)) !== BLOCK - 1 && column !== this.width - 1) return;
    const own = this.tiles + <usize>(column / BLOCK) * this.bytes;
    accumulateSum(own, this.rows, this.columns, this.samples, this.scaled, this.stride, this.pending);
    this.forget();
  }
}

/** Number of inputs of a colour's regression with `own` neighbours of its colour, `other` of each colour before it. */
export function inputCount(own: i32, other: i32, colour: i32): i32 {
  return own + 2 + colour * (other + 1);
}

/**
 * Writes the inputs of a regression: grey levels around the sample, less the mean that it improves.
 *
 * @param at - the pixel's first sample in the planes
 * @param base - that mean; `bases` those of the pixel's colours before
 * @param own, other - numbers of neighbours, even
 */
export function fillInputs(to: usize, at: usize, colour: i32, own: i32, other: i32, base: f32, bases: usize): void {
  const sample = at + ((<usize>colour) << 2);
  let input = to;
  input = fillNeighbours(input, grey + sample, own, base);
  const centre = load<f32>(mean + sample);
  store<f32>(input, (centre - base) * 0.25);
  store<f32>(input, (centre + load<f32>(noise + sample) - base) * 0.05, 4);
  input += 8;
  for (let q: usize = 0; q < (<usize>colour) << 2; q += 4) {
    const level = load<f32>(grey + at + q);
    store<f32>(input, (level - load<f32>(bases + q)) * 0.25);
    input = fillNeighbours(input + 4, grey + at + q, other, level);
  }
}

function fillNeighbours(to: usize, plane: usize, count: i32, base: f32): usize {
  let input = to;
  const end = near + ((<usize>count) << 2);
  for (let k = near; k < end; k += 8, input += 8) {
    store<f32>(input, (load<f32>(plane + load<i32>(k)) - base) * 0.25);
    store<f32>(input, (load<f32>(plane + load<i32>(k, 4)) - base) * 0.25, 4);
  }
  return input;
}
