/** The reverse walk of placeholders: one tile at one level. docs/placeholders.md, "Encoder". */
import type { Model } from '../model/denoiser.ts';
import type { Channel } from './channel.ts';
import { decodeWalk } from './decode-walk.ts';
import { StepCost } from './encode-walk.ts';
import { canvasSize } from './geometry.ts';
import { endingAt, type LadderStep, nominalLadder } from './ladder.ts';
import {
  type ParsedPlaceholder,
  PLACEHOLDER_ENDS,
  PLACEHOLDER_STEP_EIGHTHS,
  type PlaceholderHeader,
  PlaceholderWriter,
} from './placeholder-stream.ts';
import { type Plane, resizeCanvas } from './plane.ts';
import { type CodeSource, type LayerModel, reverseWalk, type TileStep, type WalkState } from './reverse-walk.ts';
import { fineBudget } from './side-info.ts';
import { towardsDistortion } from './towards-distortion.ts';
import { MAX_BITS_PER_COEFFICIENT } from './trellis/code.ts';

/** The lowest position at which a placeholder can end. */
const LOWEST_END = PLACEHOLDER_ENDS[PLACEHOLDER_ENDS.length - 1];

/** Yields the states of a decoder, before the first layer and after each that is there. */
export async function* placeholderDecodeWalk(
  { header, steps, layers }: ParsedPlaceholder,
  model: Model,
): AsyncGenerator<WalkState, void, void> {
  const source = { header, steps, layers: layers.map((tile) => ({ tiles: [tile] })) };
  for await (const state of decodeWalk(source, model)) {
    yield state;
    if (state.layers === layers.length) return;
  }
}

/** What the encoder needs to know. */
export interface PlaceholderWalkOptions {
  /** RGB in [-1, 1], of a size from placeholderSize. */
  readonly image: Plane;
  /** 0..7. */
  readonly seed: number;
  /** Bits that header and layers may take. */
  readonly bits: number;
  readonly model: Model;
  readonly channel: Channel;
}

/** One attempt at a placeholder: walks until the bits are used up. */
export class PlaceholderWalk {
  readonly #options: PlaceholderWalkOptions;
  readonly #target: Plane;
  readonly #writer: PlaceholderWriter;
  #cost: StepCost | undefined;
  /** Budget of the layer at hand. */
  #budget = 0;
  #last = false;
  #endPosition: number = LOWEST_END;

  constructor(options: PlaceholderWalkOptions) {
    const { image } = options;
    this.#options = options;
    this.#target = resizeCanvas(image, canvasSize(image, 0));
    this.#writer = new PlaceholderWriter(image);
  }

  /** Yields the states that a decoder of the bytes will have. */
  async *states(): AsyncGenerator<WalkState, void, void> {
    const { image, seed, model } = this.#options;
    const source: CodeSource = { codeValues: (tile) => this.#codeValues(tile) };
    const plan = (layerModel: LayerModel): LadderStep | 'stop' | undefined => this.#plan(layerModel);
    const steps = nominalLadder(0, PLACEHOLDER_STEP_EIGHTHS);
    yield* reverseWalk({ image, seed, steps, model, source, plan });
  }

  /** The placeholder, once the states are drained. */
  bytes(): Uint8Array {
    const { image, seed } = this.#options;
    const header: PlaceholderHeader = { ...image, seed, endPosition: this.#endPosition };
    return this.#writer.bytes(header);
  }

  /** Takes nominal steps while they fit; then ends at the lowest position that fits, and fills the placeholder. */
  #plan(layerModel: LayerModel): LadderStep | 'stop' | undefined {
    const { step } = layerModel;
    this.#cost = new StepCost(layerModel, this.#target);
    const budget = this.#wanted(step, false);
    if (step.toIndex > LOWEST_END && this.#fitsWith(step, budget, false)) {
      this.#budget = budget;
      return undefined;
    }
    const ends = PLACEHOLDER_ENDS.filter((end) => end >= step.toIndex && end < step.fromIndex);
    // Ends descend, so the last one that fits is the best. If none does, the placeholder stays a prefix of a longer one.
    const end = ends.findLast((position) => this.#fits(endingAt(step, position)));
    if (end === undefined) return 'stop';
    const last = endingAt(step, end);
    this.#last = true;
    this.#endPosition = end;
    this.#budget = this.#fill(last);
    return last;
  }

  /** The budget that the layer's KL asks for. */
  #wanted(step: LadderStep, fine: boolean): number {
    return this.#cost?.budgets(step, fine)[0] ?? 0;
  }

  #fitsWith(step: LadderStep, budget: number, last: boolean): boolean {
    return this.#writer.length + this.#writer.layerLength(step, budget, last) <= this.#options.bits;
  }

  #fits(step: LadderStep): boolean {
    return this.#fitsWith(step, this.#wanted(step, true), true);
  }

  /** The largest budget that fits, at most {@link FILL_BITS} above what is wanted. */
  #fill(step: LadderStep): number {
    let budget = this.#wanted(step, true);
    const most = Math.min(budget + FILL_BITS, this.#target.data.length * MAX_BITS_PER_COEFFICIENT);
    for (let bits = budget + 1; bits <= most; bits++) {
      if (fineBudget(bits) === bits && this.#fitsWith(step, bits, true)) budget = bits;
    }
    return budget;
  }

  #codeValues(tile: TileStep): Float32Array {
    const { channel, seed } = this.#options;
    const { k, scale, step, layer, spectrum } = tile;
    const residual = this.#cost?.residuals[0];
    if (!residual) throw new Error('a layer is planned before it is coded');
    const sampled = {
      target: residual.map((value, i) => (k * value) / scale[i]),
      residualVariance: tile.residualVariance,
    };
    const wanted = this.#last ? towardsDistortion(sampled) : sampled;
    const key = { seed, layer, tile: tile.tile };
    const { values, packed } = channel.convey({ ...wanted, spectrum, key, bits: this.#budget });
    if (!packed) throw new Error('a channel that only computes cannot make a stream');
    this.#writer.addLayer(step, { bits: this.#budget, packed }, this.#last);
    return values;
  }
}

/** Bits by which the last layer may exceed what is wanted, to fill the placeholder. */
const FILL_BITS = 64;
