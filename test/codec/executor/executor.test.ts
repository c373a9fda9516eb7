import { describe, expect, test } from 'vitest';
import { denoiseWindows } from '../../../src/codec/executor/denoise-windows.ts';
import type { Executor } from '../../../src/codec/executor/executor.ts';
import { inlineExecutor } from '../../../src/codec/executor/inline-executor.ts';
import { type LadderStep, ladder } from '../../../src/codec/format/noise-ladder.ts';
import { canvasSize, canvasWindows, coarsestLevel, HALO } from '../../../src/codec/grid/geometry.ts';
import { ImagePyramid } from '../../../src/codec/grid/image-pyramid.ts';
import { trellisTransport } from '../../../src/codec/trellis/trellis-transport.ts';
import { decodeWalk } from '../../../src/codec/walk/decode-walk.ts';
import { denoiseCanvas } from '../../../src/codec/walk/denoise-canvas.ts';
import { type EncodeWalkState, encodeWalk } from '../../../src/codec/walk/encode-walk.ts';
import { WalkRun } from '../../../src/codec/walk/walk-run.ts';
import type { Denoiser, Model } from '../../../src/model/denoiser.ts';
import { gaussians } from '../../support/gaussian.ts';
import { gaussianModel } from '../../support/gaussian-model.ts';
import { runOf } from '../../support/walk-runs.ts';

const MODEL = gaussianModel(0.3);

/**
 * A denoiser that uses neighbours, so that windows and halos matter: it averages each pixel with the one to its left.
 */
const BLURRING: Model = {
  ...MODEL,
  denoiser: {
    ...MODEL.denoiser,
    async denoise(y, shape, sigma) {
      const { mean, logVariance } = await MODEL.denoiser.denoise(y, shape, sigma);
      const rowLength = shape.width * 3;
      return { mean: mean.map((value, i) => (i % rowLength < 3 ? value : (value + mean[i - 3]) / 2)), logVariance };
    },
  },
};

/** Makes jobs end in another order: each waits for some turns of the event loop. */
function scrambled(executor: Executor, concurrency: number): Executor {
  let count = 0;
  const later = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let turns = (count++ * 7) % 5; turns > 0; turns--) await new Promise((resolve) => setTimeout(resolve, 1));
    return work();
  };
  return {
    ...executor,
    concurrency,
    denoise: (job) => later(() => executor.denoise(job)),
    residual: (job) => later(() => executor.residual(job)),
    takeStep: (job) => later(() => executor.takeStep(job)),
  };
}

/** Runs an encoder; returns the tiles of all layers and the last state. */
async function encodeOn(executor: Executor, width: number, height: number, steps: readonly LadderStep[]) {
  const image = { width, height, data: gaussians(width * height * 3, 'executor').map((value) => 0.3 * value) };
  const tiles: EncodeWalkState['tiles'][] = [];
  let state: Float32Array | undefined;
  for await (const walked of encodeWalk({
    run: new WalkRun(executor),
    image: new ImagePyramid(image),
    seed: 1,
    steps,
  })) {
    tiles.push(walked.tiles);
    state = walked.state.data;
  }
  return { tiles, state };
}

describe('a walk', () => {
  test('is the same in whatever order windows and tiles are done, for encoder and decoder', async () => {
    const [width, height] = [533, 270];
    const steps = ladder(coarsestLevel({ width, height }), 16, -300);
    const inline = inlineExecutor(BLURRING, trellisTransport({ beamWidth: 4 }));
    const expected = await encodeOn(inline, width, height, steps);
    expect(expected.tiles.at(-1)).toHaveLength(6);
    for (const concurrency of [4]) {
      const executor = scrambled(inlineExecutor(BLURRING, trellisTransport({ beamWidth: 4 })), concurrency);
      expect(await encodeOn(executor, width, height, steps)).toEqual(expected);
    }
    const layers = expected.tiles.slice(1).map((tiles) => ({
      tiles,
      unpack: () => tiles.map(({ bits, packed }) => ({ bits, packed: packed as Uint8Array })),
    }));
    const stream = { header: { width, height, seed: 1 }, steps, layers };
    const run = new WalkRun(scrambled(inlineExecutor(BLURRING, trellisTransport({ beamWidth: 1 })), 3));
    let state: Float32Array | undefined;
    for await (const walked of decodeWalk(stream, run)) state = walked.state.data;
    expect(state).toEqual(expected.state);
  });

  test('fails with the error of a job', async () => {
    const broken = {
      ...inlineExecutor(MODEL, trellisTransport({ beamWidth: 1 })),
      takeStep: () => Promise.reject(new Error('a thread fell over')),
    };
    const steps = ladder(0, 16, 0);
    await expect(encodeOn(scrambled(broken, 3), 40, 40, steps)).rejects.toThrow('a thread fell over');
  });
});

describe('the jobs of a run', () => {
  const time = { networkMs: 1, transportMs: 2, whiteningMs: 3 };
  const runWith = (concurrency: number, signal?: AbortSignal): WalkRun =>
    new WalkRun({ ...inlineExecutor(MODEL, trellisTransport({ beamWidth: 1 })), concurrency }, { signal });

  test("start in order, at most as many as the executor's concurrency, and none after a failure", async () => {
    const started: number[] = [];
    let active = 0;
    let most = 0;
    const job = async (item: number): Promise<{ time: typeof time }> => {
      started.push(item);
      most = Math.max(most, ++active);
      await new Promise((resolve) => setTimeout(resolve, (item * 3) % 4));
      active--;
      if (item === 7) throw new Error('seven');
      return { time };
    };
    const items = Array.from({ length: 20 }, (_, i) => i);
    await expect(runWith(3).forEach(items, job)).rejects.toThrow('seven');
    expect(most).toBe(3);
    expect(started).toEqual(items.slice(0, started.length));
    expect(started.length).toBeLessThan(13);
    await runWith(3).forEach([], job);
  });

  test('add up their times', async () => {
    const run = runWith(2);
    await run.forEach([1, 2, 3], async () => ({ time }));
    expect(run.times).toEqual({ networkMs: 3, transportMs: 6, whiteningMs: 9 });
  });

  test('let the event loop run, and end on abort', async () => {
    const controller = new AbortController();
    const done: number[] = [];
    setTimeout(() => controller.abort(new Error('enough')), 5);
    const job = async (item: number): Promise<{ time: typeof time }> => {
      done.push(item);
      const end = performance.now() + 2; // blocks the thread, so that the timer can only run between jobs
      while (performance.now() < end);
      return { time };
    };
    const items = Array.from({ length: 1000 }, (_, i) => i);
    await expect(runWith(1, controller.signal).forEach(items, job)).rejects.toThrow('enough');
    expect(done.length).toBeLessThan(100);
  });
});

describe('windows', () => {
  test('of a network with a size of its own are squares of that size, the last ones reaching beyond the canvas', async () => {
    const canvas = { width: 80, height: 40 };
    const rule = { sizeMultiple: 8, windowSize: 32 };
    expect(canvasWindows(canvas, rule)).toEqual(
      [0, 32].flatMap((y) =>
        [0, 32, 64].map((x) => ({
          window: { x, y, width: Math.min(32, 80 - x), height: Math.min(32, 40 - y) },
          seen: { x, y, width: 32, height: 32 },
        })),
      ),
    );
    const shapes: unknown[] = [];
    const denoiser: Denoiser = {
      ...MODEL.denoiser,
      windowSize: 32,
      denoise(y, shape, sigma) {
        shapes.push(shape);
        return MODEL.denoiser.denoise(y, shape, sigma);
      },
    };
    const y = { ...canvas, data: gaussians(80 * 40 * 3, 'squares') };
    const { mean } = await denoiseCanvas(runOf({ ...MODEL, denoiser }), y, 1);
    expect(shapes).toEqual(new Array(6).fill({ batch: 1, width: 32, height: 32 }));
    expect(mean).toEqual((await denoiseCanvas(runOf(MODEL), y, 1)).mean);
  });

  test('with a halo cover the canvas, and what is seen is cut at it up to the multiple', () => {
    const canvas = canvasSize({ width: 1200, height: 590 }, 0);
    const windows = canvasWindows(canvas, { sizeMultiple: 16 });
    expect(windows).toHaveLength(6);
    for (const { window, seen } of windows) {
      expect(seen.x).toBe(Math.max(window.x - HALO, 0));
      expect(seen.y).toBe(Math.max(window.y - HALO, 0));
      expect([seen.width % 16, seen.height % 16]).toEqual([0, 0]);
      expect(seen.x + seen.width).toBeGreaterThanOrEqual(Math.min(window.x + window.width + HALO, canvas.width));
    }
  });

  test('that share a run of the network give the same results as alone', async () => {
    const seen = { width: 16, height: 16 };
    const jobs = [0, 1, 2].map((i) => ({
      y: gaussians(16 * 16 * 3, `window ${i}`),
      seen,
      sigma: 0.5,
      exact: true,
      inner: { x: 0, y: 8 * (i % 2), width: 8 * (1 + (i % 2)), height: 8 },
    }));
    const together = await denoiseWindows(BLURRING.denoiser, jobs);
    for (const [i, job] of jobs.entries()) {
      const [alone] = await denoiseWindows(BLURRING.denoiser, [job]);
      expect(together[i].mean).toEqual(alone.mean);
      expect(together[i].blockVariance).toEqual(alone.blockVariance);
    }
  });
});
