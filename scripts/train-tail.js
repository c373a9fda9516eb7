// Trains the tail network (src/codec/tail/tail-network-sums.ts) on what the default model gives for pictures. Needs a build (dist/).
//
//   node scripts/train-tail.js --minutes 30 [--resume FILE] [--rate 0.003] [--out FILE] IMAGES
//
// Writes models/tail-network.bin, whose hash follows wherever it stands, or FILE of --out. --resume goes on from such a file, at a lower --rate
// where there is little time; if that does not take fewer bits for the pictures that are held out, nothing is written. IMAGES are image files or
// CIFAR-10 binary files; every twentieth is held out. How the shipped weights were trained: docs/design/lossless.md.
//
// Gradients are written by hand, because the network is small and tfjs-core registers no gradients by itself.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import seedrandom from 'seedrandom';
import sharp from 'sharp';
import { FEATURES, PixelFeatures } from '../dist/codec/tail/reference/pixel-features.js';
import { SamplePlanes } from '../dist/codec/tail/reference/sample-planes.js';
import { HIDDEN1, HIDDEN2, INPUT_UNIT, INPUTS, OUTPUTS, WEIGHT_UNIT } from '../dist/codec/tail/tail-network-layout.js';
import { loadModel, openBackend } from '../dist/entry/model.js';
import { DEFAULT_MODEL_PATH } from '../dist/node/models/model-folder.js';
import { rename, sha256Of } from './release/adopt-model.js';

const SHIPPED = 'models/tail-network.bin';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '30' },
    out: { type: 'string', default: SHIPPED },
    resume: { type: 'string' },
    rate: { type: 'string', default: '0.003' },
    patches: { type: 'string', default: '9000' },
    seed: { type: 'string', default: '0' },
  },
});
/** Range of noise levels of the patches. */
const SIGMA = { least: 0.018, most: 1.2 };
/** Share of patches from pictures of up to 32 pixels, where there are both kinds. */
const SMALL_SHARE = 0.3;
const SIDES = [32, 64];
const BATCH = 4096;
/** One of so many pictures is held out, and one of so many patches is of those. */
const HELD_OUT_EVERY = 20;
const HELD_OUT_BATCHES = 40;
const WARM_UP = 200;
/** Added to each probability, so that no single sample dominates the loss. */
const FLOOR = 2e-6;
const LOG_SCALE = { min: -6, max: 4 };
const random = seedrandom(`train-tail/${values.seed}`);

const backend = await openBackend('wasm');
await tf.setBackend('wasm');
const model = await loadModel(readFileSync(DEFAULT_MODEL_PATH), { backend, source: DEFAULT_MODEL_PATH });
const pictures = await readPictures(positionals);
const isHeldOut = (_, i) => i % HELD_OUT_EVERY === HELD_OUT_EVERY - 1;
const count = Number(values.patches);
const heldOut = await makePatches(pictures.filter(isHeldOut), Math.ceil(count / HELD_OUT_EVERY));
const tests = Array.from({ length: HELD_OUT_BATCHES }, () => gather(heldOut, BATCH));
const patches = await makePatches(
  pictures.filter((...one) => !isHeldOut(...one)),
  count,
);
console.log(`${patches.length} patches and ${heldOut.length} held out, ${FEATURES} features`);
const weights = startWeights();
if (values.resume) readWeights(readFileSync(values.resume), values.resume);
const state = Object.fromEntries(
  Object.entries(weights).map(([name, { data }]) => [
    name,
    { first: new Float64Array(data.length), second: new Float64Array(data.length) },
  ]),
);
const bitsBefore = heldOutBits();
train(Number(values.minutes) * 60_000);
keep(weightBytes());

/** Writes trained weights, if they are better than those that the training began with. */
function keep(bytes) {
  readWeights(bytes, 'what was trained'); // rounded
  const bits = heldOutBits();
  console.log(`held out: ${bits.toFixed(4)} bits a pixel, before ${bitsBefore.toFixed(4)}`);
  if (bits >= bitsBefore) {
    console.log('not better: nothing is written');
    return;
  }
  const before = sha256Of(SHIPPED);
  writeFileSync(values.out, bytes);
  if (values.out === SHIPPED) rename(before, sha256Of(SHIPPED));
}

/** Mean bits of a pixel in the pictures that are held out. */
function heldOutBits() {
  const sum = tests.reduce((bits, batch) => bits + runBatch(batch, BATCH, {}), 0);
  return sum / tests.length;
}

/** Halves the sides of a JPEG file's picture, so that the traces of its compression go; other pictures stay as they are. */
async function halved(picture) {
  const { format, width } = await picture.metadata();
  return format === 'jpeg' ? picture.resize(Math.round(width / 2)) : picture;
}

/** Reads pictures as {data, width, height}, with RGB bytes. */
async function readPictures(paths) {
  const pictures = [];
  for (const path of paths) {
    const bytes = readFileSync(path);
    if (!path.endsWith('.bin')) {
      const { data, info } = await (await halved(sharp(bytes).removeAlpha().toColourspace('srgb'))).raw().toBuffer({
        resolveWithObject: true,
      });
      pictures.push({ data, width: info.width, height: info.height });
      continue;
    }
    for (let at = 1; at < bytes.length; at += 3073) {
      const data = new Uint8Array(3072);
      for (let i = 0; i < 3072; i++) data[i] = bytes[at + (i % 3) * 1024 + Math.floor(i / 3)];
      pictures.push({ data, width: 32, height: 32 });
    }
  }
  return pictures;
}

/**
 * Cuts random patches from pictures, and computes for each what a decoder would know about it at a random noise level.
 */
async function makePatches(pictures, count) {
  const made = [];
  const [small, large] = [true, false].map((isSmall) => pictures.filter(({ width }) => width <= 32 === isSmall));
  while (made.length < count) {
    const kind = large.length === 0 || (small.length > 0 && random() < SMALL_SHARE) ? small : large;
    const picture = kind[Math.floor(random() * kind.length)];
    const side = SIDES.findLast((s) => s <= Math.min(picture.width, picture.height));
    if (side === undefined) continue;
    const left = Math.floor(random() * (picture.width - side + 1));
    const top = Math.floor(random() * (picture.height - side + 1));
    const pixels = new Uint8Array(side * side * 3);
    for (let j = 0; j < side; j++) {
      const from = ((top + j) * picture.width + left) * 3;
      pixels.set(picture.data.subarray(from, from + side * 3), j * side * 3);
    }
    made.push(await patchOf(pixels, side));
  }
  return made;
}

async function patchOf(pixels, side) {
  const logSigma = Math.log(SIGMA.least) + random() * Math.log(SIGMA.most / SIGMA.least);
  const sigma = Math.exp(logSigma);
  const y = Float32Array.from(pixels, (byte) => byte / 127.5 - 1 + sigma * gaussian());
  const { mean, logVariance } = await model.denoiser.denoise(y, { batch: 1, height: side, width: side }, sigma);
  const clamped = mean.map((value) => Math.min(Math.max(value, -1), 1));
  const planes = new SamplePlanes({
    width: side,
    height: side,
    canvasWidth: side,
    state: y,
    mean: clamped,
    logVariance,
  });
  for (let p = 0; p < side * side; p++) {
    planes.grey.set(pixels.subarray(3 * p, 3 * p + 3), planes.at(p % side, Math.floor(p / side)));
  }
  return { features: new PixelFeatures(planes, 256 * Math.log2(sigma)), planes, pixels, side };
}

function gaussian() {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Makes a batch of random pixels from random ones of some patches. */
function gather(patches, count) {
  const batch = {
    features: new Float32Array(count * FEATURES),
    before: new Float32Array(count * 2),
    grey: new Float32Array(count * 3),
    centre: new Float32Array(count * 3),
    unit: new Float32Array(count),
  };
  const chosen = Array.from({ length: 64 }, () => patches[Math.floor(random() * patches.length)]);
  for (let k = 0; k < count; k++) {
    const { features, planes, pixels, side } = chosen[k % chosen.length];
    const p = Math.floor(random() * side * side);
    const at = planes.at(p % side, Math.floor(p / side));
    features.visit(at);
    batch.features.set(features.values, k * FEATURES);
    batch.before.set([features.squeezedResidual(at), features.squeezedResidual(at + 1)], 2 * k);
    batch.unit[k] = features.unit;
    for (let c = 0; c < 3; c++) {
      batch.grey[3 * k + c] = pixels[3 * p + c];
      batch.centre[3 * k + c] = planes.mean[at + c];
    }
  }
  return batch;
}

/** Initial weights. Matrices have the shape (inputs, outputs). */
function startWeights() {
  const made = {};
  const add = (name, shape, deviation) => {
    const size = shape.reduce((a, b) => a * b, 1);
    made[name] = { shape, data: Float32Array.from({ length: size }, () => (deviation ? deviation * gaussian() : 0)) };
  };
  add('w1', [FEATURES, HIDDEN1], Math.sqrt(1 / FEATURES));
  add('b1', [HIDDEN1], 0);
  add('line', [FEATURES, 3], 0);
  for (let c = 0; c < 3; c++) {
    if (c > 0) {
      add(`u${c}`, [c, HIDDEN1], 0.3);
      add(`uLine${c}`, [c, 1], 0);
    }
    add(`w2${c}`, [HIDDEN1, HIDDEN2], Math.sqrt(1 / HIDDEN1));
    add(`b2${c}`, [HIDDEN2], 0);
    add(`w3${c}`, [HIDDEN2, OUTPUTS], 0.05);
    add(`b3${c}`, [OUTPUTS], 0);
    made[`b3${c}`].data.set([-1.5, -0.8, 0], 6);
  }
  return made;
}

/** Trains for a given time. */
function train(timeMs) {
  const start = Date.now();
  const peak = Number(values.rate);
  let bits = 0;
  for (let step = 1; ; step++) {
    const share = (Date.now() - start) / timeMs;
    if (share >= 1) return;
    const rate = peak * Math.min(1, step / WARM_UP) * (0.01 + 0.495 * (1 + Math.cos(Math.PI * share)));
    const gradients = {};
    bits += runBatch(gather(patches, BATCH), BATCH, gradients);
    adam(gradients, rate, step);
    if (step % 200 === 0) {
      console.log(`${step} steps, ${(share * 100).toFixed(0)} %: ${(bits / 200).toFixed(4)} bits a pixel`);
      bits = 0;
    }
  }
}

/** One step of Adam (Kingma & Ba 2015). */
function adam(gradients, rate, step) {
  for (const [name, { data }] of Object.entries(weights)) {
    const { first, second } = state[name];
    const gradient = gradients[name];
    for (let i = 0; i < data.length; i++) {
      first[i] += 0.1 * (gradient[i] - first[i]);
      second[i] += 0.01 * (gradient[i] * gradient[i] - second[i]);
      const mean = first[i] / (1 - 0.9 ** step);
      data[i] -= (rate * mean) / (Math.sqrt(second[i] / (1 - 0.99 ** step)) + 1e-8);
    }
  }
}

/**
 * Runs the network on a batch of n pixels. Returns the mean bits per pixel; writes the gradients of the same loss in
 * nats.
 */
function runBatch(batch, n, gradients) {
  let bits = 0;
  tf.tidy(() => {
    const w = Object.fromEntries(
      Object.entries(weights).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]),
    );
    const put = (name, tensor) => {
      gradients[name] = tensor.dataSync();
    };
    const positive = (tensor) => tf.cast(tf.greater(tensor, 0), 'float32');
    const features = tf.tensor2d(batch.features, [n, FEATURES]);
    const shared = tf.add(tf.matMul(features, w.w1), w.b1);
    const lines = tf.matMul(features, w.line);
    const lineGradient = new Float32Array(n * 3);
    let sharedGradient = tf.zerosLike(shared);
    for (let c = 0; c < 3; c++) {
      let sum1 = shared;
      let line = tf.slice(lines, [0, c], [n, 1]);
      const before = c > 0 ? tf.slice(tf.tensor2d(batch.before, [n, 2]), [0, 0], [n, c]) : undefined;
      if (before) {
        sum1 = tf.add(sum1, tf.matMul(before, w[`u${c}`]));
        line = tf.add(line, tf.matMul(before, w[`uLine${c}`]));
      }
      const hidden1 = tf.relu(sum1);
      const hidden2 = tf.relu(tf.add(tf.matMul(hidden1, w[`w2${c}`]), w[`b2${c}`]));
      const outputs = tf.add(tf.matMul(hidden2, w[`w3${c}`]), w[`b3${c}`]);
      const loss = mixtureLoss(batch, c, outputs.dataSync(), line.dataSync());
      bits += loss.bits;
      const d3 = tf.tensor2d(loss.outputs, [n, OUTPUTS]);
      put(`w3${c}`, tf.matMul(hidden2, d3, true));
      put(`b3${c}`, tf.sum(d3, 0));
      const d2 = tf.mul(tf.matMul(d3, w[`w3${c}`], false, true), positive(hidden2));
      put(`w2${c}`, tf.matMul(hidden1, d2, true));
      put(`b2${c}`, tf.sum(d2, 0));
      const d1 = tf.mul(tf.matMul(d2, w[`w2${c}`], false, true), positive(hidden1));
      sharedGradient = tf.add(sharedGradient, d1);
      for (let i = 0; i < n; i++) lineGradient[3 * i + c] = loss.line[i];
      if (before) {
        put(`u${c}`, tf.matMul(before, d1, true));
        put(`uLine${c}`, tf.matMul(before, tf.tensor2d(loss.line, [n, 1]), true));
      }
    }
    put('line', tf.matMul(features, tf.tensor2d(lineGradient, [n, 3]), true));
    put('w1', tf.matMul(features, sharedGradient, true));
    put('b1', tf.sum(sharedGradient, 0));
  });
  return bits;
}

function logistic(z) {
  return 1 / (1 + Math.exp(-z));
}

/** Mean bits of a colour under the mixtures, and the gradients of the nats with respect to outputs and linear path. */
function mixtureLoss({ grey, centre, unit }, colour, values, lines) {
  const n = unit.length;
  const outputs = new Float32Array(n * OUTPUTS);
  const line = new Float32Array(n);
  const part = [0, 1, 2].map(() => ({ weight: 0, p: 0, byMean: 0, byScale: 0 }));
  let bits = 0;
  for (let i = 0; i < n; i++) {
    const at = i * OUTPUTS;
    const value = grey[3 * i + colour];
    let sum = 0;
    for (let k = 0; k < 3; k++) sum += part[k].weight = Math.exp(values[at + k]);
    let p = 0;
    for (let k = 0; k < 3; k++) {
      const logScale = Math.min(Math.max(values[at + 6 + k], LOG_SCALE.min), LOG_SCALE.max);
      const inverse = Math.exp(-logScale) / unit[i];
      const distance = value - centre[3 * i + colour] - (values[at + 3 + k] + lines[i]) * unit[i];
      const high = value >= 255 ? Number.POSITIVE_INFINITY : (distance + 0.5) * inverse;
      const low = value <= 0 ? Number.NEGATIVE_INFINITY : (distance - 0.5) * inverse;
      const slope = (z) => (Number.isFinite(z) ? logistic(z) * logistic(-z) : 0);
      const moment = (z) => (Number.isFinite(z) ? z * slope(z) : 0);
      part[k].weight /= sum;
      part[k].p = low > 0 ? logistic(-low) - logistic(-high) : logistic(high) - logistic(low);
      part[k].byMean = -Math.exp(-logScale) * (slope(high) - slope(low));
      part[k].byScale = logScale === values[at + 6 + k] ? moment(low) - moment(high) : 0;
      p += part[k].weight * part[k].p;
    }
    bits -= Math.log2(p + FLOOR) / n;
    for (let k = 0; k < 3; k++) {
      const g = -part[k].weight / (p + FLOOR) / n;
      outputs[at + k] = g * (part[k].p - p);
      outputs[at + 3 + k] = g * part[k].byMean;
      outputs[at + 6 + k] = g * part[k].byScale;
      line[i] += g * part[k].byMean;
    }
  }
  return { bits, outputs, line };
}

/**
 * Visits all integers of the weights file in their order (src/codec/tail/tail-network-layout.ts): words, then biases.
 *
 * @param visit - called with the weights that the integer belongs to and the index in them; without them for an integer that is
 *   always 0
 */
function visitWeights(visit) {
  const { w1, b1, line } = weights;
  const word = (array, at) => visit('word', array, at);
  const bias = (array, at) => visit('bias', array, at);
  for (let o = 0; o < HIDDEN1 + 3; o++) {
    for (let i = 0; i < INPUTS; i++) {
      if (i >= FEATURES) word();
      else if (o < HIDDEN1) word(w1.data, i * HIDDEN1 + o);
      else word(line.data, i * 3 + o - HIDDEN1);
    }
  }
  for (let i = 0; i < b1.data.length; i++) bias(b1.data, i);
  for (let c = 0; c < 3; c++) bias();
  for (let c = 0; c < 3; c++) {
    for (let row = 0; row < 2; row++) {
      for (let i = 0; i < HIDDEN1 + 8; i++) {
        if (row >= c || i > HIDDEN1) word();
        else if (i < HIDDEN1) word(weights[`u${c}`].data, row * HIDDEN1 + i);
        else word(weights[`uLine${c}`].data, row);
      }
    }
    const rows = (name, count, length) => {
      for (let o = 0; o < count; o++) {
        for (let i = 0; i < length; i++) word(weights[name].data, i * count + o);
      }
    };
    rows(`w2${c}`, HIDDEN2, HIDDEN1);
    rows(`w3${c}`, OUTPUTS, HIDDEN2);
    for (const name of [`b2${c}`, `b3${c}`]) {
      for (let i = 0; i < weights[name].data.length; i++) bias(weights[name].data, i);
    }
  }
}

/** The bytes of a weights file: integers of 16 bits each, biases of 32. */
function weightBytes() {
  const words = [];
  const biases = [];
  visitWeights((kind, array, at) => {
    const value = array?.[at] ?? 0;
    if (kind === 'word') words.push(Math.min(Math.max(Math.round(value * WEIGHT_UNIT), -32768), 32767));
    else biases.push(Math.round(value * WEIGHT_UNIT * INPUT_UNIT));
  });
  return Buffer.concat([Buffer.from(Int16Array.from(words).buffer), Buffer.from(Int32Array.from(biases).buffer)]);
}

/** Takes the weights from the bytes of a weights file ({@link weightBytes}). */
function readWeights(bytes, source) {
  let count = 0;
  visitWeights((kind) => {
    if (kind === 'word') count++;
  });
  let [word, bias] = [0, 2 * count];
  visitWeights((kind, array, at) => {
    let value = 0;
    if (kind === 'word') {
      value = bytes.readInt16LE(word) / WEIGHT_UNIT;
      word += 2;
    } else {
      value = bytes.readInt32LE(bias) / (WEIGHT_UNIT * INPUT_UNIT);
      bias += 4;
    }
    if (array) array[at] = value;
  });
  if (bias !== bytes.length) throw new Error(`${source}: ${bytes.length} bytes, expected ${bias}`);
}
