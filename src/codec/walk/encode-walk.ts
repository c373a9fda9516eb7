/** The encoder's side of the reverse walk: residuals from the image, budgets from their KL, code values through a transport. */
import type { TileCode, TileResult } from '../executor/executor.ts';
import type { LadderStep } from '../format/noise-ladder.ts';
import type { ImagePyramid } from '../grid/image-pyramid.ts';
import { type LayerCoder, type LayerModel, type Resume, reverseWalk, type WalkState } from './reverse-walk.ts';
import { measureLayer, type StepCost } from './step-cost.ts';
import type { WalkRun } from './walk-run.ts';

/** What a plan says: the step to end with, the word to end without it, or nothing. */
export type PlannedStep = LadderStep | 'stop' | undefined;

/** What the encoder needs to know. */
export interface EncodeWalkOptions {
  readonly run: WalkRun;
  /** The image at every pyramid level. */
  readonly image: ImagePyramid;
  readonly seed: number;
  /** The steps to take; may be without end if `plan` ends the walk. */
  readonly steps: Iterable<LadderStep>;
  /** The last step ends at a position of its own, and has fine budgets; only looked at for the step that ends the walk. */
  readonly freeEnd?: boolean;
  /** Looks at a layer before it is coded; returns the step to take if it is to be the last one, or ends the walk without it. */
  readonly plan?: (cost: StepCost) => PlannedStep | Promise<PlannedStep>;
  readonly resume?: Resume;
  /**
   * A tail is to follow, which needs a state whose noise is as it should be and the variance of each sample: after the last step, or
   * after any of level 0.
   */
  readonly tail?: 'last' | 'all' | undefined;
}

/** One coded tile with its price. */
export interface EncodedTile {
  /** B; of a dithered tile the length of its message, of a tile that was only computed what it might have spent. */
  readonly bits: number;
  /** KL(q || p) in bits. */
  readonly idealBits: number;
  /** The bits, most significant first; null for a transport that only computes. */
  readonly packed: Uint8Array | null;
}

/** The state after a layer, with what the layer's tiles cost (empty for the state before the first layer). */
export interface EncodeWalkState extends WalkState {
  readonly tiles: readonly EncodedTile[];
}

/** The encoder's {@link LayerCoder}: measures a layer, asks the plan, and sets each tile's budget. */
class TileEncoder implements LayerCoder {
  readonly #options: EncodeWalkOptions;
  #cost: StepCost | undefined;
  /** Of the layer at hand, for the step that is taken. */
  #idealBits: readonly number[] = [];
  #budgets: readonly number[] = [];
  #fine = false;
  tiles: EncodedTile[] = [];

  constructor(options: EncodeWalkOptions) {
    this.#options = options;
  }

  async plan(layerModel: LayerModel): Promise<PlannedStep> {
    const { run, image, plan, freeEnd = false } = this.#options;
    const cost = await measureLayer(run, layerModel, image);
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
    const towardsPicture = this.#fine && !this.#options.tail;
    return { kind: 'convey', residual: this.#cost.residuals[tile], bits: this.#budgets[tile], towardsPicture };
  }

  coded(tile: number, { packed, bits = this.#budgets[tile] }: Pick<TileResult, 'packed' | 'bits'>): void {
    this.tiles[tile] = { bits, idealBits: this.#idealBits[tile], packed };
  }
}

/** Walks down the ladder towards the image: a state before the first layer and after each, with what the layer cost. */
export async function* encodeWalk(options: EncodeWalkOptions): AsyncGenerator<EncodeWalkState, void, void> {
  const { run, image, seed, steps, resume, tail: variances } = options;
  const coder = new TileEncoder(options);
  for await (const state of reverseWalk({ run, image, seed, steps, coder, variances, ...(resume && { resume }) })) {
    yield { ...state, tiles: coder.tiles };
    coder.tiles = [];
  }
}
