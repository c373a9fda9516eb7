/** What a layer leaves to be coded: the whitened posterior residual U(x - D), and what conveying it costs. */

import type { Rect } from './geometry.ts';
import type { LadderStep } from './ladder.ts';
import type { Plane } from './plane.ts';
import { gain, type LayerModel } from './reverse-walk.ts';
import { BLOCK, BLOCK_COEFFICIENTS, whitenBlock } from './whitening.ts';

/** U(x - D) of a tile, coefficients ordered (block row, block column, colour, u, v). */
export function whitenedResidual(x: Plane, mean: Plane, rect: Rect): Float32Array {
  const residual = new Float32Array(rect.width * rect.height * 3);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  const rowLength = x.width * 3;
  let at = 0;
  for (let by = rect.y; by < rect.y + rect.height; by += BLOCK) {
    for (let bx = rect.x; bx < rect.x + rect.width; bx += BLOCK) {
      for (let j = 0; j < BLOCK; j++) {
        const row = (by + j) * rowLength + bx * 3;
        for (let i = 0; i < BLOCK * 3; i += 3) {
          const to = j * BLOCK + i / 3;
          for (let c = 0; c < 3; c++) block[c * 64 + to] = x.data[row + i + c] - mean.data[row + i + c];
        }
      }
      whitenBlock(block);
      residual.set(block, at);
      at += BLOCK_COEFFICIENTS;
    }
  }
  return residual;
}

/**
 * KL(q || p) of a tile for a step that may end anywhere: 1/2 sum(r + a^2 - 1 - ln r), in bits, with a = k R / s. Ho et al. 2020,
 * section 4.3; codec.md, section 3. Needs no run of the network.
 *
 * @param residual - from {@link whitenedResidual}
 */
export function klBits(residual: Float32Array, layerModel: LayerModel, rect: Rect, step: LadderStep): number {
  const { blockVariance, shape, mean } = layerModel;
  const k = gain(step);
  const qVariance = step.sigmaTo * step.sigmaTo * k;
  const blocksWide = mean.width / BLOCK;
  let nats = 0;
  let at = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += BLOCK) {
    for (let x = rect.x; x < rect.x + rect.width; x += BLOCK) {
      const blockTerm = k * k * blockVariance[(y / BLOCK) * blocksWide + x / BLOCK];
      for (let i = 0; i < BLOCK_COEFFICIENTS; i++, at++) {
        const pVariance = qVariance + blockTerm * shape[i];
        const r = qVariance / pVariance;
        nats += r - 1 - Math.log(r) + (k * k * residual[at] * residual[at]) / pVariance;
      }
    }
  }
  return (0.5 * nats) / Math.LN2;
}
