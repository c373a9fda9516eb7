/** Size of dithered layers, for encoders that aim at a size. */

import { encodeDithered } from '../dithered/dithered-code.ts';
import { gaussians, targetOf } from '../executor/reverse-step.ts';
import type { LadderStep } from '../format/noise-ladder.ts';
import { NO_GAINS } from '../format/variance-gains.ts';
import { BLOCK } from '../math/whitening.ts';
import { tileModel } from './reverse-walk.ts';
import type { StepCost } from './step-cost.ts';

/**
 * Length in bits of a dithered tile's message for a given end of the step. To find it the tile is coded; the network is
 * not run.
 *
 * @param step - the layer's step with the end in question
 * @param tile - number of the tile
 */
export function messageBits(
  { layerModel, residuals }: Pick<StepCost, 'layerModel' | 'residuals'>,
  step: LadderStep,
  tile: number,
  seed: number,
): number {
  const rect = layerModel.tiles[tile];
  const model = tileModel(layerModel, rect, step, NO_GAINS);
  const { scale, residualVariance } = gaussians(model);
  const target = targetOf(residuals[tile], model, scale);
  const key = { seed, layer: layerModel.layer, tile };
  const coded = { residualVariance, key, blocksWide: rect.width / BLOCK };
  return encodeDithered(coded, target, new Float32Array(target.length)).length * 8;
}
