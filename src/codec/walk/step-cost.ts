/** Cost of coding a layer: residuals of its tiles, their KL divergence, and the budgets that follow from it. */

import type { TileModel } from '../executor/executor.ts';
import { klBits } from '../executor/residual.ts';
import { fineBudget, gridBudget, nearestGridIndex } from '../format/budget-code.ts';
import type { LadderStep } from '../format/noise-ladder.ts';
import type { ImagePyramid } from '../grid/image-pyramid.ts';
import { MAX_BITS_PER_COEFFICIENT } from '../trellis/trellis-code.ts';
import { type LayerModel, tileModel, tilePixels } from './reverse-walk.ts';
import type { WalkRun } from './walk-run.ts';

/** Ratio of the budget to the KL divergence: the optimum is flat from 1.0 to 1.1 (docs/design/trellis.md). */
const SPENDING = 1.05;

/**
 * Noise index, of level 0, from which on a step leaves hidden pixels as the model expects them (sigma 1). Above it D
 * knows less of the picture than the colours that the caller gave them (docs/design/codec.md, section 7).
 */
const HIDDEN_FREE_INDEX = 0;

/** The budget for a tile of n coefficients whose KL divergence is `idealBits`. */
function budgetFor(idealBits: number, n: number, fine: boolean): number {
  const bits = Math.min(Math.max(SPENDING * idealBits, 0), n * MAX_BITS_PER_COEFFICIENT);
  if (fine) return fineBudget(bits);
  const index = nearestGridIndex(bits);
  return gridBudget(gridBudget(index) > n * MAX_BITS_PER_COEFFICIENT ? index - 1 : index);
}

/** The model with a certain value in free blocks, which therefore cost nothing: their residuals are 0. */
function freed(model: TileModel, freeBlocks: Uint8Array | undefined): TileModel {
  if (!freeBlocks) return model;
  return { ...model, blockVariance: model.blockVariance.map((variance, block) => (freeBlocks[block] ? 0 : variance)) };
}

/** Cost of coding a layer, for any end of its step; does not run the network. */
export class StepCost {
  readonly layerModel: LayerModel;
  /** U(x - D) of each tile. */
  readonly residuals: readonly Float32Array[];
  /** Of each tile: one byte a block, 1 where any values will do; undefined: nowhere. */
  readonly freeBlocks: readonly (Uint8Array | undefined)[];
  /** Ideal bits of each tile, cached by the index at which the step ends. */
  readonly #idealBits: Map<number, readonly number[]> = new Map();

  /** @param nominalBits - KL divergence of each tile for the nominal step, if it is known */
  constructor(
    layerModel: LayerModel,
    residuals: readonly Float32Array[],
    nominalBits?: readonly number[],
    freeBlocks: readonly (Uint8Array | undefined)[] = [],
  ) {
    this.layerModel = layerModel;
    this.residuals = residuals;
    this.freeBlocks = freeBlocks;
    if (nominalBits) this.#idealBits.set(layerModel.step.toIndex, nominalBits);
  }

  /** The nominal step. */
  get step(): LadderStep {
    return this.layerModel.step;
  }

  /** Ideal bits (KL divergence) of each tile for a step. */
  idealBits(step: LadderStep): readonly number[] {
    let bits = this.#idealBits.get(step.toIndex);
    if (!bits) {
      bits = this.layerModel.tiles.map((rect, i) => {
        const model = freed(tileModel(this.layerModel, rect, step), this.freeBlocks[i]);
        return klBits(this.residuals[i], model);
      });
      this.#idealBits.set(step.toIndex, bits);
    }
    return bits;
  }

  /** Budgets of the tiles for a step; `fine`: fine budgets instead of grid points. */
  budgets(step: LadderStep, fine: boolean): number[] {
    return this.idealBits(step).map((bits, i) => budgetFor(bits, this.residuals[i].length, fine));
  }
}

/**
 * Computes the residuals of a layer and their KL divergence for the nominal step. At low noise hidden pixels have no
 * residual, and blocks of them are free.
 *
 * @param image - the image at every pyramid level
 */
export async function measureLayer(run: WalkRun, layerModel: LayerModel, image: ImagePyramid): Promise<StepCost> {
  const { tiles, mean, step } = layerModel;
  const residuals: Float32Array[] = new Array(tiles.length);
  const nominalBits: number[] = new Array(tiles.length);
  const follows = step.level === 0 && step.fromIndex <= HIDDEN_FREE_INDEX;
  const freeBlocks = tiles.map((rect) => (follows ? image.hiddenBlocks(rect) : undefined));
  await run.forEach(tiles, async (rect, tile) => {
    const model = freed(tileModel(layerModel, rect, step), freeBlocks[tile]);
    const x = image.pixels(step.level, rect);
    const estimate = tilePixels(mean, rect);
    if (follows) image.copyHidden(rect, estimate, x);
    const result = await run.executor.residual({ x, mean: estimate, model });
    residuals[tile] = result.residual;
    nominalBits[tile] = result.idealBits;
    return result;
  });
  return new StepCost(layerModel, residuals, nominalBits, freeBlocks);
}
