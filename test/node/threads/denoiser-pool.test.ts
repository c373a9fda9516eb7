import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type * as analysis from '../../../src/entry/analysis.ts';
import type * as index from '../../../src/entry/index.ts';
import { ROOT } from '../../support/built.ts';

/** The built package: worker threads run compiled code. */
type Built = typeof index & typeof analysis;
let built: Built;
let images: ReturnType<typeof analysis.readCifar10>;

beforeAll(async () => {
  built = { ...(await import('ddpm-codec')), ...(await import('ddpm-codec/analysis')) } as unknown as Built;
  images = built.readCifar10(readFileSync(join(ROOT, 'test/images/cifar10-test-128.bin')), { limit: 7 });
});

describe('results do not depend on threads', () => {
  test('samples, heun and ancestral, and their frames', async () => {
    for (const options of [{ steps: 3 }, { sampler: 'ancestral', steps: 3 }] as const) {
      const fractions: number[] = [];
      const onProgress = ({ fraction }: { fraction: number }): void => void fractions.push(fraction);
      const one = await built.sample({ ...options, count: 5, frames: 2 });
      expect(await built.sample({ ...options, count: 5, frames: 2, threads: 2, onProgress })).toEqual(one);
      expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
      expect(fractions.at(-1)).toBe(1);
    }
  });

  test('images of sampleEach are those of sample, in the order that is asked for', async () => {
    const { images: all } = await built.sample({ count: 5, steps: 2, seed: 3 });
    const found: [number, unknown][] = [];
    for await (const { number, image } of built.sampleEach([4, 0, 3], { steps: 2, seed: 3, threads: 2 })) {
      found.push([number, image]);
    }
    expect(found).toEqual([4, 0, 3].map((number) => [number, all[number]]));
  });

  test('interpolations', async () => {
    const options = { steps: 4, count: 5 };
    const one = await built.interpolate(images[0], images[1], options);
    expect(await built.interpolate(images[0], images[1], { ...options, threads: 3 })).toEqual(one);
  });

  test('analyses, to the last bit of their sums', async () => {
    const options = { steps: 20, stride: 4 };
    const one = await built.analyze(images, options);
    expect(await built.analyze(images, { ...options, threads: 2 })).toEqual(one);
    expect(await built.analyze(images, { ...options, threads: 3, batch: 2 })).toEqual(one);
  });

  test('calibrations, of a model given as a path and as bytes', async () => {
    const path = join(ROOT, 'models/photo-v2.safetensors');
    const one = await built.models.calibrate(path, images, { levels: 3 });
    for (const model of [path, readFileSync(path)]) {
      const { info, data } = await built.models.calibrate(model, images, { levels: 3, threads: 2 });
      expect(info).toEqual(one.info); // among it the id, a hash of the file
      expect(data.length).toBe(one.data.length);
    }
  });
});

describe('what ends a run', () => {
  test('an abort rejects with its reason, and the process can end', async () => {
    const controller = new AbortController();
    const run = built.sample({
      count: 8,
      steps: 50,
      threads: 2,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
  });

  test('a caller of sampleEach may stop', async () => {
    let found = 0;
    for await (const _ of built.sampleEach([0, 1, 2, 3, 4, 5, 6, 7], { steps: 2, threads: 2 })) {
      if (++found === 2) break;
    }
    expect(found).toBe(2);
  });

  test('numbers of images that are none are refused', async () => {
    await expect(built.sampleEach([1, -1]).next()).rejects.toThrow(/"numbers" expected integers >= 0, got -1/);
  });
});
