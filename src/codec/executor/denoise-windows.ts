/** Runs the denoiser on windows of a canvas. */
import type { Denoiser, Posterior } from '../../model/denoiser.ts';
import type { Rect } from '../grid/geometry.ts';
import { exp, log } from '../math/portable-math.ts';
import { BLOCK } from '../math/whitening.ts';
import type { WindowJob, WindowResult } from './executor.ts';

/**
 * Denoises windows of the same size and noise level in one run of the network, as one batch.
 *
 * @param jobs - at least one; all with the same `seen`, `sigma` and `exact`
 * @returns the results in the order of the jobs
 */
export async function denoiseWindows(denoiser: Denoiser, jobs: readonly WindowJob[]): Promise<WindowResult[]> {
  const [{ seen, sigma, exact, y }] = jobs;
  const start = performance.now();
  const samples = y.length;
  let input = y;
  if (jobs.length > 1) {
    input = new Float32Array(samples * jobs.length);
    jobs.forEach((job, i) => void input.set(job.y, i * samples));
  }
  const posterior = await denoiser.denoise(input, { batch: jobs.length, ...seen }, sigma, { exact });
  const networkMs = (performance.now() - start) / jobs.length;
  return jobs.map(({ inner, variances }, i) => {
    const cropStart = performance.now();
    const result = cropWindow(posterior, i * samples, seen.width * 3, inner);
    const logVariance = variances && cropVariances(posterior, i * samples, seen.width * 3, inner, sigma);
    const time = { networkMs, transportMs: 0, whiteningMs: performance.now() - cropStart };
    return { ...result, ...(logVariance && { logVariance }), time };
  });
}

/** Crops a window (without its halo) out of the posterior of an image of the batch that starts at sample `at`. */
function cropWindow(
  { mean, logVariance }: Posterior,
  at: number,
  rowLength: number,
  inner: Rect,
): Omit<WindowResult, 'time'> {
  const first = at + inner.y * rowLength + inner.x * 3;
  const cropped = new Float32Array(inner.width * inner.height * 3);
  for (let j = 0, to = 0; j < inner.height; j++) {
    const from = first + j * rowLength;
    for (let i = 0; i < inner.width * 3; i++, to++) cropped[to] = Math.min(Math.max(mean[from + i], -1), 1);
  }
  const blocksWide = inner.width / BLOCK;
  const blockVariance = new Float64Array((blocksWide * inner.height) / BLOCK).fill(1);
  if (logVariance) {
    for (let b = 0; b < blockVariance.length; b++) {
      const row = Math.floor(b / blocksWide) * BLOCK;
      blockVariance[b] = blockMean(logVariance, first + row * rowLength + (b % blocksWide) * BLOCK * 3, rowLength);
    }
  }
  return { mean: cropped, blockVariance };
}

/**
 * Crops the log-variances as {@link cropWindow} does; for a model that predicts none, the log-variance of the noise.
 */
function cropVariances(
  { logVariance }: Posterior,
  at: number,
  rowLength: number,
  inner: Rect,
  sigma: number,
): Float32Array {
  const cropped = new Float32Array(inner.width * inner.height * 3);
  if (!logVariance) return cropped.fill(2 * log(sigma));
  for (let j = 0; j < inner.height; j++) {
    const from = at + (inner.y + j) * rowLength + inner.x * 3;
    cropped.set(logVariance.subarray(from, from + inner.width * 3), j * inner.width * 3);
  }
  return cropped;
}

/** Mean of exp(logVariance) over an 8x8 block whose first sample is at `at`. */
function blockMean(logVariance: Float32Array, at: number, rowLength: number): number {
  let sum = 0;
  for (let j = 0; j < BLOCK; j++) {
    for (let i = 0; i < BLOCK * 3; i++) sum += exp(logVariance[at + j * rowLength + i]);
  }
  return sum / (BLOCK * BLOCK * 3);
}
