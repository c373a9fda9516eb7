/**
 * Rows of SSIMULACRA 2 as a WebAssembly SIMD kernel (AssemblyScript). Built by scripts/build-embedded.js; called by
 * src/quality/ssimulacra2/comparison.ts, which says how rows are laid out. Addresses of rows are those of their first sample; before it
 * and behind the last there are at least 4 samples that are 0. Functions that write a row leave zeros behind its last sample.
 */

/** Constant of SSIM's second factor, as in the reference. */
const C2: f32 = 0.0009;
/** Bytes of a vector and of a sample. */
const VECTOR: usize = 16;
const SAMPLE: usize = 4;
/** Rows on each side of the centre that the blur takes. */
const RADIUS: i32 = 4;

/** Rows of a block, which has all of one row of one channel: samples of both pictures, then what is blurred across. */
const FIRST: usize = 0;
const SECOND: usize = 1;
const MEAN_FIRST: usize = 2;
const MEAN_SECOND: usize = 3;
const SQUARE_FIRST: usize = 4;
const SQUARE_SECOND: usize = 5;
const PRODUCT: usize = 6;

/** Taps of the blur, from the centre outwards; each in all lanes. */
let tap0: v128 = f32x4.splat(0);
let tap1: v128 = f32x4.splat(0);
let tap2: v128 = f32x4.splat(0);
let tap3: v128 = f32x4.splat(0);
let tap4: v128 = f32x4.splat(0);

/** Sets the taps of the blur. */
export function setTaps(t0: f32, t1: f32, t2: f32, t3: f32, t4: f32): void {
  tap0 = f32x4.splat(t0);
  tap1 = f32x4.splat(t1);
  tap2 = f32x4.splat(t2);
  tap3 = f32x4.splat(t3);
  tap4 = f32x4.splat(t4);
}

/** Writes zeros behind the last sample, up to the end of its vector. */
function clearBehind(row: usize, width: i32): void {
  const end = row + ((<usize>width + 3) & ~3) * SAMPLE;
  for (let at = row + <usize>width * SAMPLE; at < end; at += SAMPLE) store<f32>(at, 0);
}

/**
 * Turns bytes into linear light by a table.
 *
 * @param samples - a row, `channels` bytes a pixel: grey, grey and alpha, RGB or RGBA
 * @param table - 256 numbers; with alpha, 256 for each value of alpha
 * @param target - rows R, G and B, `stride` bytes apart
 */
export function linearRow(samples: usize, channels: i32, table: usize, target: usize, stride: usize, width: i32): void {
  const hasAlpha = (channels & 1) === 0;
  const greenAt: usize = channels > 2 ? 1 : 0;
  let from = samples;
  let to = target;
  for (let x = 0; x < width; x++, from += channels, to += SAMPLE) {
    const values = hasAlpha ? table + <usize>load<u8>(from + channels - 1) * (256 * SAMPLE) : table;
    store<f32>(to, load<f32>(values + <usize>load<u8>(from) * SAMPLE));
    store<f32>(to + stride, load<f32>(values + <usize>load<u8>(from + greenAt) * SAMPLE));
    store<f32>(to + 2 * stride, load<f32>(values + <usize>load<u8>(from + 2 * greenAt) * SAMPLE));
  }
}

/** Cube roots of positive numbers: a guess from the exponent within 4 %, then two steps of Halley. */
function cubeRoot(x: v128): v128 {
  const guess = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(x), f32x4.splat(1.0 / 3.0)), f32x4.splat(709958130));
  let y = i32x4.trunc_sat_f32x4_s(guess);
  for (let step = 0; step < 2; step++) {
    const cube = f32x4.mul(f32x4.mul(y, y), y);
    const above = f32x4.add(f32x4.add(cube, x), x);
    const below = f32x4.add(f32x4.add(cube, cube), x);
    y = f32x4.mul(y, f32x4.div(above, below));
  }
  return y;
}

function mixed(r: v128, g: v128, b: v128, red: f32, green: f32, blue: f32): v128 {
  const bias = f32x4.splat(0.0037930732552754493);
  const sum = f32x4.add(f32x4.mul(f32x4.splat(red), r), f32x4.mul(f32x4.splat(green), g));
  const absorbed = f32x4.add(f32x4.add(sum, f32x4.mul(f32x4.splat(blue), b)), bias);
  // The cube root of the bias is taken off.
  return f32x4.sub(cubeRoot(f32x4.max(absorbed, bias)), f32x4.splat(0.15595420054924863));
}

/**
 * XYB of a row, shifted to about 0..1 as in the reference's `MakePositiveXYB`.
 *
 * @param linear - rows R, G and B, `stride` bytes apart
 * @param target - row X; rows Y and B - Y follow, `step` bytes apart
 */
export function xybRow(linear: usize, stride: usize, target: usize, step: usize, width: i32): void {
  const end = <usize>width * SAMPLE;
  for (let at: usize = 0; at < end; at += VECTOR) {
    const r = v128.load(linear + at);
    const g = v128.load(linear + stride + at);
    const b = v128.load(linear + 2 * stride + at);
    const long = mixed(r, g, b, 0.3, 0.622, 0.078);
    const middle = mixed(r, g, b, 0.23, 0.692, 0.078);
    const short = mixed(r, g, b, 0.24342268924547819, 0.20476744424496821, 0.5518098665095535);
    const x = f32x4.mul(f32x4.sub(long, middle), f32x4.splat(0.5));
    const y = f32x4.mul(f32x4.add(long, middle), f32x4.splat(0.5));
    v128.store(target + at, f32x4.add(f32x4.mul(x, f32x4.splat(14)), f32x4.splat(0.42)));
    v128.store(target + step + at, f32x4.add(y, f32x4.splat(0.01)));
    v128.store(target + 2 * step + at, f32x4.add(f32x4.sub(short, y), f32x4.splat(0.55)));
  }
  for (let channel: usize = 0; channel < 3; channel++) clearBehind(target + channel * step, width);
}

/** Nine samples, mirrored about the centre, by the taps. */
function weighted(m4: v128, m3: v128, m2: v128, m1: v128, centre: v128, p1: v128, p2: v128, p3: v128, p4: v128): v128 {
  let sum = f32x4.mul(centre, tap0);
  sum = f32x4.add(sum, f32x4.mul(f32x4.add(m1, p1), tap1));
  sum = f32x4.add(sum, f32x4.mul(f32x4.add(m2, p2), tap2));
  sum = f32x4.add(sum, f32x4.mul(f32x4.add(m3, p3), tap3));
  return f32x4.add(sum, f32x4.mul(f32x4.add(m4, p4), tap4));
}

function blurAcross(source: usize, target: usize, width: i32): void {
  const end = source + <usize>width * SAMPLE;
  for (let from = source, to = target; from < end; from += VECTOR, to += VECTOR) {
    const sum = weighted(
      v128.load(from - 16),
      v128.load(from - 12),
      v128.load(from - 8),
      v128.load(from - 4),
      v128.load(from),
      v128.load(from, 4),
      v128.load(from, 8),
      v128.load(from, 12),
      v128.load(from, 16),
    );
    v128.store(to, sum);
  }
  clearBehind(target, width);
}

/** Products of two rows; what is behind their last samples is 0. */
function multiplyRows(a: usize, b: usize, target: usize, width: i32): void {
  const end = <usize>width * SAMPLE;
  for (let at: usize = 0; at < end; at += VECTOR) {
    v128.store(target + at, f32x4.mul(v128.load(a + at), v128.load(b + at)));
  }
}

/**
 * Blurs a block's row across: its samples and, if they are needed, their products.
 *
 * @param block - its rows are `stride` bytes apart; FIRST and SECOND are there, the others are written
 * @param scratch - a row
 */
export function blurBlock(block: usize, scratch: usize, stride: usize, width: i32, withProducts: bool): void {
  const first = block + FIRST * stride;
  const second = block + SECOND * stride;
  blurAcross(first, block + MEAN_FIRST * stride, width);
  blurAcross(second, block + MEAN_SECOND * stride, width);
  if (!withProducts) return;
  multiplyRows(first, first, scratch, width);
  blurAcross(scratch, block + SQUARE_FIRST * stride, width);
  multiplyRows(second, second, scratch, width);
  blurAcross(scratch, block + SQUARE_SECOND * stride, width);
  multiplyRows(first, second, scratch, width);
  blurAcross(scratch, block + PRODUCT * stride, width);
}

/** Adds the four lanes to a 64-bit sum. */
function addLanes(sum: usize, lanes: v128): void {
  const low = <f64>f32x4.extract_lane(lanes, 0) + <f64>f32x4.extract_lane(lanes, 1);
  const high = <f64>f32x4.extract_lane(lanes, 2) + <f64>f32x4.extract_lane(lanes, 3);
  store<f64>(sum, load<f64>(sum) + low + high);
}

function fourthPower(x: v128): v128 {
  const square = f32x4.mul(x, x);
  return f32x4.mul(square, square);
}

/** Blurs a row of nine blocks down, one vector. */
function blurDown(blocks: usize, at: usize): v128 {
  return weighted(
    v128.load(<usize>load<u32>(blocks) + at),
    v128.load(<usize>load<u32>(blocks, 4) + at),
    v128.load(<usize>load<u32>(blocks, 8) + at),
    v128.load(<usize>load<u32>(blocks, 12) + at),
    v128.load(<usize>load<u32>(blocks, 16) + at),
    v128.load(<usize>load<u32>(blocks, 20) + at),
    v128.load(<usize>load<u32>(blocks, 24) + at),
    v128.load(<usize>load<u32>(blocks, 28) + at),
    v128.load(<usize>load<u32>(blocks, 32) + at),
  );
}

/**
 * Adds the errors of a row to sums.
 *
 * @param blocks - addresses of the blocks of nine rows, 32 bits each
 * @param sums - six numbers of 64 bits: errors of structure, artifacts and lost detail, then their fourth powers
 * @param withProducts - if not, errors of structure are left out
 */
export function addErrors(blocks: usize, stride: usize, width: i32, withProducts: bool, sums: usize): void {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const c2 = f32x4.splat(C2);
  const centre = <usize>load<u32>(blocks + <usize>RADIUS * SAMPLE);
  let structure = zero;
  let structure4 = zero;
  let artifacts = zero;
  let artifacts4 = zero;
  let lost = zero;
  let lost4 = zero;
  const end = <usize>width * SAMPLE;
  for (let at: usize = 0; at < end; at += VECTOR) {
    const mean1 = blurDown(blocks, at + MEAN_FIRST * stride);
    const mean2 = blurDown(blocks, at + MEAN_SECOND * stride);
    const edge1 = f32x4.abs(f32x4.sub(v128.load(centre + at + FIRST * stride), mean1));
    const edge2 = f32x4.abs(f32x4.sub(v128.load(centre + at + SECOND * stride), mean2));
    // (1 + edge2) / (1 + edge1) - 1
    const change = f32x4.div(f32x4.sub(edge2, edge1), f32x4.add(one, edge1));
    const artifact = f32x4.max(change, zero);
    const detail = f32x4.max(f32x4.neg(change), zero);
    artifacts = f32x4.add(artifacts, artifact);
    artifacts4 = f32x4.add(artifacts4, fourthPower(artifact));
    lost = f32x4.add(lost, detail);
    lost4 = f32x4.add(lost4, fourthPower(detail));
    if (!withProducts) continue;
    const square1 = f32x4.sub(blurDown(blocks, at + SQUARE_FIRST * stride), f32x4.mul(mean1, mean1));
    const square2 = f32x4.sub(blurDown(blocks, at + SQUARE_SECOND * stride), f32x4.mul(mean2, mean2));
    const product = f32x4.sub(blurDown(blocks, at + PRODUCT * stride), f32x4.mul(mean1, mean2));
    const difference = f32x4.sub(mean1, mean2);
    const luminance = f32x4.sub(one, f32x4.mul(difference, difference));
    const covariance = f32x4.add(f32x4.add(product, product), c2);
    const variance = f32x4.add(f32x4.add(square1, square2), c2);
    // 1 - luminance * covariance / variance
    const error = f32x4.div(f32x4.sub(variance, f32x4.mul(luminance, covariance)), variance);
    const positive = f32x4.max(error, zero);
    structure = f32x4.add(structure, positive);
    structure4 = f32x4.add(structure4, fourthPower(positive));
  }
  addLanes(sums, structure);
  addLanes(sums + 8, artifacts);
  addLanes(sums + 16, lost);
  addLanes(sums + 24, structure4);
  addLanes(sums + 32, artifacts4);
  addLanes(sums + 40, lost4);
}

/**
 * Means of 2 x 2 samples; the last column of an odd width counts twice.
 *
 * @param top - `count` rows, `stride` bytes apart; the sample behind the last is overwritten
 * @param bottom - the rows below them
 * @param width - of these rows
 * @param target - rows of half the width, `targetStride` bytes apart
 */
export function halveRows(
  top: usize,
  bottom: usize,
  stride: usize,
  width: i32,
  target: usize,
  targetStride: usize,
  count: i32,
): void {
  const quarter = f32x4.splat(0.25);
  const end = <usize>((width + 1) >> 1) * SAMPLE;
  const last = (<usize>width - 1) * SAMPLE;
  for (let row = 0; row < count; row++) {
    const above = top + <usize>row * stride;
    const below = bottom + <usize>row * stride;
    store<f32>(above + last, load<f32>(above + last), 4);
    store<f32>(below + last, load<f32>(below + last), 4);
    const to = target + <usize>row * targetStride;
    for (let at: usize = 0; at < end; at += VECTOR) {
      const left = f32x4.add(v128.load(above + 2 * at), v128.load(below + 2 * at));
      const right = f32x4.add(v128.load(above + 2 * at, 16), v128.load(below + 2 * at, 16));
      const even = v128.shuffle<f32>(left, right, 0, 2, 4, 6);
      const odd = v128.shuffle<f32>(left, right, 1, 3, 5, 7);
      v128.store(to + at, f32x4.mul(f32x4.add(even, odd), quarter));
    }
  }
}
