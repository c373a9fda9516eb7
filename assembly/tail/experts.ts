/**
 * The experts: eight distributions of a sample, mixtures of logistic ones. docs/format.md, "Tail experts".
 *
 * Lanes are experts: a vector of experts 0..3 and one of 4..7. Experts 0..2 have three components, so the first vector
 * has three parts; the others have one.
 */
import { expWithin, log4 } from './float32';
import { mixtureMean, mixtureMeans, mixtureScales, mixtureWeights } from './network';
import { expected, globalMean, globalScale, localMean, localScale, mean } from './prediction';

const LEAST_SCALE: f32 = 0.03;
/** Share of a uniform distribution: 2^-16 over 256 levels. */
const SURE: f32 = 0.9999847412109375;
const UNIFORM: f32 = 5.9604645e-8;

/** For each of the four parts 16 bytes of means and of reciprocal scales; then three of weights. */
const parts: usize = memory.data(11 * 16, 16);
const WEIGHTS: usize = 128;
/** Records of edges: what is above and below, 16 bytes each for experts 0..3 and 4..7. */
const RECORD: usize = 64;
const BELOW: usize = 32;
const records: usize = memory.data(3 * 64, 16);
let low: usize = records;
let middle: usize = records;
let high: usize = records;

/** Logarithms of the odds that the sample is not below the middle: experts 0..3 and 4..7. */
export const odds: usize = memory.data(32, 16);

function reciprocal(scales: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.pmax(scales, f32x4.splat(LEAST_SCALE)));
}

/** Sets the experts to what is predicted of the current sample; no decision is known. */
export function startExperts(): void {
  const network = mixtureMean;
  let moves = f32x4.replace_lane(f32x4.splat(0), 1, globalMean - network);
  moves = f32x4.replace_lane(moves, 2, localMean - network);
  const inverses = reciprocal(v128.load(mixtureScales));
  const m = v128.load(mixtureMeans);
  const w = v128.load(mixtureWeights);
  const m0 = f32x4.add(v128.shuffle<f32>(m, m, 0, 0, 0, 0), moves);
  const i0 = v128.shuffle<f32>(inverses, inverses, 0, 0, 0, 0);
  v128.store(parts, f32x4.replace_lane(m0, 3, globalMean));
  const own = f32x4.extract_lane(reciprocal(f32x4.splat(globalScale)), 0);
  v128.store(parts, f32x4.replace_lane(i0, 3, own), 16);
  v128.store(parts, f32x4.add(v128.shuffle<f32>(m, m, 1, 1, 1, 1), moves), 32);
  v128.store(parts, v128.shuffle<f32>(inverses, inverses, 1, 1, 1, 1), 48);
  v128.store(parts, f32x4.add(v128.shuffle<f32>(m, m, 2, 2, 2, 2), moves), 64);
  v128.store(parts, v128.shuffle<f32>(inverses, inverses, 2, 2, 2, 2), 80);
  const single = f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(mean), 0, localMean), 3, network);
  const shares = f32x4.mul(f32x4(0, 0.7, 0.42, 0.8), f32x4.splat(expected));
  v128.store(parts, single, 96);
  v128.store(parts, reciprocal(f32x4.replace_lane(shares, 0, localScale)), 112);
  v128.store(parts, f32x4.replace_lane(v128.shuffle<f32>(w, w, 0, 0, 0, 0), 3, 1), WEIGHTS);
  v128.store(parts, f32x4.replace_lane(v128.shuffle<f32>(w, w, 1, 1, 1, 1), 3, 0), WEIGHTS + 16);
  v128.store(parts, f32x4.replace_lane(v128.shuffle<f32>(w, w, 2, 2, 2, 2), 3, 0), WEIGHTS + 32);
  low = records;
  middle = records + RECORD;
  high = records + 2 * RECORD;
  const none = f32x4.splat(0);
  const all = f32x4.splat(1);
  v128.store(low, all);
  v128.store(low, all, 16);
  v128.store(low, none, 32);
  v128.store(low, none, 48);
  v128.store(high, none);
  v128.store(high, none, 16);
  v128.store(high, all, 32);
  v128.store(high, all, 48);
}

/** (edge - mean) / scale of a part. */
function distance(part: usize, edge: v128): v128 {
  return f32x4.mul(f32x4.sub(edge, v128.load(part)), v128.load(part, 16));
}

/**
 * e^-|z|. |z| is limited to 60 where the format has 80: the uniform share swallows the difference, and no product is
 * denormal, which would be slow.
 */
function fall(z: v128): v128 {
  return expWithin(f32x4.pmax(v128.or(z, i32x4.splat(0x80000000)), f32x4.splat(-60)));
}

/** Computes the record of the middle, and the odds. */
export function splitAt(edge: i32): void {
  const e = f32x4.splat(<f32>edge - 0.5);
  const one = f32x4.splat(1);
  const z0 = distance(parts, e);
  const z1 = distance(parts + 32, e);
  const z2 = distance(parts + 64, e);
  const z3 = distance(parts + 96, e);
  const t0 = fall(z0);
  const t1 = fall(z1);
  const t2 = fall(z2);
  const t3 = fall(z3);
  const r0 = f32x4.div(one, f32x4.add(one, t0));
  const r1 = f32x4.div(one, f32x4.add(one, t1));
  const r2 = f32x4.div(one, f32x4.add(one, t2));
  const r3 = f32x4.div(one, f32x4.add(one, t3));
  const s0 = f32x4.mul(t0, r0);
  const s1 = f32x4.mul(t1, r1);
  const s2 = f32x4.mul(t2, r2);
  const s3 = f32x4.mul(t3, r3);
  // Where z is below 0, r is above the edge and s below; elsewhere the other way round.
  const x0 = v128.and(v128.xor(r0, s0), i32x4.shr_s(z0, 31));
  const x1 = v128.and(v128.xor(r1, s1), i32x4.shr_s(z1, 31));
  const x2 = v128.and(v128.xor(r2, s2), i32x4.shr_s(z2, 31));
  const x3 = v128.and(v128.xor(r3, s3), i32x4.shr_s(z3, 31));
  const w0 = v128.load(parts, WEIGHTS);
  const w1 = v128.load(parts, WEIGHTS + 16);
  const w2 = v128.load(parts, WEIGHTS + 32);
  const rest: i32 = 256 - edge;
  const above = f32x4.splat(<f32>rest * UNIFORM);
  const below = f32x4.splat(<f32>edge * UNIFORM);
  const sure = f32x4.splat(SURE);
  let a = f32x4.mul(w0, v128.xor(s0, x0));
  a = f32x4.add(a, f32x4.mul(w1, v128.xor(s1, x1)));
  a = f32x4.add(a, f32x4.mul(w2, v128.xor(s2, x2)));
  let b = f32x4.mul(w0, v128.xor(r0, x0));
  b = f32x4.add(b, f32x4.mul(w1, v128.xor(r1, x1)));
  b = f32x4.add(b, f32x4.mul(w2, v128.xor(r2, x2)));
  const at = middle;
  v128.store(at, f32x4.add(f32x4.mul(a, sure), above));
  v128.store(at, f32x4.add(f32x4.mul(v128.xor(s3, x3), sure), above), 16);
  v128.store(at, f32x4.add(f32x4.mul(b, sure), below), BELOW);
  v128.store(at, f32x4.add(f32x4.mul(v128.xor(r3, x3), sure), below), BELOW + 16);
  // Differences are taken on the side where the masses are small.
  const isAbove = <f32>edge > mean;
  const up1 = isAbove ? at : high + BELOW;
  const up2 = isAbove ? high : at + BELOW;
  const down1 = isAbove ? low : at + BELOW;
  const down2 = isAbove ? at : low + BELOW;
  v128.store(odds, logOdds(v128.load(up1), v128.load(up2), v128.load(down1), v128.load(down2)));
  v128.store(odds, logOdds(v128.load(up1, 16), v128.load(up2, 16), v128.load(down1, 16), v128.load(down2, 16)), 16);
}

function logOdds(up1: v128, up2: v128, down1: v128, down2: v128): v128 {
  const least = f32x4.splat(1e-12);
  const ratio = f32x4.div(f32x4.pmax(f32x4.sub(up1, up2), least), f32x4.pmax(f32x4.sub(down1, down2), least));
  return log4(f32x4.pmin(f32x4.pmax(ratio, f32x4.splat(1e-6)), f32x4.splat(1e6)));
}

/** Narrows the interval to one side of the middle. */
export function chooseSide(bit: i32): void {
  const old = bit ? low : high;
  if (bit) low = middle;
  else high = middle;
  middle = old;
}
