/**
 * The codec's variance model, for batches: variances of the whitened coefficients of each 8x8 block
 * (docs/format.md, "Reverse step").
 */
import { bandShapeAt } from '../codec/calibration/band-variance.ts';
import { BLOCK, BLOCK_COEFFICIENTS, unwhitenBlock, whitenBlock } from '../codec/math/whitening.ts';
import type { BatchShape, Calibration } from '../model/denoiser.ts';
import type { ReverseStep } from './reverse-process.ts';

/** Calls `visit` for each block of one image of a batch, with the offset of the block's first sample. */
function forEachBlock({ height, width }: BatchShape, image: number, visit: (offset: number) => void): void {
  const start = image * height * width * 3;
  for (let y = 0; y < height; y += BLOCK) {
    for (let x = 0; x < width; x += BLOCK) visit(start + (y * width + x) * 3);
  }
}

/** Calls `visit` for each sample of a block, with its index in the block (colour, y, x) and its offset in the batch. */
function forEachSample(offset: number, width: number, visit: (inBlock: number, inBatch: number) => void): void {
  for (let y = 0; y < BLOCK; y++) {
    const row = offset + y * width * 3;
    for (let i = 0; i < BLOCK * 3; i++) visit((i % 3) * BLOCK * BLOCK + y * BLOCK + Math.floor(i / 3), row + i);
  }
}

/**
 * Mean of exp(logVariance) over a block. 1 for a model without log-variance: then the calibration table holds whole
 * variances.
 */
function blockVariance(logVariance: Float32Array | null, offset: number, width: number): number {
  if (!logVariance) return 1;
  let sum = 0;
  forEachSample(offset, width, (_, at) => {
    sum += Math.exp(logVariance[at]);
  });
  return sum / BLOCK_COEFFICIENTS;
}

/**
 * KL(q || p) of a step t > 1 for one image, in nats: 1/2 sum(ln(s2 / sq2) + (sq2 + k^2 r^2) / s2 - 1) over whitened
 * coefficients, with r = U(x - D), s2 = sq2 + k^2 w2.
 *
 * @param residual - x - D of the whole batch
 * @param options - `calibration`: the model's table
 */
export function calibratedNats(
  residual: Float32Array,
  options: {
    readonly logVariance: Float32Array | null;
    readonly shape: BatchShape;
    readonly image: number;
    readonly calibration: Calibration;
    readonly step: ReverseStep;
  },
): number {
  const { logVariance, shape, image, calibration, step } = options;
  const { k, qVariance } = step;
  const bands = bandShapeAt(calibration, step.sigmaFrom);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  let nats = 0;
  forEachBlock(shape, image, (offset) => {
    forEachSample(offset, shape.width, (to, from) => {
      block[to] = residual[from];
    });
    whitenBlock(block);
    const variance = blockVariance(logVariance, offset, shape.width);
    for (let i = 0; i < BLOCK_COEFFICIENTS; i++) {
      const pVariance = qVariance + k * k * variance * bands[i];
      nats += Math.log(pVariance / qVariance) + (qVariance + (k * block[i]) ** 2) / pVariance - 1;
    }
  });
  return nats / 2;
}

/**
 * Turns white noise n into the noise of p(y_s | y_t), in place: U^-1 (s n).
 *
 * @param noise - standard normal, NHWC
 */
export function scaleNoise(
  noise: Float32Array,
  options: {
    readonly logVariance: Float32Array | null;
    readonly shape: BatchShape;
    readonly calibration: Calibration;
    readonly step: ReverseStep;
  },
): void {
  const { logVariance, shape, calibration, step } = options;
  const bands = bandShapeAt(calibration, step.sigmaFrom);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  for (let image = 0; image < shape.batch; image++) {
    forEachBlock(shape, image, (offset) => {
      const variance = blockVariance(logVariance, offset, shape.width);
      forEachSample(offset, shape.width, (to, from) => {
        block[to] = noise[from];
      });
      for (let i = 0; i < BLOCK_COEFFICIENTS; i++) {
        block[i] *= Math.sqrt(step.qVariance + step.k * step.k * variance * bands[i]);
      }
      unwhitenBlock(block);
      forEachSample(offset, shape.width, (from, to) => {
        noise[to] = block[from];
      });
    });
  }
}

/**
 * Variance of each sample of x given y_1, for the decoder L_0: the predicted variance times the mean of the table over
 * all bands.
 */
export function sampleVariances(
  logVariance: Float32Array | null,
  length: number,
  calibration: Calibration,
  sigma: number,
): Float32Array {
  const mean = bandShapeAt(calibration, sigma).reduce((sum, value) => sum + value, 0) / BLOCK_COEFFICIENTS;
  return Float32Array.from({ length }, (_, i) => (logVariance ? Math.exp(logVariance[i]) : 1) * mean);
}
