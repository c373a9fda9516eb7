import { describe, expect, test } from 'vitest';
import type { WindowJob } from '../../../src/codec/executor/executor.ts';
import type { BatchShape, Denoiser } from '../../../src/model/denoiser.ts';
import { DeviceWindows } from '../../../src/node/threads/device-windows.ts';

/** A denoiser whose mean is y / 2, and the batches that it has seen. */
function halving(batches: [BatchShape, number][], fail: () => void = () => {}): Denoiser {
  return {
    sizeMultiple: 8,
    async denoise(y, shape, sigma) {
      batches.push([shape, sigma]);
      fail();
      return { mean: y.map((value) => value / 2), logVariance: null };
    },
    dispose() {},
  };
}

function windowOf(value: number, side: number, sigma: number): WindowJob {
  const y = new Float32Array(side * side * 3).fill(value);
  const inner = { x: 0, y: 0, width: side, height: side };
  return { y, seen: { width: side, height: side }, sigma, exact: false, inner };
}

describe('windows for the graphics device', () => {
  test('that are alike share runs of at most 8, oldest first', async () => {
    const batches: [BatchShape, number][] = [];
    const windows = new DeviceWindows(halving(batches));
    const jobs = [
      windowOf(0.5, 8, 1),
      windowOf(0.25, 16, 1),
      windowOf(0.125, 8, 2),
      ...Array.from({ length: 9 }, (_, i) => windowOf(i / 16, 8, 1)),
    ];
    const values = jobs.map(({ y }) => y[0]);
    const results = await Promise.all(jobs.map((job) => windows.denoise(job, undefined)));
    expect(results.map(({ mean }) => mean[0])).toEqual(values.map((value) => value / 2));
    expect(batches.map(([{ batch, width }, sigma]) => [batch, width, sigma])).toEqual([
      [8, 8, 1],
      [1, 16, 1],
      [1, 8, 2],
      [2, 8, 1],
    ]);
  });

  test('whose signal aborts while they wait are not denoised', async () => {
    const batches: [BatchShape, number][] = [];
    const windows = new DeviceWindows(halving(batches));
    const stop = new AbortController();
    const first = windows.denoise(windowOf(0.5, 8, 1), undefined);
    const stopped = windows.denoise(windowOf(0.5, 8, 2), stop.signal);
    stop.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    await first;
    expect(batches).toHaveLength(1);
  });

  test('get the error of their run, and later ones are denoised', async () => {
    let fails = true;
    const windows = new DeviceWindows(
      halving([], () => {
        if (fails) throw new Error('lost');
      }),
    );
    const both = await Promise.allSettled([1, 2].map((value) => windows.denoise(windowOf(value, 8, 1), undefined)));
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect((await windows.denoise(windowOf(0.5, 8, 1), undefined)).mean[0]).toBe(0.25);
  });
});
