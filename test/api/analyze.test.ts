import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import {
  type AnalyzeOptions,
  analyze,
  interpolate,
  readCifar10,
  type SampleOptions,
  sample,
} from '../../src/entry/analysis.ts';

const images = readCifar10(readFileSync(join(import.meta.dirname, '../images/cifar10-test-128.bin')), { limit: 2 });

describe('analyze with the default model', () => {
  test('error falls and rate rises on the way to x_0; a finer chain has a shorter code', async () => {
    const seen: number[] = [];
    const coarse = await analyze(images, { steps: 8, onProgress: ({ fraction }) => void seen.push(fraction) });
    expect(seen).toEqual(Array.from({ length: 8 }, (_, i) => (i + 1) / 8));
    expect(coarse).toMatchObject({ kind: 'ideal', images: 2, dims: 6144, steps: 8, trainedSteps: 1000, cropped: 0 });
    for (let i = 1; i < 8; i++) {
      expect(coarse.terms[i].rateBitsPerDim).toBeGreaterThan(coarse.terms[i - 1].rateBitsPerDim);
      expect(coarse.terms[i].rmse).toBeLessThan(coarse.terms[i - 1].rmse * 1.1);
    }
    const [first, last] = [coarse.terms[0], coarse.terms[7]];
    expect(first.rmse).toBeGreaterThan(30);
    expect(last.rmse).toBeLessThan(2.55); // the noise of x_1 is 0.01 * 127.5
    const fine = await analyze(images, { steps: 50, variance: 'calibrated' });
    expect(fine.codelength.total).toBeLessThan(coarse.codelength.total);
    expect(fine.codelength.total).toBeGreaterThan(2);
    expect(fine.codelength.total).toBeLessThan(6);
  });

  test('images are cut to what the model takes', async () => {
    const wide = { data: new Uint8Array(40 * 33 * 3).fill(99), width: 40, height: 33, channels: 3 } as const;
    const report = await analyze([wide], { steps: 2 });
    expect(report).toMatchObject({ cropped: 1, dims: 32 * 32 * 3 });
    await expect(analyze([{ ...wide, width: 132, height: 10, name: 'flat' }], { steps: 2 })).rejects.toMatchObject({
      code: 'ERR_DDPM_INPUT',
      message: expect.stringMatching(/^flat: 132 x 10 pixels, smaller than/),
    });
  });

  test('can be aborted', async () => {
    const controller = new AbortController();
    const run = analyze(images, { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) });
    await expect(run).rejects.toThrow('enough');
    await expect(analyze(images, { signal: AbortSignal.abort(new Error('at once')) })).rejects.toThrow('at once');
  });

  test.each([
    [{ stepz: 3 }, /"stepz" expected no such option/],
    [{ steps: 0 }, /"steps" expected integer 1\.\.100000, got 0/],
    [{ steps: 1001 }, /"steps" expected integer 1\.\.1000, got 1001/],
    [{ stride: 1.5 }, /"stride" expected integer/],
    [{ variance: 'gamma' }, /"variance" expected one of beta, beta-tilde, calibrated/],
    [{ clip: 1 }, /"clip" expected true or false, got 1/],
    [{ seed: -1 }, /"seed" expected integer/],
    [{ batch: 0 }, /"batch" expected integer/],
    [{ imperceptibleRmse: 256 }, /"imperceptibleRmse" expected number 0\.\.255/],
    [{ signal: 1 }, /"signal" expected AbortSignal/],
    [{ onProgress: 1 }, /"onProgress" expected function/],
    [{ model: 1 }, /"model" expected/],
  ])('refuses %j', async (options, message) => {
    await expect(analyze(images, options as AnalyzeOptions)).rejects.toThrow(message);
  });

  test('refuses input that is not an image', async () => {
    await expect(analyze([])).rejects.toThrow(/"images" expected at least one image/);
    await expect(analyze([{ ...images[0], width: 31 }])).rejects.toThrow(/"data" expected/);
  });
});

describe('sample with the default model', () => {
  test('returns images and intermediate estimates; equal seeds give equal bytes', async () => {
    const fractions: number[] = [];
    const options = { count: 3, steps: 4, seed: 7, frames: 3 };
    const made = await sample({ ...options, onProgress: ({ fraction }) => void fractions.push(fraction) });
    expect(made.info).toEqual({
      model: FORMAT_MODEL.id,
      count: 3,
      width: 32,
      height: 32,
      sampler: 'heun',
      steps: 4,
      variance: null,
      eta: null,
      clip: true,
      networkRuns: 7,
      seed: 7,
    });
    expect(made.images.map(({ width, height, channels, data }) => [width, height, channels, data.length])).toEqual(
      Array(3).fill([32, 32, 3, 3072]),
    );
    expect(made.frames.map((film) => film.length)).toEqual([3, 3, 3]);
    made.frames.forEach((film, i) => {
      expect(film[2]).toEqual(made.images[i]);
      expect(film[0]).not.toEqual(film[2]);
    });
    expect(fractions.at(-1)).toBe(1);
    expect((await sample({ ...options, count: 2 })).images).toEqual(made.images.slice(0, 2));
    expect((await sample({ ...options, seed: 8 })).images).not.toEqual(made.images);
  });

  test('other sizes, and more images than fit into memory at once', async () => {
    const made = await sample({ count: 3, width: 256, height: 192, steps: 1 });
    expect(made.images.map(({ width, height }) => [width, height])).toEqual(Array(3).fill([256, 192]));
    expect(made.images[0]).not.toEqual(made.images[1]);
  });

  test.each([
    [{ width: 33 }, /"width" expected a multiple of 16, got 33/],
    [{ count: 0 }, /"count" expected integer 1\.\.10000, got 0/],
    [{ frames: -1 }, /"frames" expected integer/],
    [{ sampler: 'euler' }, /"sampler" expected one of heun, ddim, ancestral/],
    [{ eta: -1 }, /"eta" expected number 0\.\.1, got -1/],
    [{ variance: 'beta' }, /"variance" expected only with the sampler ancestral/],
    [{ threads: 0 }, /"threads" expected integer 1\.\.1024, got 0/],
    [{ atStep: 3 }, /"atStep" expected no such option/],
  ])('refuses %j', async (options, message) => {
    await expect(sample(options as SampleOptions)).rejects.toThrow(message);
  });
});

describe('interpolate with the default model', () => {
  test('goes from one image to the other', async () => {
    const [a, b] = images;
    const made = await interpolate(a, b, { count: 3, sampler: 'ddim', steps: 100, atStep: 2 });
    expect(made.info).toMatchObject({ count: 3, steps: 2, networkRuns: 2, width: 32, height: 32 });
    expect(made.sources.map(({ data }) => data)).toEqual([a.data, b.data]);
    const error = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
      Array.from(x).reduce((sum, value, i) => sum + Math.abs(value - y[i]), 0) / x.length;
    expect(error(made.images[0].data, a.data)).toBeLessThan(6);
    expect(error(made.images[2].data, b.data)).toBeLessThan(6);
    expect(error(made.images[1].data, a.data)).toBeGreaterThan(20);
  });

  test('refuses two sizes and steps beyond T', async () => {
    const small = { data: new Uint8Array(768), width: 16, height: 16, channels: 3 } as const;
    await expect(interpolate(images[0], small, { steps: 2 })).rejects.toThrow(/"images" expected one size/);
    await expect(interpolate(images[0], images[1], { steps: 2, atStep: 3 })).rejects.toThrow(
      /"atStep" expected integer 1\.\.2/,
    );
    await expect(interpolate(images[0], images[1], { count: 1 })).rejects.toThrow(/"count" expected integer 2\.\./);
  });
});
