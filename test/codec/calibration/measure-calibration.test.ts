import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCifar10 } from '../../../src/analysis/image-planes.ts';
import { bandShapeAt } from '../../../src/codec/calibration/band-variance.ts';
import { calibrate, calibrationSigmas } from '../../../src/codec/calibration/measure-calibration.ts';
import { planeOf } from '../../../src/codec/grid/picture.ts';
import type { Plane } from '../../../src/codec/grid/plane.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import type { Denoiser } from '../../../src/model/denoiser.ts';
import { loadModel } from '../../../src/model/weights/load-model.ts';
import { gaussians } from '../../support/gaussian.ts';
import { gaussianModel } from '../../support/gaussian-model.ts';
import { MODEL_PATH } from '../../support/model-files.ts';

/** Images of white Gaussian noise with standard deviation tau. */
function gaussianImages(count: number, side: number, tau: number): Plane[] {
  return Array.from({ length: count }, (_, i) => ({
    width: side,
    height: side,
    data: gaussians(side * side * 3, `calibrate/${i}`).map((value) => tau * value),
  }));
}

describe('calibrate', () => {
  const tau = 0.2;
  const images = gaussianImages(12, 96, tau);

  test('the exact posterior gives 1 everywhere, relative to its variance', async () => {
    const { denoiser } = gaussianModel(tau);
    const { bandShape, sigma, blocks } = await calibrate(denoiser, images, { sigmas: [0.05, 0.5] });
    expect([...sigma]).toEqual([...Float32Array.of(0.05, 0.5)]);
    expect(blocks).toBe(12 * 144);
    // Each value is a mean of 1728 squares of Gaussians, with a standard deviation of 3.4 %.
    for (const value of bandShape) expect(Math.abs(value - 1)).toBeLessThan(0.16);
    expect(Math.abs(bandShape.reduce((a, b) => a + b) / bandShape.length - 1)).toBeLessThan(0.01);
  });

  test('a denoiser without variance gives the variance itself; windows are cut as in the codec', async () => {
    const exact = gaussianModel(tau).denoiser;
    const seen: string[] = [];
    const denoiser: Denoiser = {
      ...exact,
      sizeMultiple: 32,
      windowSize: 32,
      async denoise(y, shape, sigma) {
        seen.push(`${shape.batch}x${shape.height}x${shape.width}`);
        return { mean: (await exact.denoise(y, shape, sigma)).mean, logVariance: null };
      },
    };
    const levels: number[] = [];
    const { bandShape } = await calibrate(denoiser, images, {
      sigmas: [0.05, 0.5],
      onBatch: (done) => void levels.push(done),
    });
    for (const [level, sigma] of [0.05, 0.5].entries()) {
      const expected = (tau * tau * sigma * sigma) / (tau * tau + sigma * sigma);
      const mean = bandShape.subarray(level * 192, (level + 1) * 192).reduce((a, b) => a + b) / 192;
      expect(Math.abs(mean / expected - 1)).toBeLessThan(0.01);
    }
    expect(new Set(seen)).toEqual(new Set(['8x32x32', '4x32x32'])); // 108 windows for each noise level, eight at a time
    expect(levels).toHaveLength(28);
    for (let i = 1; i < levels.length; i++) expect(levels[i]).toBeGreaterThan(levels[i - 1]);
    expect([levels[13], levels[27]]).toEqual([1, 2]);
  });

  test('gives values close to the table of the default model', async () => {
    const bytes = new Uint8Array(readFileSync(MODEL_PATH));
    const { denoiser, calibration } = await loadModel(bytes, { backend: await openBackend(), source: MODEL_PATH });
    const cifar = new Uint8Array(readFileSync('test/images/cifar10-test-128.bin'));
    const planes = readCifar10(cifar, { limit: 64 }).map(({ data, width, height }) =>
      planeOf({ data, width, height, channels: 3 }),
    );
    const sigmas = [0.02, 0.1, 0.5];
    const { bandShape } = await calibrate(denoiser, planes, { sigmas });
    for (const [level, sigma] of sigmas.entries()) {
      const shipped = bandShapeAt(calibration, sigma);
      const ratios = Array.from(shipped, (value, i) => Math.log((bandShape[level * 192 + i] as number) / value));
      // These are few images, and not those the table was made with. A tolerance of 0.4 is small, because values span a
      // factor of 50.
      expect(Math.abs(ratios.reduce((a, b) => a + b) / 192), `mean at ${sigma}`).toBeLessThan(0.4);
      expect(Math.sqrt(ratios.reduce((a, b) => a + b * b) / 192), `spread at ${sigma}`).toBeLessThan(0.6);
    }
    denoiser.dispose();
  });

  test('stays within the bounds of the format where the residual is zero', async () => {
    const perfect: Denoiser = {
      ...gaussianModel(1).denoiser,
      denoise: async (y) => ({ mean: new Float32Array(y.length).fill(0.5), logVariance: null }),
    };
    const flat = { width: 16, height: 16, data: new Float32Array(768).fill(0.5) };
    const { bandShape } = await calibrate(perfect, [flat], { sigmas: [0.1, 1] });
    expect(new Set(bandShape)).toEqual(new Set([2 ** -24]));
  });

  test('needs an image; its noise levels span the ladder', async () => {
    await expect(calibrate(gaussianModel(1).denoiser, [], { sigmas: [1, 2] })).rejects.toThrow(/"images" expected/);
    const sigmas = calibrationSigmas(24);
    expect(sigmas.length).toBe(24);
    expect(sigmas[0]).toBeCloseTo(0.003, 10);
    expect(sigmas[23]).toBeCloseTo(60, 10);
  });
});
