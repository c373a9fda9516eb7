import { describe, expect, test } from 'vitest';
import type { AnalysisReport } from '../../src/analysis/analysis-report.ts';
import { type AnalyzeModelOptions, analyzeModel } from '../../src/analysis/analyze-model.ts';
import type { NamedPlane } from '../../src/analysis/image-planes.ts';
import { priorBits } from '../../src/analysis/likelihood.ts';
import { logIntervalProbability } from '../../src/analysis/normal-distribution.ts';
import { type ReverseVariance, reverseProcess } from '../../src/analysis/reverse-process.ts';
import type { Model } from '../../src/model/denoiser.ts';
import { linearSchedule, posteriorMean, posteriorVariance, respace } from '../../src/model/schedule/noise-schedule.ts';
import { gaussians } from '../support/gaussian.ts';
import { gaussianModel } from '../support/gaussian-model.ts';
import { correlatedData, independentData, photographicDeviations, SIDE } from './gaussian-data.ts';

async function run(model: Model, images: readonly NamedPlane[], options: AnalyzeModelOptions): Promise<AnalysisReport> {
  const steps = analyzeModel(model, images, { clip: false, ...options });
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return value;
  }
}

/** Difference in bits between a density of x in [-1, 1] and the probability of a byte, whose bin is 2 / 255 wide. */
const BYTE_BITS = Math.log2(127.5);
const S = 0.25;
const IMAGES = 12;
const independent = independentData(S, IMAGES);
const correlated = correlatedData(photographicDeviations(), IMAGES);
/** Analysis with all 1000 steps; several tests use it. */
const runs = new Map<string, Promise<AnalysisReport>>();
const fullRun = (variance: ReverseVariance): Promise<AnalysisReport> => {
  const found = runs.get(variance) ?? run(independent.model, independent.images, { variance, decoder: 'density' });
  runs.set(variance, found);
  return found;
};

describe('Gaussian data with the exact denoiser, T = 1000', () => {
  /** Tolerance: 1 % of the code length of the bytes, because the code length of a density may be 0. */
  const tolerance = (bitsPerDim: number): number => 0.01 * (bitsPerDim + BYTE_BITS);

  test('the sum of all terms is the known code length', async () => {
    const { codelength, terms } = await fullRun('calibrated');
    expect(terms).toHaveLength(1000);
    expect(Math.abs(codelength.total - independent.bitsPerDim)).toBeLessThan(tolerance(independent.bitsPerDim));
    expect(Math.abs(codelength.prior + codelength.steps + codelength.decoder - codelength.total)).toBeLessThan(1e-9);
  });

  test('also of correlated data, whose variances are those of whitened coefficients', async () => {
    const { model, images, bitsPerDim } = correlated;
    const { codelength } = await run(model, images, { variance: 'calibrated', decoder: 'density' });
    expect(Math.abs(codelength.total - bitsPerDim)).toBeLessThan(tolerance(bitsPerDim));
  });

  test('bytes: the discretised decoder gives the known probability of the bins within 1 %', async () => {
    const { model, images } = independent;
    const bytes = images.map((image) => ({
      ...image,
      data: image.data.map((x) => Math.min(Math.max(Math.round((x + 1) * 127.5), 0), 255) / 127.5 - 1),
    }));
    // At a noise level that hides the image, the exact denoiser returns the means.
    const { mean: mu } = await model.denoiser.denoise(bytes[0].data, { batch: 1, height: SIDE, width: SIDE }, 1e9);
    let bits = 0;
    for (const { data } of bytes) {
      data.forEach((x, i) => {
        const low = x < -0.999 ? Number.NEGATIVE_INFINITY : (x - 1 / 255 - mu[i]) / S;
        const high = x > 0.999 ? Number.POSITIVE_INFINITY : (x + 1 / 255 - mu[i]) / S;
        bits -= logIntervalProbability(low, high) / Math.LN2;
      });
    }
    const known = bits / (bytes.length * mu.length);
    const { codelength } = await run(model, bytes, { variance: 'calibrated' });
    expect(known).toBeGreaterThan(6.5);
    expect(Math.abs(codelength.total / known - 1)).toBeLessThan(0.01);
  });

  test('the variance beta differs in L_0 alone: there beta~_2 is half of the variance of x_0 given x_1', async () => {
    const [exact, beta] = [await fullRun('calibrated'), await fullRun('beta')].map(({ codelength }) => codelength);
    expect(Math.abs((beta.steps + beta.prior) / (exact.steps + exact.prior) - 1)).toBeLessThan(0.01);
    expect(beta.decoder - exact.decoder).toBeGreaterThan(0.1);
    expect(beta.decoder - exact.decoder).toBeLessThan(0.2);
  });

  test('the code length does not depend on the number of steps', async () => {
    const { model, images, bitsPerDim } = correlated;
    for (const steps of [10, 100]) {
      const { codelength, terms, trainedSteps } = await run(model, images, {
        steps,
        variance: 'calibrated',
        decoder: 'density',
      });
      expect([terms.length, trainedSteps, terms[0].timestep, terms[steps - 1].timestep]).toEqual([
        steps,
        1000,
        1000,
        1,
      ]);
      expect(Math.abs(codelength.total - bitsPerDim)).toBeLessThan(tolerance(bitsPerDim));
    }
  });

  test.each(['beta', 'beta-tilde'] as const)('%s: terms, rate and error are those of eq. 7 and 8', async (variance) => {
    const { terms } = await fullRun(variance);
    const schedule = linearSchedule();
    let expected = terms[0].rateBitsPerDim;
    for (const { t, bitsPerDim, rateBitsPerDim, rmse, sigma } of terms) {
      const posterior = (S * S * sigma * sigma) / (S * S + sigma * sigma);
      expect(Math.abs(rmse / (127.5 * Math.sqrt(posterior)) - 1)).toBeLessThan(0.06);
      expect(Math.abs(rateBitsPerDim - expected)).toBeLessThan(0.02 * expected + 1e-4);
      if (t === 1) break;
      const q = posteriorVariance(schedule, t);
      const p = variance === 'beta' ? schedule.betas[t - 1] : q;
      const mismatch = posteriorMean(schedule, t).x0 ** 2 * posterior;
      const nats = 0.5 * (Math.log(p / q) + (q + mismatch) / p - 1);
      expect(Math.abs(bitsPerDim / (nats / Math.LN2) - 1)).toBeLessThan(0.15);
      expected += nats / Math.LN2;
    }
  });
});

describe('extremes for which the fixed variances are exact (section 3.2)', () => {
  test('beta~: data that consist of a single point need no bits before x_0', async () => {
    const [image] = independent.images;
    const point: Model = {
      ...independent.model,
      denoiser: {
        ...independent.model.denoiser,
        denoise: async () => ({ mean: image.data.slice(), logVariance: null }),
      },
    };
    const { terms } = await run(point, [image], { variance: 'beta-tilde', steps: 20 });
    for (const { t, bitsPerDim, rmse, psnr } of terms) {
      if (t > 1) expect(Math.abs(bitsPerDim)).toBeLessThan(1e-12);
      expect([rmse, psnr]).toEqual([0, null]);
    }
  });

  test('beta: white data of unit variance cost their entropy, minus the part after x_1', async () => {
    const white = independent.images.map((image) => ({ ...image, data: gaussians(SIDE * SIDE * 3, image.name) }));
    const { codelength, terms } = await run(gaussianModel(1), white, { variance: 'beta' });
    // I(x; x_1) = 1/2 log2(1 + 1 / sigma_1^2).
    const known = 0.5 * Math.log2(1 + 1 / terms[terms.length - 1].sigma ** 2);
    expect(Math.abs((codelength.prior + codelength.steps) / known - 1)).toBeLessThan(0.01);
  });
});

describe('analyzeModel', () => {
  const { model, images } = independent;

  test('L_T is KL(N(sqrt(abar) x, 1 - abar) || N(0, 1))', () => {
    const process = reverseProcess(model, {});
    const schedule = respace(process.schedule, [300]);
    const alphaBar = schedule.alphaBars[0];
    const x = images[0].data;
    const [bits] = priorBits({ ...process, schedule }, { x, shape: { batch: 1, height: SIDE, width: SIDE } });
    let nats = 0;
    for (const value of x) nats += 0.5 * (1 - alphaBar + alphaBar * value * value - 1 - Math.log(1 - alphaBar));
    expect(bits).toBeCloseTo(nats / Math.LN2, 6);
    expect(bits / x.length).toBeGreaterThan(0.01);
  });

  test('the result does not depend on the batches, but on the seed', async () => {
    const options = { steps: 12, variance: 'beta' } as const;
    const one = await run(model, images, { ...options, batch: 1 });
    const four = await run(model, images, { ...options, batch: 4 });
    four.terms.forEach(({ bitsPerDim }, i) => {
      expect(bitsPerDim).toBeCloseTo(one.terms[i].bitsPerDim, 12);
    });
    expect(four.codelength.total).toBeCloseTo(one.codelength.total, 10);
    const other = await run(model, images, { ...options, seed: 1 });
    expect(other.codelength.total).not.toBe(one.codelength.total);
    expect(Math.abs(other.codelength.total / one.codelength.total - 1)).toBeLessThan(0.02);
  });

  test('images of several sizes are weighted by their number of dimensions', async () => {
    const small: NamedPlane = { name: 'small', width: 8, height: 8, data: images[1].data.slice(0, 192) };
    const options = { steps: 5, variance: 'beta' } as const;
    const both = await run(gaussianModel(S), [images[0], small], options);
    const alone = await run(gaussianModel(S), [images[0]], options);
    expect([both.dims, both.images, alone.codelength.standardError]).toEqual([768 + 192, 2, null]);
    expect(both.codelength.standardError).toBeGreaterThan(0);
    const rest = both.codelength.total * 960 - alone.codelength.total * 768;
    expect(rest / 192).toBeGreaterThan(4);
  });

  test('stride: fewer steps, an estimate of the same sum that says so', async () => {
    const full = await fullRun('beta');
    const quick = await run(model, images, { variance: 'beta', decoder: 'density', stride: 40 });
    expect([full.estimated, quick.estimated]).toEqual([false, true]);
    expect(quick.terms.length).toBeLessThan(80);
    expect(quick.terms.reduce((sum, { weight }) => sum + weight, 0)).toBe(1000);
    expect(Math.abs(quick.codelength.steps / full.codelength.steps - 1)).toBeLessThan(0.02);
    for (const { t, rateBitsPerDim } of quick.terms) {
      const same = full.terms[1000 - t];
      expect(Math.abs(rateBitsPerDim - same.rateBitsPerDim)).toBeLessThan(0.05 * same.rateBitsPerDim + 0.002);
    }
  });

  test('reports its progress, and refuses wrong options and sizes', async () => {
    const seen: number[] = [];
    for await (const { fraction, step, steps } of analyzeModel(model, images, { steps: 4, batch: 6 })) {
      expect(steps).toBe(4);
      expect(step).toBeLessThanOrEqual(4);
      seen.push(fraction);
    }
    expect(seen).toEqual([0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]);
    await expect(run(model, [], {})).rejects.toThrow(/"images" expected at least one/);
    await expect(run(model, images, { steps: 1001 })).rejects.toThrow(/"steps" expected integer 1\.\.1000, got 1001/);
    await expect(run(model, images, { variance: 'gamma' as 'beta' })).rejects.toThrow(/"variance" expected one of/);
  });
});
