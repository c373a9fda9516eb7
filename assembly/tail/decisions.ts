/**
 * Codes a sample as eight binary decisions, its bits from the highest on. docs/format.md, "Tail decisions".
 */
import { correct, correctNearCertain, learnCorrection, learnNearCertain, openCorrection } from './correction';
import { learnCounters, look, openCounters, seen, startCounters, startHalf } from './counters';
import { chooseSide, odds, splitAt, startExperts } from './experts';
import { clamp } from './float32';
import { learnMixer, mixDecision, mixed, openMixer, probability } from './mixer';
import { mixtureScale } from './network';
import { colours } from './planes';
import { expected, localErrors, mean, pixelAt } from './prediction';
import { decodeBit, isPastCut } from './range-decoder';
import { encodeBit } from './range-encoder';

const CERTAIN: f32 = 4;
const MOST_CERTAIN: f32 = 11;
const DISTANCES: i32 = 11;
const BREADTHS: i32 = 6;

/** Grey levels of the pixel's colours before the current one, the last one in the lowest 8 bits. */
let before: u32 = 0;

/** Starts a picture. */
export function openDecisions(width: i32, height: i32): void {
  openCounters(width, height);
  openMixer();
  openCorrection();
}

/** Number of thresholds in a vector that a number reaches. */
function reached(value: f32, thresholds: v128): i32 {
  return popcnt(i32x4.bitmask(f32x4.ge(f32x4.splat(value), thresholds)));
}

/**
 * Codes the sample that was predicted.
 *
 * @param isDecoding - whether it is read from the message; otherwise `value` is written
 * @returns its grey level; -1 if it depends on bytes that will never come
 */
export function codeSample(colour: i32, isDecoding: bool, value: i32): i32 {
  if (colour === 0) before = 0;
  const narrow: f32 = min<f32>(expected * 0.75, mixtureScale * 1.5);
  // The unit of distances and breadths, in grey levels. A breadth halves exactly.
  const unit: f32 = narrow < 0.3 ? 0.3 : narrow;
  const whole: f32 = 256;
  let breadth: f32 = whole / unit;
  const local = load<f32>(localErrors, 4);
  const error = reached(local, f32x4(0.3, 0.7, 1.2, 2)) + reached(local, f32x4(3.5, 6, 10, Infinity));
  startExperts();
  startCounters(colour, before);
  let node = 1;
  for (let depth = 0; depth < 8; depth++, breadth *= 0.5) {
    const half = 128 >> depth;
    const edge = ((node << (8 - depth)) & 255) + half;
    if ((depth & 3) === 0) startHalf(depth, node);
    splitAt(edge);
    const y1 = load<f32>(odds, 4);
    const y5 = load<f32>(odds, 20);
    const y7 = load<f32>(odds, 28);
    const isCertain = abs<f32>(y5) > CERTAIN && abs<f32>(y1) > CERTAIN && abs<f32>(y7) > CERTAIN && y5 > 0 === y7 > 0;
    let p: f32;
    if (isCertain) {
      const row = ((colour << 3) + depth) * 2 + <i32>(y5 > 0);
      p = correctNearCertain(clamp(y5, -MOST_CERTAIN, MOST_CERTAIN), row);
    } else {
      look(depth, node);
      const breadthClass = reached(breadth, f32x4(1.5, 3, 6, 12)) + <i32>(breadth >= 24);
      mixDecision(colour, depth, breadthClass, seen, error);
      const offset: f32 = (<f32>edge - 0.5 - mean) / unit;
      const size = abs<f32>(offset);
      const steps = reached(size, f32x4(0.25, 0.75, 1.5, 3)) + <i32>(size >= 6);
      const distance = colour * DISTANCES + 5 + (offset < 0 ? -steps : steps);
      p = correct(mixed, probability, (colour << 8) + node, distance * BREADTHS + breadthClass);
    }
    const integer = min(max(<i32>(p * 65536 + 0.5), 1), 65535);
    let bit: i32;
    if (isDecoding) {
      if (isPastCut()) return -1;
      bit = decodeBit(integer);
    } else {
      bit = (value >> (7 - depth)) & 1;
      encodeBit(bit, integer);
    }
    if (isCertain) {
      learnNearCertain(bit);
    } else {
      learnMixer(bit);
      learnCorrection(bit);
      learnCounters(bit);
    }
    chooseSide(bit);
    node = (node << 1) | bit;
  }
  before = (before << 8) | <u32>(node & 255);
  return node & 255;
}

/** Ends a pixel. */
export function leaveDecisions(channels: i32): void {
  // A grey picture's level is where the first colour is.
  store<u32>(colours + pixelAt / 3, channels === 1 ? before << 16 : before);
}
