/** The denoiser's posterior over a whole canvas, window by window. docs/design/codec.md, section 8. */
import { canvasWindows, type Rect, type Size } from '../grid/geometry.ts';
import { double, gatherSeen, halve, newPlane, type Plane, resizeCanvas, scatter } from '../grid/plane.ts';
import { BLOCK } from '../math/whitening.ts';
import type { WalkRun } from './walk-run.ts';

/** Posterior of a whole canvas. */
export interface CanvasPosterior {
  /** Posterior mean D of x, clamped to [-1, 1]. */
  readonly mean: Plane;
  /** Mean posterior variance of each 8x8 block (over its 192 samples), rows of blocks from the top. */
  readonly blockVariance: Float64Array;
  /** Natural logarithm of the posterior variance of each sample, laid out like D; only if it was asked for. */
  readonly logVariance?: Float32Array;
}

/** Options of {@link denoiseCanvas}. */
export interface DenoiseOptions {
  /** A plane of the size of the canvas that receives D; default: a new one. */
  readonly into?: Plane | undefined;
  /** True: computes the variance of each sample, too. */
  readonly variances?: boolean;
}

/** Computes D and block variances of a state y = x + sigma n on a canvas of whole blocks. */
export async function denoiseCanvas(
  run: WalkRun,
  y: Plane,
  sigma: number,
  { into = newPlane(y), variances = false }: DenoiseOptions = {},
): Promise<CanvasPosterior> {
  const logVariance = variances ? newPlane(y) : undefined;
  const blocksWide = y.width / BLOCK;
  const blockVariance = new Float64Array((blocksWide * y.height) / BLOCK);
  const { executor } = run;
  await run.forEach(canvasWindows(y, executor), async ({ seen, window }) => {
    const inner = { ...window, x: window.x - seen.x, y: window.y - seen.y };
    const input = gatherSeen(y, seen);
    const size = { width: seen.width, height: seen.height };
    const job = { y: input, seen: size, sigma, inner, exact: run.exact, ...(variances && { variances }) };
    const result = await executor.denoise(job);
    scatter(into, window, result.mean);
    if (logVariance && result.logVariance) scatter(logVariance, window, result.logVariance);
    const wide = window.width / BLOCK;
    for (let row = 0; row < window.height / BLOCK; row++) {
      const to = (window.y / BLOCK + row) * blocksWide + window.x / BLOCK;
      blockVariance.set(result.blockVariance.subarray(row * wide, (row + 1) * wide), to);
    }
    return result;
  });
  return { mean: into, blockVariance, ...(logVariance && { logVariance: logVariance.data }) };
}

/**
 * An estimate of {@link denoiseCanvas} from half the resolution, in a quarter of its time: the means of y over 2x2 pixels,
 * with sigma / 2, are denoised and doubled. What a state that has just gone up a level says of the image lies in these
 * means alone, and detail that is averaged anyway is not missed.
 *
 * @param size - of the canvas of the next coarser level
 */
export async function denoiseHalved(run: WalkRun, y: Plane, size: Size, sigma: number): Promise<CanvasPosterior> {
  const coarse = await denoiseCanvas(run, halve(y, size), sigma / 2);
  const mean = resizeCanvas(double(coarse.mean), y);
  const [wide, coarseWide] = [y.width / BLOCK, size.width / BLOCK];
  const blockVariance = Float64Array.from({ length: (wide * y.height) / BLOCK }, (_, block) => {
    const [row, column] = [Math.floor(block / wide), block % wide];
    return coarse.blockVariance[(row >> 1) * coarseWide + (column >> 1)];
  });
  return { mean, blockVariance };
}

/** Cuts a tile out of the block variances of a canvas of `width` pixels. */
export function tileVariances(blockVariance: Float64Array, width: number, rect: Rect): Float64Array {
  const blocksWide = width / BLOCK;
  const wide = rect.width / BLOCK;
  const ofTile = new Float64Array((wide * rect.height) / BLOCK);
  for (let row = 0; row < rect.height / BLOCK; row++) {
    const from = (rect.y / BLOCK + row) * blocksWide + rect.x / BLOCK;
    ofTile.set(blockVariance.subarray(from, from + wide), row * wide);
  }
  return ofTile;
}
