/** Runs the denoiser over a canvas, window by window. codec.md, section 8. */
import type { Denoiser } from '../model/denoiser.ts';
import { cutCanvas, HALO, type Rect, WINDOW } from './geometry.ts';
import { gather, newPlane, type Plane } from './plane.ts';
import { exp } from './portable-math.ts';
import { BLOCK } from './whitening.ts';

/** The denoiser's view of a whole canvas. */
export interface CanvasPosterior {
  /** Posterior mean D of x, clamped to [-1, 1]. */
  readonly mean: Plane;
  /** Mean posterior variance of each 8x8 block (over its 192 samples), rows of blocks from the top. */
  readonly blockVariance: Float64Array;
}

/** A window with its halo, cut at the canvas and padded (right and below) to what the denoiser accepts. */
function withHalo(window: Rect, canvas: Plane, multiple: number): Rect {
  const x = Math.max(window.x - HALO, 0);
  const y = Math.max(window.y - HALO, 0);
  const right = Math.min(window.x + window.width + HALO, canvas.width);
  const bottom = Math.min(window.y + window.height + HALO, canvas.height);
  const pad = (side: number): number => Math.ceil(side / multiple) * multiple;
  return { x, y, width: pad(right - x), height: pad(bottom - y) };
}

/** Mean of exp(logVariance) over an 8x8 block whose first sample is at `at`. */
function blockMean(logVariance: Float32Array, at: number, rowLength: number): number {
  let sum = 0;
  for (let j = 0; j < BLOCK; j++) {
    for (let i = 0; i < BLOCK * 3; i++) sum += exp(logVariance[at + j * rowLength + i]);
  }
  return sum / (BLOCK * BLOCK * 3);
}

function clampUnit(value: number): number {
  return Math.min(Math.max(value, -1), 1);
}

/** D and block variances of y = x + sigma n on a canvas of whole blocks. */
export async function denoiseCanvas(denoiser: Denoiser, y: Plane, sigma: number): Promise<CanvasPosterior> {
  const mean = newPlane(y);
  const blocksWide = y.width / BLOCK;
  const blockVariance = new Float64Array((blocksWide * y.height) / BLOCK);
  for (const window of cutCanvas(y, WINDOW)) {
    const seen = withHalo(window, y, denoiser.sizeMultiple);
    const input = gather(y, seen, new Float32Array(seen.width * seen.height * 3));
    const shape = { batch: 1, height: seen.height, width: seen.width };
    const posterior = await denoiser.denoise(input, shape, sigma);
    const rowLength = seen.width * 3;
    const first = (window.y - seen.y) * rowLength + (window.x - seen.x) * 3;
    for (let j = 0; j < window.height; j++) {
      const from = first + j * rowLength;
      const to = ((window.y + j) * y.width + window.x) * 3;
      for (let i = 0; i < window.width * 3; i++) mean.data[to + i] = clampUnit(posterior.mean[from + i]);
    }
    for (let j = 0; j < window.height; j += BLOCK) {
      for (let i = 0; i < window.width; i += BLOCK) {
        const block = ((window.y + j) / BLOCK) * blocksWide + (window.x + i) / BLOCK;
        const { logVariance } = posterior;
        blockVariance[block] = logVariance ? blockMean(logVariance, first + j * rowLength + i * 3, rowLength) : 1;
      }
    }
  }
  return { mean, blockVariance };
}
