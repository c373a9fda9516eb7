/**
 * The encoder's side of the reverse walk: residuals of the image, budgets from their KL divergence, code values by a
 * transport.
 */
import type { TileCode, TileResult } from '../executor/executor.ts';
import type { LadderStep } from '../format/noise-ladder.ts';
import type { Gains } from '../format/variance-gains.ts';
import { inheritTiles, type LayerTiles } from '../grid/geometry.ts';
import type { ImagePyramid } from '../grid/image-pyramid.ts';
import { nextDebt } from './noise-control.ts';
import { type LayerCoder, type LayerModel, type Resume, reverseWalk, type WalkState } from './reverse-walk.ts';
import { measureLayer, type StepCost } from './step-cost.ts';
import type { WalkRun } from './walk-run.ts';

/** Result of a plan: the step to take as the last one, `stop` to end before this layer, or undefined to go on. */
export type PlannedStep = LadderStep | 'stop' | undefined;

/** Bits that the tiles of a layer are to spend besides for each active coefficient. */
export type LayerDebts = LayerTiles<number> & { readonly tiles: number[] };

/** A state from which an encoder's walk can be resumed. */
export interface EncodeResume extends Resume {
  readonly debts: LayerDebts | undefined;
}

/** Input of {@link encodeWalk}. */
export interface EncodeWalkOptions {
  readonly run: WalkRun;
  /** The image at every pyramid level. */
  readonly image: ImagePyramid;
  readonly seed: number;
  /** The steps to take; the sequence may be infinite if `plan` ends the walk. */
  readonly steps: Iterable<LadderStep>;
  /** True: the step with which `plan` ends the walk has a free end, and so fine budgets. */
  readonly freeEnd?: boolean;
  /** Called before each layer is coded; decides whether the walk ends, see {@link PlannedStep}. */
  readonly plan?: (cost: StepCost) => PlannedStep | Promise<PlannedStep>;
  /**
   * Receives each layer as soon as it is coded. True ends the walk there, without the denoiser's run on the state after the layer,
   * which is not yielded then.
   */
  readonly onLayer?: (layer: WalkedLayer) => boolean;
  readonly resume?: EncodeResume;
  /** False: tiles have no variance gains, as with the transport `dithered`; default true. */
  readonly withGains?: boolean;
  /**
   * A tail follows the last step, or may follow any state of level 0 (`all`). It needs the variance of each sample, and a
   * state whose noise has the distribution of the schedule.
   */
  readonly tail?: 'last' | 'all' | undefined;
}

/** One coded tile with its real and ideal bits. */
export interface EncodedTile {
  /** B, the budget in bits (for a transport that makes no bits, too), or the length of a dithered tile's message. */
  readonly bits: number;
  /** Variance gains of its model. */
  readonly gains: Gains;
  /** KL(q || p) in bits. */
  readonly idealBits: number;
  /** The bits, most significant first; null for a transport that makes no bits. */
  readonly packed: Uint8Array | null;
}

/** A coded layer, before its picture is known: the step that was taken, and its tiles in the order of cutCanvas. */
export interface WalkedLayer {
  readonly step: LadderStep;
  readonly tiles: readonly EncodedTile[];
}

/** The state after a layer, with the layer's tiles (none for the state before the first layer). */
export interface EncodeWalkState extends WalkState {
  readonly tiles: readonly EncodedTile[];
  /** What the next layer is to spend besides (noise-control.ts). */
  readonly debts: LayerDebts | undefined;
}

/** The encoder's {@link LayerCoder}: measures a layer, calls the plan, and sets each tile's budget. */
class TileEncoder implements LayerCoder {
  readonly #options: EncodeWalkOptions;
  #cost: StepCost | undefined;
  /** Ideal bits and budgets of the current layer's tiles, for the step that is taken. */
  #idealBits: readonly number[] = [];
  #budgets: readonly number[] = [];
  #fine = false;
  /** Debts of the current layer, and of the next one by what is coded so far. */
  #debts: readonly number[] = [];
  debts: LayerDebts | undefined;
  #active: readonly number[] = [];
  tiles: EncodedTile[] = [];

  constructor(options: EncodeWalkOptions) {
    this.#options = options;
    this.debts = options.resume?.debts;
  }

  get #plannedCost(): StepCost {
    if (!this.#cost) throw new Error('a layer is planned before it is coded');
    return this.#cost;
  }

  async plan(layerModel: LayerModel): Promise<PlannedStep> {
    const { run, image, plan, freeEnd = false, withGains = true } = this.#options;
    const { step: nominal } = layerModel;
    this.#debts = inheritTiles(image, nominal.level, this.debts, 0);
    const cost = await measureLayer(run, layerModel, image, { withGains, debts: this.#debts });
    const last = await plan?.(cost);
    if (last === 'stop') return last;
    this.#fine = freeEnd && last !== undefined;
    const step = last ?? nominal;
    this.#cost = cost;
    this.#idealBits = cost.idealBits(step);
    this.#budgets = cost.budgets(step, this.#fine);
    this.#active = cost.active(step);
    this.debts = { level: step.level, tiles: [] };
    return last;
  }

  gainsOf(_layer: LayerModel, tile: number): Gains {
    return this.#plannedCost.gains[tile];
  }

  codeOf(_layer: LayerModel, tile: number): TileCode {
    const towardsPicture = this.#fine && !this.#options.tail;
    const { residuals, freeBlocks } = this.#plannedCost;
    const code = { kind: 'convey', residual: residuals[tile], bits: this.#budgets[tile], towardsPicture } as const;
    const free = freeBlocks[tile];
    return free ? { ...code, freeBlocks: free } : code;
  }

  coded(tile: number, result: Omit<TileResult, 'expectedBits' | 'time'>): void {
    const { packed, bits = this.#budgets[tile] } = result;
    this.tiles[tile] = { bits, gains: this.#plannedCost.gains[tile], idealBits: this.#idealBits[tile], packed };
    if (this.debts) this.debts.tiles[tile] = nextDebt(this.#debts[tile], result, result.y.length, this.#active[tile]);
  }

  isOver(step: LadderStep): boolean {
    return this.#options.onLayer?.({ step, tiles: this.tiles }) ?? false;
  }
}

/**
 * Walks down the ladder towards the image: yields the state before the first layer and after each one, with its tiles, unless
 * `onLayer` ends the walk before.
 */
export async function* encodeWalk(options: EncodeWalkOptions): AsyncGenerator<EncodeWalkState, void, void> {
  const { run, image, seed, steps, resume, tail } = options;
  const coder = new TileEncoder(options);
  for await (const state of reverseWalk({ run, image, seed, steps, coder, tail, ...(resume && { resume }) })) {
    yield { ...state, tiles: coder.tiles, debts: coder.debts };
    coder.tiles = [];
  }
}
