/** Cost of coding a layer: residuals of its tiles, their KL divergence, and the budgets that follow from it. */
import type { KlCost, TileModel } from '../executor/executor.ts';
import { klCost } from '../executor/residual.ts';
import { fineBudget, gridBudget, nearestGridIndex } from '../format/budget-code.ts';
import type { LadderStep } from '../format/noise-ladder.ts';
import type { Gains } from '../format/variance-gains.ts';
import type { ImagePyramid } from '../grid/image-pyramid.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import { MAX_BITS_PER_COEFFICIENT } from '../trellis/trellis-code.ts';
import { type LayerModel, tileModel, tilePixels } from './reverse-walk.ts';
import type { WalkRun } from './walk-run.ts';

/** Ratio of the budget to the KL divergence: the optimum is flat from 1.0 to 1.1 (docs/design/trellis.md). */
const SPENDING = 1.05;

/**
 * Bits to spend besides for each coefficient whose estimate is the state itself. Its noise is then that of the picture, and must
 * not exceed the schedule's.
 */
const TRUST_BITS = 0.16;

/** Bits to spend besides for each active coefficient of small tiles, in which a few decide, and chance with them, by blocks. */
function smallTileBits(n: number): number {
  if (n > 4 * BLOCK_COEFFICIENTS) return 0;
  return n === BLOCK_COEFFICIENTS ? 1.6 : 0.8;
}

/**
 * Noise index, of level 0, from which on a step leaves hidden pixels as the model expects them (sigma 1). Above it D
 * knows less of the picture than the colours that the caller gave them (docs/design/codec.md, section 7).
 */
const HIDDEN_FREE_INDEX = 0;

/**
 * The budget for a tile of n coefficients.
 *
 * @param debt - bits to spend besides for each active coefficient
 */
function budgetFor(cost: KlCost, debt: number, n: number, fine: boolean): number {
  const extra = debt + smallTileBits(n);
  const bits = Math.min(
    Math.max(SPENDING * cost.bits + extra * cost.active + TRUST_BITS * cost.trusted, 0),
    n * MAX_BITS_PER_COEFFICIENT,
  );
  if (fine) return fineBudget(bits);
  const index = nearestGridIndex(bits);
  return gridBudget(gridBudget(index) > n * MAX_BITS_PER_COEFFICIENT ? index - 1 : index);
}

/** What is known of a layer's tiles. */
export interface TileCosts {
  readonly gains: readonly Gains[];
  /** Bits to spend besides for each active coefficient. */
  readonly debts: readonly number[];
  /** Cost for the nominal step, if it is known. */
  readonly nominalCosts?: readonly KlCost[];
  /** Mean square of y - x over sigma_t^2 in the layer; default: 1, as in states that are the image with noise. */
  readonly stateNoise?: number;
  /** Of each tile: one byte a block, 1 where any values will do; undefined: nowhere. */
  readonly freeBlocks?: readonly (Uint8Array | undefined)[];
}

/** Options of {@link measureLayer}. */
export interface MeasureOptions {
  /** True: looks for variance gains; false: there are none. */
  readonly withGains: boolean;
  /** Bits that each tile is to spend besides for each active coefficient. */
  readonly debts: readonly number[];
}

/** The model with a certain value in free blocks, which therefore cost nothing: their residuals are 0. */
function freed(model: TileModel, freeBlocks: Uint8Array | undefined): TileModel {
  if (!freeBlocks) return model;
  return { ...model, blockVariance: model.blockVariance.map((variance, block) => (freeBlocks[block] ? 0 : variance)) };
}

/** Cost of coding a layer, for any end of its step; does not run the network. */
export class StepCost {
  readonly layerModel: LayerModel;
  /** U(x - D') of each tile. */
  readonly residuals: readonly Float32Array[];
  /** Variance gains of each tile: those that take the fewest bits in the nominal step. */
  readonly gains: readonly Gains[];
  /** Of each tile: one byte a block, 1 where any values will do; undefined: nowhere. */
  readonly freeBlocks: readonly (Uint8Array | undefined)[];
  /** Mean square of y - x over sigma_t^2. */
  readonly stateNoise: number;
  readonly #debts: readonly number[];
  /** Cost of each tile, cached by the index at which the step ends. */
  readonly #costs: Map<number, readonly KlCost[]> = new Map();

  constructor(
    layerModel: LayerModel,
    residuals: readonly Float32Array[],
    { gains, debts, nominalCosts, stateNoise = 1, freeBlocks = [] }: TileCosts,
  ) {
    this.layerModel = layerModel;
    this.residuals = residuals;
    this.gains = gains;
    this.freeBlocks = freeBlocks;
    this.stateNoise = stateNoise;
    this.#debts = debts;
    if (nominalCosts) this.#costs.set(layerModel.step.toIndex, nominalCosts);
  }

  /** The nominal step. */
  get step(): LadderStep {
    return this.layerModel.step;
  }

  #costsOf(step: LadderStep): readonly KlCost[] {
    let costs = this.#costs.get(step.toIndex);
    if (!costs) {
      costs = this.layerModel.tiles.map((rect, i) =>
        klCost(this.residuals[i], freed(tileModel(this.layerModel, rect, step, this.gains[i]), this.freeBlocks[i])),
      );
      this.#costs.set(step.toIndex, costs);
    }
    return costs;
  }

  /** Ideal bits (KL divergence) of each tile for a step. */
  idealBits(step: LadderStep): readonly number[] {
    return this.#costsOf(step).map(({ bits }) => bits);
  }

  /** Budgets of the tiles for a step; `fine`: fine budgets instead of grid points. */
  budgets(step: LadderStep, fine: boolean): number[] {
    return this.#costsOf(step).map((cost, i) => budgetFor(cost, this.#debts[i] ?? 0, this.residuals[i].length, fine));
  }

  /** Number of active coefficients of each tile for a step. */
  active(step: LadderStep): readonly number[] {
    return this.#costsOf(step).map(({ active }) => active);
  }
}

/**
 * Computes the residuals of a layer and their KL divergence for the nominal step. At low noise hidden pixels have no
 * residual, and blocks of them are free.
 *
 * @param image - the image at every pyramid level
 */
export async function measureLayer(
  run: WalkRun,
  layerModel: LayerModel,
  image: ImagePyramid,
  { withGains, debts }: MeasureOptions,
): Promise<StepCost> {
  const { tiles, y, mean, step, predictedGains } = layerModel;
  const residuals: Float32Array[] = new Array(tiles.length);
  const nominalCosts: KlCost[] = new Array(tiles.length);
  const gains: Gains[] = new Array(tiles.length);
  let squares = 0;
  const follows = step.level === 0 && step.fromIndex <= HIDDEN_FREE_INDEX;
  const freeBlocks = tiles.map((rect) => (follows ? image.hiddenBlocks(rect) : undefined));
  await run.forEach(tiles, async (rect, tile) => {
    const model = freed(tileModel(layerModel, rect, step, predictedGains[tile]), freeBlocks[tile]);
    const x = image.pixels(step.level, rect);
    const estimate = tilePixels(mean, rect);
    if (follows) image.copyHidden(rect, estimate, x);
    const job = { x, y: tilePixels(y, rect), mean: estimate, model, mayGain: withGains };
    const result = await run.executor.residual(job);
    residuals[tile] = result.residual;
    nominalCosts[tile] = result.cost;
    gains[tile] = result.gains;
    squares += result.stateNoise * result.residual.length;
    return result;
  });
  return new StepCost(layerModel, residuals, {
    gains,
    debts,
    nominalCosts,
    stateNoise: squares / mean.data.length,
    freeBlocks,
  });
}
