/**
 * Counts of decisions in hashed contexts of pixels around the sample. docs/format.md, "Tail histories".
 *
 * An entry of a map has four float32 numbers: probability of a 1, count, the logarithm of its odds (computed when it
 * changes), and 1; 0 for the state without counts, which so never changes.
 */
import { log4 } from './float32';
import { colours, corners } from './planes';
import { mean, pixelAt } from './prediction';

const CONTEXTS: usize = 4;
const BUCKET: usize = 16;
const LEAST_BITS: i32 = 10;
const MOST_BITS: i32 = 16;
const ENTRY: usize = 16;
const DEPTHS: usize = 8;
const STATES: usize = 256;
const MOST_COUNT: f32 = 255;

let tables: usize = 0;
let tableBytes: usize = 0;
let shift: i32 = 0;
/** Entries by context, depth and state. */
let maps: usize = 0;
/** The state that follows another after a 0, and after a 1. */
const next: usize = memory.data(512, 16);

/** The buckets' check bytes: apart, so that they stay in a cache. A bucket's own first byte is of no use. */
let checks: usize = 0;
/** Of the current sample: hashes of the contexts. */
const hashes: usize = memory.data(4 * 4, 16);
/** Of the current half (of four decisions): buckets, addresses of their check bytes, and what these must be. */
const buckets: usize = memory.data(4 * 4, 16);
const checkAts: usize = memory.data(4 * 4, 16);
const wanted: usize = memory.data(4 * 4, 16);
let isLookedUp: bool = false;
/** Of the current decision: states' addresses, and entries. */
const states: usize = memory.data(4 * 4, 16);
const entries: usize = memory.data(4 * 4, 16);

/** Results of `look`: how often the decision was seen in contexts, and inputs of the mixer. */
export let seen: i32 = 0;
export const stretched: usize = memory.data(16, 16);

/** Starts a picture. */
export function openCounters(width: i32, height: i32): void {
  let bits = LEAST_BITS;
  const goal = (<u64>width * <u64>height * 3) >> 3;
  while (bits < MOST_BITS && (<u64>1) << bits < goal) bits++;
  shift = 32 - bits;
  tableBytes = BUCKET << bits;
  tables = heap.alloc(CONTEXTS * tableBytes);
  checks = heap.alloc(CONTEXTS << bits);
  maps = heap.alloc(CONTEXTS * DEPTHS * STATES * ENTRY);
  for (let state = 0; state < <i32>STATES; state++) {
    const n0 = state >> 4;
    const n1 = state & 15;
    const total: f32 = <f32>n0 + <f32>n1;
    const q: f32 = (<f32>n1 + 0.4) / (total + 0.8);
    const entry = maps + <usize>state * ENTRY;
    store<f32>(entry, q);
    store<f32>(entry, f32x4.extract_lane(log4(f32x4.splat(q / (<f32>1 - q))), 0), 8);
    store<f32>(entry, state > 0 ? 1 : 0, 12);
    store<u8>(next + state, <u8>((min(n0 + 1, 15) << 4) | (n1 > 2 ? (n1 + 2) >> 1 : n1)));
    store<u8>(next + state, <u8>(((n0 > 2 ? (n0 + 2) >> 1 : n0) << 4) | min(n1 + 1, 15)), 256);
  }
  for (let m: usize = 1; m < CONTEXTS * DEPTHS; m++) {
    memory.copy(maps + m * STATES * ENTRY, maps, STATES * ENTRY);
  }
}

function mix(h: u32, v: u32): u32 {
  const product = (h ^ v) * 0x9e3779b1;
  return product ^ (product >> 15);
}

function corner(k: usize): u32 {
  return load<u32>(colours + pixelAt / 3 + load<i32>(corners + (k << 2)));
}

function setHash(context: u32, value: u32): void {
  store<u32>(hashes + ((<usize>context) << 2), mix(value, context));
}

/**
 * Starts a sample.
 *
 * @param before - grey levels of the pixel's colours before it, the last one in the lowest 8 bits
 */
export function startCounters(colour: i32, before: u32): void {
  const h = mix(((<u32>(colour + 1)) << (8 * colour)) | before, 77);
  const level = min(max(<i32>floor<f32>(mean + 0.5), 0), 255);
  setHash(0, mix(h, 1));
  setHash(1, mix(h, corner(0)));
  setHash(2, mix(h, corner(1)));
  setHash(3, mix(mix(h, <u32>(level >> 2)), 95));
}

/**
 * Starts a half of the sample's decisions at depth 0 or 4: finds the buckets. Stores to them, which nothing waits for,
 * bring them into the cache while the experts are computed.
 */
export function startHalf(depth: i32, node: u32): void {
  isLookedUp = false;
  let table = tables;
  let check = checks;
  for (let i: usize = 0; i < CONTEXTS * 4; i += 4, table += tableBytes, check += tableBytes / BUCKET) {
    let g = load<u32>(hashes + i);
    if (depth) g = mix(g, node);
    g *= 0x85ebca6b;
    g ^= g >> 13;
    const index = <usize>(g >> shift);
    const bucket = table + (index << 4);
    store<u8>(bucket, 0);
    store<usize>(buckets + i, bucket);
    store<usize>(checkAts + i, check + index);
    store<u32>(wanted + i, max<u32>(g & 255, 1));
  }
}

/** Empties buckets of other contexts. */
function lookUp(): void {
  isLookedUp = true;
  for (let i: usize = 0; i < CONTEXTS * 4; i += 4) {
    const at = load<usize>(checkAts + i);
    const check = load<u32>(wanted + i);
    const bucket = load<usize>(buckets + i);
    // A branch would often be mispredicted.
    const mask = i32x4.splat(<u32>load<u8>(at) === check ? -1 : 0);
    v128.store(bucket, v128.and(v128.load(bucket), mask));
    store<u8>(at, <u8>check);
  }
}

/** Looks up a decision: sets `seen` and `stretched`. */
export function look(depth: i32, node: i32): void {
  const half = depth >> 2;
  if (!isLookedUp) lookUp();
  const number = half ? (1 << (depth - 4)) | (node & ((1 << (depth - 4)) - 1)) : node;
  let map = maps + <usize>depth * STATES * ENTRY;
  for (let i: usize = 0; i < CONTEXTS * 4; i += 4, map += DEPTHS * STATES * ENTRY) {
    const state = load<usize>(buckets + i) + number;
    const entry = map + ((<usize>load<u8>(state)) << 4);
    store<usize>(states + i, state);
    store<usize>(entries + i, entry);
    store<f32>(stretched + i, load<f32>(entry, 8));
  }
  const first = <i32>load<u8>(load<usize>(states));
  const total = (first >> 4) + (first & 15);
  const fourth = <i32>load<u8>(load<usize>(states, 12));
  seen = <i32>(total > 0) + <i32>(total > 2) + <i32>(total > 7) + (fourth ? 4 : 0);
}

/** Learns the outcome of the decision that was looked up. */
export function learnCounters(bit: i32): void {
  const following = next + (bit ? 256 : 0);
  for (let i: usize = 0; i < CONTEXTS * 4; i += 4) {
    const state = load<usize>(states + i);
    store<u8>(state, load<u8>(following + <usize>load<u8>(state)));
  }
  learnEntries(<f32>bit);
}

/** Adapts the entries, all four at a time. */
function learnEntries(bit: f32): void {
  const e0 = load<usize>(entries);
  const e1 = load<usize>(entries, 4);
  const e2 = load<usize>(entries, 8);
  const e3 = load<usize>(entries, 12);
  const a = v128.load(e0);
  const b = v128.load(e1);
  const c = v128.load(e2);
  const d = v128.load(e3);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const before = v128.shuffle<f64>(ab, cd, 0, 2);
  const count = v128.shuffle<f64>(ab, cd, 1, 3);
  const active = v128.shuffle<f64>(v128.shuffle<f32>(a, b, 2, 6, 3, 7), v128.shuffle<f32>(c, d, 2, 6, 3, 7), 1, 3);
  const step = f32x4.div(f32x4.sub(f32x4.splat(bit), before), f32x4.add(count, f32x4.splat(1.6)));
  let q = f32x4.add(before, f32x4.mul(step, active));
  q = f32x4.pmin(f32x4.pmax(q, f32x4.splat(1e-5)), f32x4.splat(0.99999));
  const n = f32x4.pmin(f32x4.add(count, active), f32x4.splat(MOST_COUNT));
  const s = log4(f32x4.div(q, f32x4.sub(f32x4.splat(1), q)));
  const qn0 = v128.shuffle<f32>(q, n, 0, 4, 1, 5);
  const qn2 = v128.shuffle<f32>(q, n, 2, 6, 3, 7);
  const sa0 = v128.shuffle<f32>(s, active, 0, 4, 1, 5);
  const sa2 = v128.shuffle<f32>(s, active, 2, 6, 3, 7);
  v128.store(e0, v128.shuffle<f64>(qn0, sa0, 0, 2));
  v128.store(e1, v128.shuffle<f64>(qn0, sa0, 1, 3));
  v128.store(e2, v128.shuffle<f64>(qn2, sa2, 0, 2));
  v128.store(e3, v128.shuffle<f64>(qn2, sa2, 1, 3));
}
