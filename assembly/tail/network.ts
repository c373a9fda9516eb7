/**
 * The tail's features and network: features rounded to 16-bit integers, integer layers with 32-bit sums. docs/format.md,
 * "Tail features" and "Tail network"; layout of the weights: src/codec/tail/tail-network-layout.ts.
 */
import { clamp4, exp, exp4 } from './float32';
import { AROUND, around, grey, logVariance, mean, NOISY, near, noise, noisy, SPREAD, spread } from './planes';

const CODED: usize = 10;
const SQUEEZED: usize = (CODED + AROUND + NOISY) * 3;

const INPUTS: usize = 88;
const HIDDEN1: usize = 64;
const HIDDEN2: usize = 24;
const OUTPUTS: usize = 9;
const THIRD: f32 = 0.333333343;
const OUTPUT_UNIT: f32 = 2.384185791015625e-7;
const GREY_UNIT: f32 = 127.5;

// Layout of the weights: offsets in bytes.
const OWN_ROW: usize = (HIDDEN1 + 8) * 2;
const COLOUR: usize = 2 * OWN_ROW + (HIDDEN1 + OUTPUTS) * HIDDEN2 * 2;
const MATRICES: usize = INPUTS * (HIDDEN1 + 3) * 2;
const BIAS1: usize = (MATRICES + 3 * COLOUR + 3) & ~3;
const BIASES: usize = (HIDDEN2 + OUTPUTS) * 4;
const COLOUR_BIAS: usize = BIAS1 + (HIDDEN1 + 3) * 4;
/** Length of the weights in bytes. */
export const WEIGHT_BYTES: usize = COLOUR_BIAS + 3 * BIASES;

// Layers compute four rows at a time: the last of a matrix may read what follows it.
export const weights: usize = memory.data(23832 + 1024, 16);
const features: usize = memory.data(96 * 4, 16);
const inputs: usize = memory.data(96 * 2, 16);
const shared: usize = memory.data(72 * 4, 16);
const hidden1: usize = memory.data(64 * 2, 16);
const sums2: usize = memory.data(24 * 4, 16);
const hidden2: usize = memory.data(24 * 2, 16);
const outputs: usize = memory.data(12 * 4, 16);

/** Results for the pixel: standard deviation in grey levels, and its inverse in units of x. */
export let unit: f32 = 0;
let inverse: f32 = 0;
/** Results for a colour, three lanes each: weights, means and scales of the mixture; its mean and mean scale. */
export const mixtureWeights: usize = memory.data(16, 16);
export const mixtureMeans: usize = memory.data(16, 16);
export const mixtureScales: usize = memory.data(16, 16);
export let mixtureMean: f32 = 0;
export let mixtureScale: f32 = 0;

/** Maps ratios smoothly to -8..8. */
function squeeze(r: v128): v128 {
  const square = f32x4.mul(f32x4.mul(r, r), f32x4.splat(0.015625));
  return f32x4.div(r, f32x4.sqrt(f32x4.add(f32x4.splat(1), square)));
}

/** Features as 32-bit integers in 2^-10. */
function quantise(v: v128): v128 {
  const scaled = f32x4.add(f32x4.mul(clamp4(v, -16, 15.999), f32x4.splat(1024)), f32x4.splat(0.5));
  return i32x4.trunc_sat_f32x4_s(f32x4.floor(scaled));
}

function averageLogVariance(at: usize): f32 {
  return (load<f32>(logVariance + at) + load<f32>(logVariance + at, 4) + load<f32>(logVariance + at, 8)) * THIRD;
}

/** The sums of four lanes each of four vectors. */
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/** to[o] = bias[o] + matrix[o] . x for `rows` rows of `bytes` bytes of 16-bit numbers; 4 rows at a time. */
function layer(x: usize, bytes: usize, matrix: usize, bias: usize, to: usize, rows: usize): void {
  let row = matrix;
  for (let o: usize = 0; o < rows * 4; o += 16, row += 4 * bytes) {
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const v = v128.load(x + i);
      const w = row + i;
      a = i32x4.add(a, i32x4.dot_i16x8_s(v, v128.load(w)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v, v128.load(w + bytes)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v, v128.load(w + 2 * bytes)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v, v128.load(w + 3 * bytes)));
    }
    v128.store(to + o, i32x4.add(v128.load(bias + o), sums(a, b, c, d)));
  }
}

/** Differences of a list of neighbours from `base`; returns where they end. */
function gather(plane: usize, at: usize, offsets: usize, count: usize, base: v128, to: usize): usize {
  let feature = to;
  const end = offsets + (count << 2);
  for (let k = offsets; k < end; k += 4, feature += 12) {
    v128.store(feature, f32x4.sub(v128.load(plane + at + load<i32>(k)), base));
  }
  return feature;
}

/** Starts the pixel at `at`: its features and the sums that all colours share. */
export function visitNetwork(at: usize, logSigma: f32): void {
  const level = averageLogVariance(at);
  const half: f32 = level * 0.5;
  const scale = exp(half);
  unit = scale * GREY_UNIT;
  inverse = <f32>1 / unit;
  let to = features;
  for (let k: usize = 0; k < CODED * 4; k += 4, to += 12) {
    const n = at + load<i32>(near + k);
    v128.store(to, f32x4.sub(v128.load(grey + n), v128.load(mean + n)));
  }
  to = gather(mean, at, around, AROUND, v128.load(mean + at), to);
  to = gather(noise, at, noisy, NOISY, f32x4.splat(0), to);
  const i = f32x4.splat(inverse);
  for (let f: usize = 0; f < (SQUEEZED + 3) * 4; f += 16) {
    v128.store(features + f, squeeze(f32x4.mul(v128.load(features + f), i)));
  }
  for (let c: usize = 0; c < 12; c += 4) {
    store<f32>(features + c, load<f32>(mean + at + c) * 0.00784313772 - 1, SQUEEZED * 4);
    store<f32>(features + c, load<f32>(logVariance + at + c) - level, SQUEEZED * 4 + 12);
  }
  for (let k: usize = 0; k < SPREAD * 4; k += 4) {
    store<f32>(features + k, averageLogVariance(at + load<i32>(spread + k)) - level, SQUEEZED * 4 + 24);
  }
  store<f32>(features, (level + 8) * 0.25, SQUEEZED * 4 + 40);
  store<f32>(features, logSigma - half, SQUEEZED * 4 + 44);
  // The lanes after the last feature stay 0.
  for (let f: usize = 0; f < INPUTS; f += 8) {
    const from = features + f * 4;
    v128.store(inputs + f * 2, i16x8.narrow_i32x4_s(quantise(v128.load(from)), quantise(v128.load(from, 16))));
  }
  layer(inputs, INPUTS * 2, weights, weights + BIAS1, shared, HIDDEN1 + 3);
}

/** Squeezed, rounded residual of a colour of the pixel that is coded, an input for the colours after it. */
function residual(at: usize): i32 {
  const difference: f32 = load<f32>(grey + at) - load<f32>(mean + at);
  return i32x4.extract_lane(quantise(squeeze(f32x4.splat(difference * inverse))), 0);
}

/** max(0, sum >> 12) as 16-bit numbers, at most 32767. */
function activate(a: v128, b: v128): v128 {
  return i16x8.max_s(i16x8.narrow_i32x4_s(i32x4.shr_s(a, 12), i32x4.shr_s(b, 12)), i16x8.splat(0));
}

/** Computes the mixture of a colour of the pixel at `at`. */
export function predictNetwork(at: usize, colour: i32): void {
  const own = weights + MATRICES + <usize>colour * COLOUR;
  const matrix2 = own + 2 * OWN_ROW;
  const matrix3 = matrix2 + HIDDEN1 * HIDDEN2 * 2;
  const bias2 = weights + COLOUR_BIAS + <usize>colour * BIASES;
  let line = load<i32>(shared + (HIDDEN1 << 2) + ((<usize>colour) << 2));
  if (colour === 0) {
    for (let i: usize = 0; i < HIDDEN1; i += 8) {
      v128.store(hidden1 + i * 2, activate(v128.load(shared + i * 4), v128.load(shared + i * 4, 16)));
    }
  } else {
    const first = residual(at);
    const second = colour > 1 ? residual(at + 4) : 0;
    line += <i32>load<i16>(own, HIDDEN1 * 2) * first;
    if (colour > 1) line += <i32>load<i16>(own, OWN_ROW + HIDDEN1 * 2) * second;
    const p = i16x8.splat(<i16>first);
    const q = i16x8.splat(<i16>second);
    for (let i: usize = 0; i < HIDDEN1; i += 8) {
      const w = v128.load(own + i * 2);
      let a = i32x4.add(v128.load(shared + i * 4), i32x4.extmul_low_i16x8_s(w, p));
      let b = i32x4.add(v128.load(shared + i * 4, 16), i32x4.extmul_high_i16x8_s(w, p));
      if (colour > 1) {
        const v = v128.load(own + i * 2, OWN_ROW);
        a = i32x4.add(a, i32x4.extmul_low_i16x8_s(v, q));
        b = i32x4.add(b, i32x4.extmul_high_i16x8_s(v, q));
      }
      v128.store(hidden1 + i * 2, activate(a, b));
    }
  }
  layer(hidden1, HIDDEN1 * 2, matrix2, bias2, sums2, HIDDEN2);
  for (let i: usize = 0; i < HIDDEN2; i += 8) {
    v128.store(hidden2 + i * 2, activate(v128.load(sums2 + i * 4), v128.load(sums2 + i * 4, 16)));
  }
  layer(hidden2, HIDDEN2 * 2, matrix3, bias2 + HIDDEN2 * 4, outputs, OUTPUTS);
  toMixture(at + ((<usize>colour) << 2), line);
}

/** Converts the outputs to the mixture. The fourth lanes are of no use. */
function toMixture(at: usize, line: i32): void {
  const grain = f32x4.splat(OUTPUT_UNIT);
  const logits = v128.load(outputs);
  const largest = max(max(load<i32>(outputs), load<i32>(outputs, 4)), load<i32>(outputs, 8));
  let w = exp4(f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(logits, i32x4.splat(largest))), grain));
  const total = f32x4.extract_lane(w, 0) + f32x4.extract_lane(w, 1) + f32x4.extract_lane(w, 2);
  w = f32x4.div(w, f32x4.splat(total));
  const u = f32x4.splat(unit);
  const distances = f32x4.convert_i32x4_s(i32x4.add(v128.load(outputs, 12), i32x4.splat(line)));
  const m = f32x4.add(v128.load32_splat(mean + at), f32x4.mul(f32x4.mul(distances, grain), u));
  const logScales = f32x4.mul(f32x4.convert_i32x4_s(v128.load(outputs, 24)), grain);
  const s = f32x4.mul(exp4(clamp4(logScales, -6, 4)), u);
  v128.store(mixtureWeights, w);
  v128.store(mixtureMeans, m);
  v128.store(mixtureScales, s);
  const wm = f32x4.mul(w, m);
  const ws = f32x4.mul(w, s);
  mixtureMean = f32x4.extract_lane(wm, 0) + f32x4.extract_lane(wm, 1) + f32x4.extract_lane(wm, 2);
  mixtureScale = f32x4.extract_lane(ws, 0) + f32x4.extract_lane(ws, 1) + f32x4.extract_lane(ws, 2);
}
