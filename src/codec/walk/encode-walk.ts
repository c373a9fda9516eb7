/** The encoder's side of the reverse walk: targets from the image, budgets from their KL, code values through a channel. */
import type { Model } from '../../model/denoiser.ts';
import { type Executor, forEachConcurrently, type TileCode, type TileResult } from '../executor/executor.ts';
import { inlineExecutor } from '../executor/inline-executor.ts';
import { klBits } from '../executor/residual.ts';
import { fineBudget, gridBudget, nearestGridIndex } from '../format/budget-code.ts';
import type { LadderStep } from '../format/noise-ladder.ts';
import type { Size } from '../grid/geometry.ts';
import { Target } from '../grid/image-pyramid.ts';
import type { SourcePicture } from '../grid/picture.ts';
import type { Plane } from '../grid/plane.ts';
import type { Channel } from '../transport/transport.ts';
import { MAX_BITS_PER_COEFFICIENT } from '../trellis/trellis-code.ts';
import {
  type LayerCoder,
  type LayerModel,
  type Resume,
  reverseWalk,
  tileModel,
  tilePixels,
  type WalkState,
} from './reverse-walk.ts';

/** Bits spent over KL: the optimum is flat from 1.0 to 1.1 (docs/design/trellis.md). */
const SPENDING = 1.05;

/** Who does the work: an executor, or this thread with a model and a channel. */
export type Workplace = { readonly executor: Executor } | { readonly model: Model; readonly channel: Channel };

/** The executor of a workplace. */
export function executorAt(place: Workplace): Executor {
  return 'executor' in place ? place.executor : inlineExecutor(place.model, place.channel);
}

/** What a plan says: the step to end with, the word to end without it, or nothing. */
export type PlannedStep = LadderStep | 'stop' | undefined;

/** What the encoder needs to know. */
export type EncodeWalkOptions = Workplace & {
  /** The image without padding: RGB in [-1, 1], or pixels. */
  readonly image: Plane | SourcePicture | Target;
  readonly seed: number;
  /** The steps to take; may be without end if `plan` ends the walk. */
  readonly steps: Iterable<LadderStep>;
  /** The last step ends at a position of its own, and has fine budgets; only looked at for the step that ends the walk. */
  readonly freeEnd?: boolean;
  /** Looks at a layer before it is coded; returns the step to take if it is to be the last one, or ends the walk without it. */
  readonly plan?: (cost: StepCost) => PlannedStep | Promise<PlannedStep>;
  readonly resume?: Resume;
  /** The layers hold dithered quantised values: what they take is known once they are coded. */
  readonly dithered?: boolean;
  /**
   * A tail is to follow, which needs a state whose noise is as it should be and the variance of each sample: after the last step, or
   * after any of level 0.
   */
  readonly tail?: 'last' | 'all' | undefined;
};

/** One coded tile with its price. */
export interface EncodedTile {
  /** B; of a dithered tile the length of its message, of a tile of a channel that only computes what it might have spent. */
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
  /** Ideal bits of each tile by the index at which the step ends. */
  readonly #idealBits: Map<number, readonly number[]> = new Map();

  /** @param nominalBits - KL of each tile for the nominal step, if it is known */
  constructor(layerModel: LayerModel, residuals: readonly Float32Array[], nominalBits?: readonly number[]) {
    this.layerModel = layerModel;
    this.residuals = residuals;
    if (nominalBits) this.#idealBits.set(layerModel.step.toIndex, nominalBits);
  }

  /** The nominal step. */
  get step(): LadderStep {
    return this.layerModel.step;
  }

  /** Ideal bits of each tile. */
  idealBits(step: LadderStep): readonly number[] {
    let bits = this.#idealBits.get(step.toIndex);
    if (!bits) {
      bits = this.layerModel.tiles.map((rect, i) => klBits(this.residuals[i], tileModel(this.layerModel, rect, step)));
      this.#idealBits.set(step.toIndex, bits);
    }
    return bits;
  }

  /** Budgets of the tiles. */
  budgets(step: LadderStep, fine: boolean): number[] {
    return this.idealBits(step).map((bits, i) => budgetFor(bits, this.residuals[i].length, fine));
  }
}

/** Computes what a layer leaves to be coded. */
export async function measureLayer(executor: Executor, layerModel: LayerModel, target: Target): Promise<StepCost> {
  const { tiles, mean, step } = layerModel;
  const residuals: Float32Array[] = new Array(tiles.length);
  const nominalBits: number[] = new Array(tiles.length);
  await forEachConcurrently(tiles, executor.concurrency, async (rect, tile) => {
    const model = tileModel(layerModel, rect, step);
    const job = { x: target.pixels(step.level, rect), mean: tilePixels(mean, rect), model };
    const result = await executor.residual(job);
    residuals[tile] = result.residual;
    nominalBits[tile] = result.idealBits;
  });
  return new StepCost(layerModel, residuals, nominalBits);
}

/** The encoder's {@link LayerCoder}: measures a layer, asks the plan, and sets each tile's budget. */
class TileEncoder implements LayerCoder {
  readonly #options: EncodeWalkOptions;
  readonly #executor: Executor;
  readonly #target: Target;
  #cost: StepCost | undefined;
  /** Of the layer at hand, for the step that is taken. */
  #idealBits: readonly number[] = [];
  #budgets: readonly number[] = [];
  #fine = false;
  tiles: EncodedTile[] = [];

  constructor(options: EncodeWalkOptions, executor: Executor, target: Target) {
    this.#options = options;
    this.#executor = executor;
    this.#target = target;
  }

  async plan(layerModel: LayerModel): Promise<LadderStep | 'stop' | undefined> {
    const { plan, freeEnd = false } = this.#options;
    const cost = await measureLayer(this.#executor, layerModel, this.#target);
    const last = await plan?.(cost);
    if (last === 'stop') return last;
    this.#fine = freeEnd && last !== undefined;
    const step = last ?? layerModel.step;
    this.#cost = cost;
    this.#idealBits = cost.idealBits(step);
    this.#budgets = cost.budgets(step, this.#fine);
    return last;
  }

  codeOf(_layer: LayerModel, tile: number): TileCode {
    if (!this.#cost) throw new Error('a layer is planned before it is coded');
    const { dithered, tail } = this.#options;
    const residual = this.#cost.residuals[tile];
    if (dithered) return { kind: 'quantise', residual };
    return { kind: 'search', residual, bits: this.#budgets[tile], towardsPicture: this.#fine && !tail };
  }

  coded(tile: number, { packed, bits = this.#budgets[tile] }: Pick<TileResult, 'packed' | 'bits'>): void {
    this.tiles[tile] = { bits, idealBits: this.#idealBits[tile], packed };
  }
}

/** Walks down the ladder towards the image: a state before the first layer and after each, with what the layer cost. */
export async function* encodeWalk(options: EncodeWalkOptions): AsyncGenerator<EncodeWalkState, void, void> {
  const { seed, steps, resume, tail: variances } = options;
  const executor = executorAt(options);
  const target = options.image instanceof Target ? options.image : new Target(options.image);
  const image: Size = { width: target.width, height: target.height };
  const coder = new TileEncoder(options, executor, target);
  for await (const state of reverseWalk({
    image,
    seed,
    steps,
    executor,
    coder,
    variances,
    ...(resume && { resume }),
  })) {
    yield { ...state, tiles: coder.tiles };
    coder.tiles = [];
  }
}
