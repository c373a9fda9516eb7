/**
 * A reverse step of one tile: its Gaussians, and the state that follows from the code values.
 * docs/design/codec.md, section 3.
 */

import { BLOCK, BLOCK_COEFFICIENTS, unwhitenBlock } from '../math/whitening.ts';
import type { TileCode, TileJob, TileModel } from './executor.ts';
import { GainedBlocks, moveTowardsState, trustsState } from './gained-posterior.ts';

/** k = 1 - sigma_s^2 / sigma_t^2: the share of the noise variance that the step removes. */
export function gain({ sigmaFrom, sigmaTo }: { readonly sigmaFrom: number; readonly sigmaTo: number }): number {
  const ratio = sigmaTo / sigmaFrom;
  return 1 - ratio * ratio;
}

/** p and q of a tile's coefficients, ordered (block row, block column, colour, u, v). */
export interface Gaussians {
  /** s: standard deviation of the reverse-process Gaussian p. */
  readonly scale: Float32Array;
  /** r: variance of q in units of s^2. */
  readonly residualVariance: Float32Array;
}

/** Computes scale s and residual variance r of a tile's coefficients. */
export function gaussians(model: TileModel): Gaussians {
  const { blockVariance, shape, sigmaTo } = model;
  const n = blockVariance.length * BLOCK_COEFFICIENTS;
  const scale = new Float32Array(n);
  const residualVariance = new Float32Array(n);
  const k = gain(model);
  const qVariance = sigmaTo * sigmaTo * k;
  const gained = new GainedBlocks(model);
  const { factors, shares } = gained;
  for (let block = 0, at = 0; block < blockVariance.length; block++) {
    const blockTerm = k * k * blockVariance[block];
    gained.visit(blockVariance[block]);
    for (let i = 0; i < BLOCK_COEFFICIENTS; i++, at++) {
      const pVariance = qVariance + blockTerm * shape[i] * factors[i] * shares[i];
      scale[at] = Math.sqrt(pVariance);
      residualVariance[at] = qVariance / pVariance;
    }
  }
  return { scale, residualVariance };
}

/** The encoder's target a = k U(x - D') / s of residuals U(x - D'). docs/design/codec.md, section 3. */
export function targetOf(residual: Float32Array, model: TileModel, scale: Float32Array): Float32Array {
  const k = gain(model);
  return residual.map((value, i) => (k * value) / scale[i]);
}

/**
 * Mean square of s c - k U(x - D'), which is noise of the state after the step, divided by its variance q under q. Blocks where
 * any values will do are left out.
 */
export function deliveredNoise(
  { residual, freeBlocks }: Extract<TileCode, { kind: 'convey' }>,
  model: TileModel,
  scale: Float32Array,
  values: Float32Array,
): number {
  const k = gain(model);
  let sum = 0;
  let count = 0;
  for (let block = 0; block < model.blockVariance.length; block++) {
    if (freeBlocks?.[block]) continue;
    const end = (block + 1) * BLOCK_COEFFICIENTS;
    for (let i = block * BLOCK_COEFFICIENTS; i < end; i++) sum += (scale[i] * values[i] - k * residual[i]) ** 2;
    count += BLOCK_COEFFICIENTS;
  }
  return count === 0 ? 1 : sum / (count * model.sigmaTo * model.sigmaTo * k);
}

/**
 * Number of values multiplied before taking a logarithm: the product of 16 values of at least 2^-60 is a normal double.
 */
const FACTORS = 16;
const LEAST_FACTOR = 2 ** -60;

/** Expectation of KL(q || p) under the model, in bits: -1/2 sum(log2 r). */
export function expectedKlBits(residualVariance: Float32Array): number {
  let nats = 0;
  for (let i = 0; i < residualVariance.length; i += FACTORS) {
    // One logarithm for 16 values: 0.4 ms a tile instead of 1.2.
    let product = 1;
    for (let j = i; j < i + FACTORS; j++) product *= Math.max(residualVariance[j], LEAST_FACTOR);
    nats -= Math.log(product);
  }
  return (0.5 * nats) / Math.LN2;
}

/** Updates the state of a tile in place: y_s = D' + (1 - k) (y_t - D') + U^-1(s c). Changes `mean` to D'. */
export function applyCodeValues({ y, mean, model }: TileJob, scale: Float32Array, values: Float32Array): void {
  const { size } = model;
  if (trustsState(model)) moveTowardsState(y, mean, model);
  const keep = 1 - gain(model);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  const rowLength = size.width * 3;
  let at = 0;
  for (let by = 0; by < size.height; by += BLOCK) {
    for (let bx = 0; bx < size.width; bx += BLOCK) {
      for (let i = 0; i < BLOCK_COEFFICIENTS; i++, at++) block[i] = scale[at] * values[at];
      unwhitenBlock(block);
      for (let j = 0; j < BLOCK; j++) {
        const row = (by + j) * rowLength + bx * 3;
        for (let i = 0; i < BLOCK; i++) {
          for (let c = 0; c < 3; c++) {
            const p = row + i * 3 + c;
            const d = mean[p];
            y[p] = d + keep * (y[p] - d) + block[c * 64 + j * 8 + i];
          }
        }
      }
    }
  }
}
