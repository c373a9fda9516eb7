/** The encoder's side of the reverse walk: targets from the image, budgets from their KL, code values through a channel. */
import type { Model } from '../model/denoiser.ts';
import type { Channel } from './channel.ts';
import { canvasSize, coarsestLevel, type Size } from './geometry.ts';
import type { LadderStep } from './ladder.ts';
import { halve, type Plane, resizeCanvas } from './plane.ts';
import { klBits, whitenedResidual } from './residual.ts';
import { type CodeSource, type LayerModel, type Resume, reverseWalk, type WalkState } from './reverse-walk.ts';
import { fineBudget, gridBudget, nearestGridIndex } from './side-info.ts';
import { towardsDistortion } from './towards-distortion.ts';
import { MAX_BITS_PER_COEFFICIENT } from './trellis/code.ts';

/** Bits spent over KL: the optimum is flat from 1.0 to 1.1 (docs/design/trellis.md). */
const SPENDING = 1.05;

/** What the encoder needs to know. */
export interface EncodeWalkOptions {
  /** The image, RGB in [-1, 1], without padding. */
  readonly image: Plane;
  readonly seed: number;
  /** The steps to take; may be without end if `plan` ends the walk. */
  readonly steps: Iterable<LadderStep>;
  readonly model: Model;
  readonly channel: Channel;
  /** The last step ends at a position of its own, and has fine budgets; only looked at for the step that ends the walk. */
  readonly freeEnd?: boolean;
  /** Looks at a layer before it is coded; returns the step to take if it is to be the last one, or ends the walk without it. */
  readonly plan?: (cost: StepCost) => LadderStep | 'stop' | undefined;
  readonly resume?: Resume;
}

/** One coded tile with its price. */
export interface EncodedTile {
  /** B. */
  readonly bits: number;
  /** KL(q || p) in bits. */
  readonly idealBits: number;
  /** The bits, most significant first; null for a channel that only computes. */
  readonly packed: Uint8Array | null;
}

/** The state after a layer, with what the layer's tiles cost (empty for the state before the first layer). */
export interface EncodeWalkState extends WalkState {
  readonly tiles: readonly EncodedTile[];
}

/** The image at each pyramid level, 0..levels, padded to the level's canvas. */
export function imagePyramid(image: Plane, levels: number): Plane[] {
  const pyramid = [resizeCanvas(image, canvasSize(image, 0))];
  for (let level = 1; level <= levels; level++) pyramid.push(halve(pyramid[level - 1], canvasSize(image, level)));
  return pyramid;
}

/** The budget for a tile of n coefficients whose KL is `idealBits`. */
function budgetFor(idealBits: number, n: number, fine: boolean): number {
  const bits = Math.min(Math.max(SPENDING * idealBits, 0), n * MAX_BITS_PER_COEFFICIENT);
  if (fine) return fineBudget(bits);
  const index = nearestGridIndex(bits);
  return gridBudget(gridBudget(index) > n * MAX_BITS_PER_COEFFICIENT ? index - 1 : index);
}

/** What coding a layer would cost, for any end of its step, without running the network again. */
export class StepCost {
  readonly layerModel: LayerModel;
  /** U(x - D), tile by tile. */
  readonly residuals: readonly Float32Array[];

  constructor(layerModel: LayerModel, x: Plane) {
    this.layerModel = layerModel;
    this.residuals = layerModel.tiles.map((rect) => whitenedResidual(x, layerModel.mean, rect));
  }

  /** The nominal step. */
  get step(): LadderStep {
    return this.layerModel.step;
  }

  /** Ideal bits of each tile. */
  idealBits(step: LadderStep): number[] {
    return this.layerModel.tiles.map((rect, i) => klBits(this.residuals[i], this.layerModel, rect, step));
  }

  /** Budgets of the tiles. */
  budgets(step: LadderStep, fine: boolean): number[] {
    return this.idealBits(step).map((bits, i) => budgetFor(bits, this.residuals[i].length, fine));
  }
}

/** Walks down the ladder towards the image: a state before the first layer and after each, with what the layer cost. */
export async function* encodeWalk(options: EncodeWalkOptions): AsyncGenerator<EncodeWalkState, void, void> {
  const { image, channel, seed, steps, model, plan, resume, freeEnd = false } = options;
  const size: Size = { width: image.width, height: image.height };
  const pyramid = imagePyramid(image, coarsestLevel(size));
  let tiles: EncodedTile[] = [];
  let cost: StepCost | undefined;
  let fine = false;
  const source: CodeSource = {
    codeValues({ rect, step, k, scale, residualVariance, spectrum, layer, tile }) {
      if (!cost) throw new Error('a layer is planned before it is coded');
      const residual = cost.residuals[tile];
      const idealBits = klBits(residual, cost.layerModel, rect, step);
      const bits = budgetFor(idealBits, residual.length, fine);
      const target = residual.map((value, i) => (k * value) / scale[i]);
      const key = { seed, layer, tile };
      // Where the stream may end at will, nothing follows but the picture.
      const wanted = fine ? towardsDistortion({ target, residualVariance }) : { target, residualVariance };
      const { values, packed } = channel.convey({ ...wanted, spectrum, key, bits });
      tiles.push({ bits, idealBits, packed });
      return values;
    },
  };
  const planStep = (layerModel: LayerModel): LadderStep | 'stop' | undefined => {
    cost = new StepCost(layerModel, pyramid[layerModel.step.level]);
    const last = plan?.(cost);
    fine = freeEnd && last !== undefined;
    return last;
  };
  const walk = { image: size, seed, steps, model, source, plan: planStep, ...(resume && { resume }) };
  for await (const state of reverseWalk(walk)) {
    yield { ...state, tiles };
    tiles = [];
  }
}
