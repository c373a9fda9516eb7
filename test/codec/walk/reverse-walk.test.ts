import { beforeAll, describe, expect, test } from 'vitest';
import { gain } from '../../../src/codec/executor/reverse-step.ts';
import { fineBudget, gridBudget, nearestGridIndex } from '../../../src/codec/format/budget-code.ts';
import type { Header } from '../../../src/codec/format/header.ts';
import { endingAt, type LadderStep, ladder } from '../../../src/codec/format/noise-ladder.ts';
import { parseStream, streamSteps } from '../../../src/codec/format/stream-parser.ts';
import { StreamWriter } from '../../../src/codec/format/stream-writer.ts';
import { NO_GAINS } from '../../../src/codec/format/variance-gains.ts';
import { coarsestLevel } from '../../../src/codec/grid/geometry.ts';
import { ImagePyramid } from '../../../src/codec/grid/image-pyramid.ts';
import type { Plane } from '../../../src/codec/grid/plane.ts';
import { BLOCK_COEFFICIENTS } from '../../../src/codec/math/whitening.ts';
import { idealTransport } from '../../../src/codec/transport/ideal-transport.ts';
import type { Sender } from '../../../src/codec/transport/transport.ts';
import { MAX_BITS_PER_COEFFICIENT } from '../../../src/codec/trellis/trellis-code.ts';
import { trellisTransport } from '../../../src/codec/trellis/trellis-transport.ts';
import { type DecodeWalkState, decodeWalk } from '../../../src/codec/walk/decode-walk.ts';
import { denoiseCanvas } from '../../../src/codec/walk/denoise-canvas.ts';
import { type EncodeWalkState, encodeWalk } from '../../../src/codec/walk/encode-walk.ts';
import type { WalkState } from '../../../src/codec/walk/reverse-walk.ts';
import { StepCost } from '../../../src/codec/walk/step-cost.ts';
import type { WalkRun } from '../../../src/codec/walk/walk-run.ts';
import type { Denoiser } from '../../../src/model/denoiser.ts';
import { gaussians, moments } from '../../support/gaussian.ts';
import { gaussianModel } from '../../support/gaussian-model.ts';
import { imagePyramid } from '../../support/pyramid.ts';
import { runOf } from '../../support/walk-runs.ts';

/** Standard deviation of the data: a fifth of 1, because D is clamped to [-1, 1]. */
const TAU = 0.2;
const MODEL = gaussianModel(TAU);
const END = -768; // sigma 1/8
const STEPS = ladder(0, 12, END);

function gaussianImage(width: number, height: number, seed: string): Plane {
  return { width, height, data: gaussians(width * height * 3, seed).map((value) => TAU * value) };
}

/** Measurements of one layer. */
interface LayerRecord {
  readonly sigma: number;
  /** Mean and standard deviation of y - x. */
  readonly noise: { mean: number; deviation: number };
  /** Covariance of the noise with x, divided by tau sigma; 0 for white noise. */
  readonly correlation: number;
  readonly idealBits: number;
  readonly bits: number;
}

async function walk(image: Plane, steps: readonly LadderStep[], transport: Sender): Promise<LayerRecord[]> {
  const records: LayerRecord[] = [];
  const pyramid = imagePyramid(image, steps[0].level);
  for await (const state of encodeWalk({
    run: runOf(MODEL, transport),
    image: new ImagePyramid(image),
    seed: 5,
    steps,
  })) {
    if (state.layers === 0) continue;
    const x = pyramid[state.level];
    const noise = state.state.data.map((y, i) => y - x.data[i]);
    records.push({
      sigma: state.sigma,
      noise: moments(noise),
      correlation: moments(noise.map((value, i) => value * x.data[i])).mean / (TAU * state.sigma),
      idealBits: state.tiles.reduce((sum, tile) => sum + tile.idealBits, 0),
      bits: state.tiles.reduce((sum, tile) => sum + tile.bits, 0),
    });
  }
  return records;
}

/** 1/2 log2((1 + tau^2 / sigma_s^2) / (1 + tau^2 / sigma_t^2)): the information about x per sample in a step. */
function closedForm({ sigmaFrom, sigmaTo }: LadderStep): number {
  return 0.5 * Math.log2((1 + TAU ** 2 / sigmaTo ** 2) / (1 + TAU ** 2 / sigmaFrom ** 2));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('with the exact posterior and the ideal transport', () => {
  const image = gaussianImage(128, 128, 'ideal');
  const n = image.data.length;
  let records: LayerRecord[];
  beforeAll(async () => {
    records = await walk(image, STEPS, idealTransport('reverse-walk'));
  });

  test('the noise of the state is sigma after each layer', () => {
    expect(records.map(({ sigma }) => sigma)).toEqual(STEPS.map(({ sigmaTo }) => sigmaTo));
    for (const { sigma, noise, correlation } of records) {
      expect(Math.abs(noise.deviation / sigma - 1)).toBeLessThan(0.02);
      expect(Math.abs(noise.mean / sigma)).toBeLessThan(5 / Math.sqrt(n));
      expect(Math.abs(correlation)).toBeLessThan(0.03);
    }
  });

  test('the ideal bits are those of the closed form', () => {
    const expected = STEPS.map(closedForm);
    const perSample = records.map(({ idealBits }) => idealBits / n);
    expect(Math.abs(sum(perSample) / sum(expected) - 1)).toBeLessThan(0.02);
    // Also for each layer that contains information.
    perSample.forEach((bits, i) => {
      if (expected[i] > 0.001) expect(Math.abs(bits / expected[i] - 1), `layer ${i + 1}`).toBeLessThan(0.05);
    });
  });

  test('the sum does not depend on the ladder', async () => {
    const coarse = await walk(image, ladder(0, 24, END), idealTransport('coarse'));
    const ratio = sum(coarse.map(({ idealBits }) => idealBits)) / sum(records.map(({ idealBits }) => idealBits));
    expect(Math.abs(ratio - 1)).toBeLessThan(0.02);
  });
});

describe('with the trellis code', () => {
  test('the noise stays near sigma, and real bits are at most 15 % above the ideal ones', async () => {
    const image = gaussianImage(64, 64, 'trellis');
    const records = await walk(image, STEPS, trellisTransport({ beamWidth: 256 }));
    for (const { sigma, noise, correlation } of records) {
      expect(Math.abs(noise.deviation / sigma - 1)).toBeLessThan(0.03);
      expect(Math.abs(correlation)).toBeLessThan(0.1);
    }
    const closed = sum(STEPS.map(closedForm)) * image.data.length;
    const ideal = sum(records.map(({ idealBits }) => idealBits));
    const real = sum(records.map(({ bits }) => bits));
    expect(real / ideal).toBeGreaterThan(1);
    expect(real / ideal).toBeLessThan(1.15);
    expect(real / closed).toBeLessThan(1.2);
  });
});

type Start = Pick<Header, 'grey' | 'checksums' | 'stepEighths' | 'seed'>;

/** Copies a state, because the walk overwrites its planes when it continues. */
function copyState<T extends WalkState>(state: T): T {
  const copy = (plane: Plane): Plane => ({ ...plane, data: plane.data.slice() });
  const mean = copy(state.mean);
  return { ...state, state: copy(state.state), mean, posterior: { ...state.posterior, mean } };
}

/** Encodes down to sigma 1/8, which is not a nominal step, so that the last layer has fine budgets. */
async function encodeStream(
  image: Plane,
  start: Start,
  beamWidth: number,
): Promise<{ bytes: Uint8Array; states: EncodeWalkState[] }> {
  const { width, height } = image;
  const header = { ...start, width, height, chunks: false, model: MODEL.id, endPosition: END, freeEnd: true };
  const steps = streamSteps(header);
  const last = steps.length - 1;
  const plan = ({ layerModel: { layer } }: StepCost): LadderStep | undefined =>
    layer === last ? steps[last] : undefined;
  const run = runOf(MODEL, trellisTransport({ beamWidth }));
  const writer = new StreamWriter(header);
  const states: EncodeWalkState[] = [];
  for await (const state of encodeWalk({
    run,
    image: new ImagePyramid(image),
    seed: start.seed,
    steps,
    plan,
    freeEnd: true,
  })) {
    states.push(copyState(state));
    if (state.layers === 0) continue;
    const tiles = state.tiles.map(({ bits, packed, gains }) => ({ bits, packed: packed ?? new Uint8Array(0), gains }));
    writer.addLayer(steps[state.layers - 1], tiles, state.layers === steps.length);
  }
  return { bytes: writer.bytes(header), states };
}

describe('encoder and decoder', () => {
  test.each([
    [40, 24, false],
    [1, 1, false],
    [9, 61, true],
    [72, 100, true], // one level above the image
    [280, 136, true], // two levels, two tiles
  ])('hold the same states bit for bit: %i x %i', async (width, height, checksums) => {
    const image = gaussianImage(width, height, `${width}x${height}`);
    const { bytes, states } = await encodeStream(image, { grey: false, checksums, stepEighths: 16, seed: 11 }, 16);
    const stream = parseStream(bytes);
    expect(stream.status).toBe('complete');
    expect(stream.steps[0].level).toBe(coarsestLevel(image));
    let layer = 0;
    for await (const { state, mean, sigma, level, layers } of decodeWalk(stream, runOf(MODEL))) {
      const expected = states[layer];
      expect(layers).toBe(layer);
      expect({ sigma, level }).toEqual({ sigma: expected.sigma, level: expected.level });
      expect(Buffer.compare(Buffer.from(state.data.buffer), Buffer.from(expected.state.data.buffer))).toBe(0);
      expect(Buffer.compare(Buffer.from(mean.data.buffer), Buffer.from(expected.mean.data.buffer))).toBe(0);
      layer++;
    }
    expect(layer).toBe(states.length);
    expect(layer).toBe(stream.steps.length + 1);
  });

  test('the decoder can be stopped after any layer, and reports the expected ideal bits', async () => {
    const image = gaussianImage(40, 40, 'estimate');
    const { bytes, states } = await encodeStream(
      image,
      { grey: false, checksums: false, stepEighths: 12, seed: 0 },
      256,
    );
    const ideal = sum(states.flatMap(({ tiles }) => tiles.map(({ idealBits }) => idealBits)));
    const stream = parseStream(bytes);
    const decoded: DecodeWalkState[] = [];
    for await (const state of decodeWalk(stream, runOf(MODEL))) {
      decoded.push(copyState(state));
      if (decoded.length > stream.layers.length) break;
    }
    // KL is 1/2 (r + a^2 - 1 - ln r) nats a value; a ~ N(0, 1 - r) gives it a standard deviation below 1 / sqrt 2.
    const noise = Math.sqrt((stream.steps.length * image.data.length) / 2) / Math.LN2;
    expect(Math.abs(sum(decoded.map(({ idealBits }) => idealBits)) - ideal)).toBeLessThan(4 * noise);
    expect(decoded[0].idealBits).toBe(0);
    for (const count of [0, 1, stream.steps.length - 1]) {
      let last: DecodeWalkState | undefined;
      for await (const state of decodeWalk({ ...stream, layers: stream.layers.slice(0, count) }, runOf(MODEL))) {
        last = state;
        if (state.layers === count) break;
      }
      expect(last?.layers).toBe(count);
      expect(last?.mean).toEqual(decoded[count].mean);
    }
  });

  test('a resumed walk gives the same results', async () => {
    const image = gaussianImage(72, 100, 'resume');
    const start = { grey: false, checksums: false, stepEighths: 16, seed: 3 };
    const { states } = await encodeStream(image, start, 16);
    const steps = states.slice(1).map(({ step }) => step as LadderStep);
    const run = runOf(MODEL, trellisTransport({ beamWidth: 16 }));
    for (const layer of [1, steps.length - 2]) {
      const { state, posterior, gains, debts } = states[layer];
      const resume = { layer, state, posterior, gains, debts };
      const options = {
        run,
        image: new ImagePyramid(image),
        seed: start.seed,
        steps: [steps[layer], steps[layer + 1]],
        resume,
      };
      const again: Float32Array[] = [];
      for await (const { state: taken } of encodeWalk({ ...options, plan: () => undefined })) {
        again.push(taken.data.slice());
        if (again.length === 2) break;
      }
      expect(again).toEqual([states[layer].state.data, states[layer + 1].state.data]);
    }
  });
});

describe('StepCost', () => {
  const size = { width: 104, height: 8 }; // 13 blocks: 4 n lies between two budgets, nearer to the upper one
  const n = 13 * BLOCK_COEFFICIENTS;
  const [step] = ladder(0, 12, 0);
  /** A layer with a given whitened residual and unit variances. */
  const costOf = (residual: (i: number) => number, debt = 0): StepCost =>
    new StepCost(
      {
        layer: 0,
        step,
        y: { ...size, data: new Float32Array(n) },
        mean: { ...size, data: new Float32Array(n) },
        blockVariance: new Float64Array(13).fill(1),
        shape: new Float64Array(BLOCK_COEFFICIENTS).fill(1),
        isFresh: false,
        tiles: [{ x: 0, y: 0, ...size }],
        predictedGains: [NO_GAINS],
      },
      [Float32Array.from({ length: n }, (_, i) => residual(i))],
      { gains: [NO_GAINS], debts: [debt] },
    );

  test('is the KL divergence of the step, and 1.05 times that on the grid or a little below', () => {
    const noise = gaussians(n, 'cost');
    const cost = costOf((i) => noise[i]);
    const end = endingAt(step, 300);
    const k = gain(end);
    const q = end.sigmaTo ** 2 * k;
    const r = q / (q + k ** 2);
    const squares = sum([...noise].map((value) => value * value));
    const expected = (n * (r - 1 - Math.log(r)) + (k ** 2 * squares) / (q + k ** 2)) / 2 / Math.LN2;
    const [ideal] = cost.idealBits(end);
    expect(ideal / expected).toBeCloseTo(1, 6);
    expect(cost.budgets(end, false)).toEqual([gridBudget(nearestGridIndex(1.05 * ideal))]);
    expect(cost.budgets(end, true)).toEqual([fineBudget(1.05 * ideal)]);
    expect(cost.budgets(end, true)[0]).toBeLessThanOrEqual(1.05 * ideal);
    const indebted = costOf((i) => noise[i], 0.25).budgets(end, true);
    expect(indebted).toEqual([fineBudget(1.05 * ideal + 0.25 * n * (1 - r))]);
  });

  test('never exceeds the limit of streams, and is 0 without information', () => {
    for (const fine of [false, true]) {
      const [bits] = costOf((i) => (i % 2 ? 1e6 : -1e6)).budgets(step, fine);
      expect(bits).toBeLessThanOrEqual(n * MAX_BITS_PER_COEFFICIENT);
      expect(bits).toBeGreaterThan(0.85 * n * MAX_BITS_PER_COEFFICIENT);
      expect(costOf(() => 0).budgets(endingAt(step, step.fromIndex - 1), fine)).toEqual([0]);
    }
  });
});

test('gain is 1 - sigma_s^2 / sigma_t^2', () => {
  expect(gain({ sigmaFrom: 2, sigmaTo: 1 })).toBe(0.75);
});

describe('denoiseCanvas', () => {
  test('one window or many give the same where the denoiser looks at one pixel only', async () => {
    const size = { width: 1240, height: 8 };
    const y = { ...size, data: gaussians(1240 * 8 * 3, 'windows') };
    const seen: number[][] = [];
    const spy: Denoiser = {
      sizeMultiple: 16,
      async denoise(input, shape, sigma) {
        seen.push([shape.width, shape.height]);
        return MODEL.denoiser.denoise(input, shape, sigma);
      },
      dispose() {},
    };
    const { mean, blockVariance } = await denoiseCanvas(runOf({ ...MODEL, denoiser: spy }), y, 0.5);
    const share = TAU ** 2 / (TAU ** 2 + 0.25);
    mean.data.forEach((value, i) => void expect(Math.abs(value - y.data[i] * share)).toBeLessThan(1e-6));
    // Three windows of 416, 400 and 424 with a halo of 16 on the sides that have neighbours, in multiples of 16.
    expect(seen).toEqual([
      [432, 16],
      [432, 16],
      [448, 16],
    ]);
    expect(blockVariance).toHaveLength(155);
    for (const value of blockVariance) expect(value).toBeCloseTo((TAU ** 2 * 0.25) / (TAU ** 2 + 0.25), 8);
  });

  test('clamps the mean, takes the mean variance of each block, and 1 where the model predicts none', async () => {
    const y = { width: 16, height: 8, data: new Float32Array(16 * 8 * 3) };
    const run = (logVariance: Float32Array | null): WalkRun => {
      const denoise: Denoiser['denoise'] = async (input) => ({
        mean: input.map((_, i) => (i % 2 ? 3 : -3)),
        logVariance,
      });
      return runOf({ ...MODEL, denoiser: { sizeMultiple: 8, denoise, dispose() {} } });
    };
    // Variance 1 in the left columns of the first block, 3 in the right ones: mean 2. The second block has 5.
    const logVariance = y.data.map((_, i) => {
      const x = Math.floor(i / 3) % 16;
      return Math.log(x < 4 ? 1 : x < 8 ? 3 : 5);
    });
    const posterior = await denoiseCanvas(run(logVariance), y, 1);
    expect(posterior.blockVariance[0]).toBeCloseTo(2, 6);
    expect(posterior.blockVariance[1]).toBeCloseTo(5, 6);
    expect(posterior.mean.data).toEqual(y.data.map((_, i) => (i % 2 ? 1 : -1)));
    expect([...(await denoiseCanvas(run(null), y, 1)).blockVariance]).toEqual([1, 1]);
  });
});
