/** The reverse walk of placeholders: a single tile at a single level. docs/placeholders.md, "Encoder". */
import type { TileCode, TileResult } from '../executor/executor.ts';
import { fineBudget } from '../format/budget-code.ts';
import { endingAt, type LadderStep, nominalLadder } from '../format/noise-ladder.ts';
import { ImagePyramid } from '../grid/image-pyramid.ts';
import type { Plane } from '../grid/plane.ts';
import { MAX_BITS_PER_COEFFICIENT } from '../trellis/trellis-code.ts';
import { decodeWalk } from '../walk/decode-walk.ts';
import { type LayerCoder, type LayerModel, reverseWalk, type WalkState } from '../walk/reverse-walk.ts';
import { measureLayer, type StepCost } from '../walk/step-cost.ts';
import type { WalkRun } from '../walk/walk-run.ts';
import {
  type ParsedPlaceholder,
  PLACEHOLDER_ENDS,
  PLACEHOLDER_STEP_EIGHTHS,
  type PlaceholderHeader,
  PlaceholderWriter,
} from './placeholder-stream.ts';

/** Most bits by which the last layer may exceed its budget, to fill the placeholder. */
const FILL_BITS = 64;

/** The lowest position at which a placeholder can end. */
const LOWEST_END = PLACEHOLDER_ENDS[PLACEHOLDER_ENDS.length - 1];

/** Yields the states of a decoder: before the first layer, and after each complete one. */
export async function* placeholderDecodeWalk(
  { header, steps, layers }: ParsedPlaceholder,
  run: WalkRun,
): AsyncGenerator<WalkState, void, void> {
  const source = { header, steps, layers: layers.map((tile) => ({ tiles: [tile], unpack: () => [tile] })) };
  for await (const state of decodeWalk(source, run)) {
    yield state;
    if (state.layers === layers.length) return;
  }
}

/** Input of the encoder. */
export interface PlaceholderWalkOptions {
  /** RGB in [-1, 1], of a size from placeholderSize. */
  readonly image: Plane;
  /** 0..7. */
  readonly seed: number;
  /** Most bits that header and layers may take. */
  readonly bits: number;
  /** Runs the jobs; its transport must be the trellis code. */
  readonly run: WalkRun;
}

/** Encodes a placeholder with one seed: walks until the bits are used up. */
export class PlaceholderWalk implements LayerCoder {
  readonly #options: PlaceholderWalkOptions;
  readonly #pyramid: ImagePyramid;
  readonly #writer: PlaceholderWriter;
  #cost: StepCost | undefined;
  #step: LadderStep | undefined;
  /** Budget of the current layer. */
  #budget = 0;
  #last = false;
  #endPosition: number = LOWEST_END;

  constructor(options: PlaceholderWalkOptions) {
    const { image } = options;
    this.#options = options;
    this.#pyramid = new ImagePyramid(image);
    this.#writer = new PlaceholderWriter(image);
  }

  /** Walks, and yields the states that a decoder of the placeholder will have. */
  async *states(): AsyncGenerator<WalkState, void, void> {
    const { image, seed, run } = this.#options;
    const steps = nominalLadder(0, PLACEHOLDER_STEP_EIGHTHS);
    yield* reverseWalk({ image, seed, steps, run, coder: this });
  }

  /** The bytes of the placeholder, once all states have been read. */
  bytes(): Uint8Array {
    const { image, seed } = this.#options;
    const header: PlaceholderHeader = { ...image, seed, endPosition: this.#endPosition };
    return this.#writer.bytes(header);
  }

  /**
   * Takes nominal steps while they fit; then ends at the lowest position that fits, with a budget that uses up the
   * bits.
   */
  async plan(layerModel: LayerModel): Promise<LadderStep | 'stop' | undefined> {
    const { step } = layerModel;
    this.#cost = await measureLayer(this.#options.run, layerModel, this.#pyramid, { withGains: false, debts: [] });
    this.#step = step;
    const budget = this.#klBudget(step, false);
    if (step.toIndex > LOWEST_END && this.#fitsWith(step, budget, false)) {
      this.#budget = budget;
      return undefined;
    }
    const ends = PLACEHOLDER_ENDS.filter((end) => end >= step.toIndex && end < step.fromIndex);
    // Ends descend, so the last one that fits is the best. If none fits, the placeholder is a prefix of a longer one.
    const end = ends.findLast((position) => this.#fits(endingAt(step, position)));
    if (end === undefined) return 'stop';
    const last = endingAt(step, end);
    this.#last = true;
    this.#step = last;
    this.#endPosition = end;
    this.#budget = this.#fill(last);
    return last;
  }

  /** The budget for the KL divergence of the layer. */
  #klBudget(step: LadderStep, fine: boolean): number {
    return this.#cost?.budgets(step, fine)[0] ?? 0;
  }

  #fitsWith(step: LadderStep, budget: number, last: boolean): boolean {
    return this.#writer.length + this.#writer.layerLength(step, budget, last) <= this.#options.bits;
  }

  #fits(step: LadderStep): boolean {
    return this.#fitsWith(step, this.#klBudget(step, true), true);
  }

  /** The largest budget that fits, at most {@link FILL_BITS} above that for the KL divergence. */
  #fill(step: LadderStep): number {
    let budget = this.#klBudget(step, true);
    const most = Math.min(budget + FILL_BITS, (this.#cost?.residuals[0].length ?? 0) * MAX_BITS_PER_COEFFICIENT);
    for (let bits = budget + 1; bits <= most; bits++) {
      if (fineBudget(bits) === bits && this.#fitsWith(step, bits, true)) budget = bits;
    }
    return budget;
  }

  codeOf(): TileCode {
    const residual = this.#cost?.residuals[0];
    if (!residual) throw new Error('a layer is planned before it is coded');
    return { kind: 'convey', residual, bits: this.#budget, towardsPicture: this.#last };
  }

  coded(_tile: number, { packed }: TileResult): void {
    if (!packed || !this.#step) throw new Error('a transport that only computes cannot make a stream');
    this.#writer.addLayer(this.#step, { bits: this.#budget, packed }, this.#last);
  }
}
