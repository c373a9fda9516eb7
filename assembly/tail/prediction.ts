/**
 * Predicts samples, one after the other: the network's mean is improved by a regression over the whole picture, that by
 * one over the neighbourhood; a third regression predicts the error's scale. docs/format.md, "Tail regressions" and
 * "Tail scales".
 */
import { clamp, clamp4, exp, LOG2_E, log4 } from './float32';
import { mixtureMean, mixtureScale, predictNetwork, visitNetwork } from './network';
import { errors, grey, near, rowAt, width } from './planes';
import { ForgettingRegression, fillInputs, inputCount, LocalRegression } from './regressions';

const GLOBAL_OWN: i32 = 24;
const GLOBAL_OTHER: i32 = 18;
const LOCAL_OWN: i32 = 12;
const LOCAL_OTHER: i32 = 10;
const SCALE_INPUTS: i32 = 12;
/** Unit of the regressions in grey levels, and the largest distance by which one moves the mean. */
const UNIT: f32 = 4;
const MOST_MOVED: f32 = 40;
/** Number of samples from which on the regression of the scale is used. */
const READY: i32 = 64;
/** Entries of a scale table. */
const ENTRIES: i32 = 32;
const MOST_COUNT: f32 = 250;

/** Predictions of the current sample, in grey levels: means of the two regressions and of both. */
export let globalMean: f32 = 0;
export let localMean: f32 = 0;
export let mean: f32 = 0;
/** Expected absolute error of `mean`; scales of logistic distributions around `globalMean` and `localMean`. */
export let expected: f32 = 1;
export let globalScale: f32 = 1;
export let localScale: f32 = 1;
/** Mean errors around the sample: lanes of the global regression, the local one, and both. */
export const localErrors: usize = memory.data(16, 16);
/** Offset of the current pixel's first sample in the planes, and of the current sample. */
export let pixelAt: usize = 0;
export let sampleAt: usize = 0;

/** Means of the pixel's colours before the current one. */
const networkMeans: usize = memory.data(3 * 4, 16);
const globalMeans: usize = memory.data(3 * 4, 16);

// Each colour's regressions, as pointers.
const globals: usize = memory.data(3 * 4, 16);
const locals: usize = memory.data(3 * 4, 16);
const scales: usize = memory.data(3 * 4, 16);

function entryOf<T>(list: usize, colour: i32): T {
  return changetype<T>(load<usize>(list + ((<usize>colour) << 2)));
}

function put<T>(list: usize, colour: i32, regression: T): void {
  store<usize>(list + ((<usize>colour) << 2), changetype<usize>(regression));
}

/**
 * Scale tables: for each colour and each of the two regressions ENTRIES scales and as many counts.
 */
const TABLE_BYTES: usize = <usize>ENTRIES * 8;
const tables: usize = memory.data(6 * 32 * 8, 16);
let globalEntry: usize = 0;
let localEntry: usize = 0;
let channels: i32 = 3;
let logSigma: f32 = 0;

/** Starts a picture; the planes must be open. */
export function openPrediction(colourCount: i32, index: i32): void {
  channels = colourCount;
  logSigma = <f32>index * 0.00270760618;
  for (let c = 0; c < channels; c++) {
    const inputs = inputCount(GLOBAL_OWN, GLOBAL_OTHER, c);
    put(globals, c, new ForgettingRegression(inputs, 0.0001220703125, 0.001953125, 32));
    put(locals, c, new LocalRegression(inputCount(LOCAL_OWN, LOCAL_OTHER, c), width));
    put(scales, c, new ForgettingRegression(SCALE_INPUTS, 0.000244140625, 0.000244140625, 8));
  }
  for (let t: usize = 0; t < 6; t++) {
    for (let i = 0; i < ENTRIES; i++) {
      const entry = tables + t * TABLE_BYTES + <usize>i * 8;
      store<f32>(entry, exp(<f32>(i - 9) * 0.231049061) * 0.6);
      store<f32>(entry, 1, 4);
    }
  }
}

/** Starts a pixel of the current row. */
export function visitPixel(column: i32): void {
  pixelAt = rowAt + <usize>column * 12;
  visitNetwork(pixelAt, logSigma);
  for (let c = 0; c < channels; c++) entryOf<LocalRegression>(locals, c).visit(column);
}

function moved(from: f32, prediction: f32): f32 {
  return from + clamp(prediction * UNIT, -MOST_MOVED, MOST_MOVED);
}

/** Errors of a neighbour. */
function error(neighbour: i32): v128 {
  return v128.load(errors + ((sampleAt + load<i32>(near + ((<usize>neighbour) << 2))) << 2));
}

/** Predicts a colour of the pixel; the colours before it must be learned. */
export function predictSample(colour: i32): void {
  const c = (<usize>colour) << 2;
  sampleAt = pixelAt + c;
  predictNetwork(pixelAt, colour);
  const network = mixtureMean;
  const scale = mixtureScale;
  store<f32>(networkMeans + c, network);
  const global = entryOf<ForgettingRegression>(globals, colour);
  fillInputs(global.inputs, pixelAt, colour, GLOBAL_OWN, GLOBAL_OTHER, network, networkMeans);
  globalMean = moved(network, global.predict());
  store<f32>(globalMeans + c, globalMean);
  const local = entryOf<LocalRegression>(locals, colour);
  fillInputs(local.inputs, pixelAt, colour, LOCAL_OWN, LOCAL_OTHER, globalMean, globalMeans);
  localMean = moved(globalMean, local.predict());
  const globalShare: f32 = 0.4;
  const localShare: f32 = 0.6;
  mean = globalShare * globalMean + localShare * localMean;
  predictScales(colour, network, scale);
}

function predictScales(colour: i32, network: f32, scale: f32): void {
  const left = error(0);
  const above = error(1);
  const aboveLeft = error(2);
  const aboveRight = error(3);
  const far = f32x4.add(error(4), error(5));
  const nearest = f32x4.mul(f32x4.splat(2), f32x4.add(left, above));
  let around = f32x4.add(nearest, f32x4.add(aboveLeft, aboveRight));
  around = f32x4.add(around, f32x4.mul(f32x4.splat(0.5), far));
  around = f32x4.mul(around, f32x4.splat(0.142857149));
  const own = errors + (sampleAt << 2);
  if (colour > 0) {
    const before = f32x4.mul(f32x4.splat(0.4), v128.load(own - 16));
    around = f32x4.add(f32x4.mul(f32x4.splat(0.6), around), before);
  }
  v128.store(localErrors, around);
  const half = f32x4.splat(scale * 0.5);
  const expectedErrors = f32x4.pmax(f32x4.add(around, half), f32x4.splat(0.001));
  const log2 = f32x4.mul(log4(expectedErrors), f32x4.splat(LOG2_E));
  const position = f32x4.add(f32x4.mul(f32x4.add(log2, f32x4.splat(3)), f32x4.splat(3)), f32x4.splat(0.5));
  const entries = i32x4.trunc_sat_f32x4_s(f32x4.floor(clamp4(position, 0, 31)));
  const table = tables + <usize>colour * 2 * TABLE_BYTES;
  globalEntry = table + ((<usize>i32x4.extract_lane(entries, 0)) << 3);
  localEntry = table + TABLE_BYTES + ((<usize>i32x4.extract_lane(entries, 1)) << 3);
  globalScale = load<f32>(globalEntry);
  localScale = load<f32>(localEntry);

  const regression = entryOf<ForgettingRegression>(scales, colour);
  const to = regression.inputs;
  const aboveRight2 = f32x4.add(error(7), error(6));
  const corners2 = f32x4.add(f32x4.add(aboveRight2, error(8)), error(9));
  store<f32>(to, f32x4.extract_lane(left, 2));
  store<f32>(to, f32x4.extract_lane(above, 2), 4);
  store<f32>(to, f32x4.extract_lane(aboveLeft, 2), 8);
  store<f32>(to, f32x4.extract_lane(aboveRight, 2), 12);
  store<f32>(to, f32x4.extract_lane(far, 2), 16);
  store<f32>(to, f32x4.extract_lane(corners2, 2), 20);
  store<f32>(to, scale, 24);
  store<f32>(to, 1, 28);
  store<f32>(to, colour > 0 ? load<f32>(own - 8) : 0, 32);
  store<f32>(to, colour > 1 ? load<f32>(own - 24) : 0, 36);
  store<f32>(to, abs<f32>(globalMean - localMean) + abs<f32>(network - globalMean), 40);
  const here = grey + sampleAt;
  const corner = load<f32>(here + load<i32>(near, 8));
  const edges =
    abs<f32>(load<f32>(here + load<i32>(near, 4)) - corner) + abs<f32>(load<f32>(here + load<i32>(near)) - corner);
  store<f32>(to, edges, 44);
  const error3 = f32x4.extract_lane(around, 2);
  const half0: f32 = 0.5;
  if (regression.count < READY) {
    expected = half0 * error3 + half0 * scale;
  } else {
    const four: f32 = 4;
    const most: f32 = four * (error3 + scale);
    expected = clamp(regression.predict(), 0.15, max<f32>(most, 0.3));
  }
}

/** Learns the grey level of the sample that was predicted. */
export function learnSample(colour: i32, level: f32): void {
  const one: f32 = 1;
  const reduced: f32 = expected * 0.25;
  const weight: f32 = one / (reduced * reduced + 0.02);
  entryOf<ForgettingRegression>(globals, colour).learn((level - mixtureMean) * 0.25, weight);
  entryOf<LocalRegression>(locals, colour).record((level - globalMean) * 0.25, weight);
  const globalError = abs<f32>(level - globalMean);
  const localError = abs<f32>(level - localMean);
  const meanError = abs<f32>(level - mean);
  entryOf<ForgettingRegression>(scales, colour).learn(meanError, one / (expected * expected + 0.1));
  adapt(globalEntry, globalError);
  adapt(localEntry, localError);
  const own = errors + (sampleAt << 2);
  store<f32>(own, globalError);
  store<f32>(own, localError, 4);
  store<f32>(own, meanError, 8);
  store<f32>(grey + sampleAt, level);
}

/** Adapts an entry of a scale table to an error. */
function adapt(entry: usize, error: f32): void {
  const before = load<f32>(entry);
  const count = load<f32>(entry, 4);
  const scale = before + (error * 0.72 - before) / (count + 1.5);
  store<f32>(entry, scale < 0.02 ? 0.02 : scale);
  if (count < MOST_COUNT) store<f32>(entry, count + 1, 4);
}

/** Ends a pixel. A grey picture is three equal colours. */
export function leavePixel(column: i32): void {
  const level = load<f32>(grey + pixelAt);
  for (let c = channels; c < 3; c++) store<f32>(grey + pixelAt + ((<usize>c) << 2), level);
  for (let c = 0; c < channels; c++) entryOf<LocalRegression>(locals, c).leave(column);
}
