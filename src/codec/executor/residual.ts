/** What a layer has to code: the whitened posterior residual U(x - D), and its ideal cost in bits. */

import type { Size } from '../grid/geometry.ts';
import { BLOCK, BLOCK_COEFFICIENTS, whitenBlock } from '../math/whitening.ts';
import type { TileModel } from './executor.ts';
import { gain } from './reverse-step.ts';

/**
 * Computes U(x - D) of a tile.
 *
 * @param x - pixels of the image, (height, width, 3)
 * @param mean - D of the same pixels
 * @returns coefficients ordered (block row, block column, colour, u, v)
 */
export function whitenedResidual(x: Float32Array, mean: Float32Array, size: Size): Float32Array {
  const residual = new Float32Array(x.length);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  const rowLength = size.width * 3;
  let at = 0;
  for (let by = 0; by < size.height; by += BLOCK) {
    for (let bx = 0; bx < size.width; bx += BLOCK) {
      for (let j = 0; j < BLOCK; j++) {
        let from = (by + j) * rowLength + bx * 3;
        for (let to = j * BLOCK; to < (j + 1) * BLOCK; to++, from += 3) {
          block[to] = x[from] - mean[from];
          block[64 + to] = x[from + 1] - mean[from + 1];
          block[128 + to] = x[from + 2] - mean[from + 2];
        }
      }
      whitenBlock(block);
      residual.set(block, at);
      at += BLOCK_COEFFICIENTS;
    }
  }
  return residual;
}

/** Number of ratios r multiplied before taking a logarithm; r is never below 1e-12, so the product is far from 0. */
const FACTORS = 16;

/**
 * KL(q || p) of a tile in bits, for a step with any end: 1/2 sum(r + a^2 - 1 - ln r) / ln 2 with a = k R / s, where R
 * is the residual. Needs no run of the network. Ho et al. 2020, section 4.3; docs/design/codec.md, section 3.
 *
 * @param residual - R, from {@link whitenedResidual}
 */
export function klBits(residual: Float32Array, model: TileModel): number {
  const { blockVariance, shape, sigmaTo } = model;
  const k = gain(model);
  const qVariance = sigmaTo * sigmaTo * k;
  let nats = 0;
  for (let block = 0, at = 0; block < blockVariance.length; block++) {
    const blockTerm = k * k * blockVariance[block];
    for (let i = 0; i < BLOCK_COEFFICIENTS; i += FACTORS) {
      // One logarithm for 16 values: 0.6 ms a tile instead of 1.8. A layer whose end is searched needs it ten times.
      let product = 1;
      for (let j = i; j < i + FACTORS; j++, at++) {
        const inverse = 1 / (qVariance + blockTerm * shape[j]);
        const r = qVariance * inverse;
        const a = k * residual[at];
        nats += r - 1 + a * a * inverse;
        product *= r;
      }
      nats -= Math.log(product);
    }
  }
  return (0.5 * nats) / Math.LN2;
}
