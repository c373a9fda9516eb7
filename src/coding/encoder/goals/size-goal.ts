/** Goal: the best stream of at most a given number of bytes. */
import type { DdpmError } from '../../../base/errors.ts';
import type { Chunks } from '../../../codec/format/chunks.ts';
import { endingAt, type LadderStep, LOWEST_POSITION, ladder } from '../../../codec/format/noise-ladder.ts';
import { messageBits } from '../../../codec/walk/message-size.ts';
import type { StepCost } from '../../../codec/walk/step-cost.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { LayerRoom, StreamDraft } from '../stream-draft.ts';
import { type Goal, type Reached, unreachable } from './goal.ts';
import { lowestIndex, mustEnd, type Plan, walkByPlan } from './planned-walk.ts';

/** Growth of the bits of a layer; only progress depends on it. */
const BITS_GROWTH = { octaveFactor: 1.5, levelFactor: 3.5 };

/**
 * Number of further ends that are tried if the one found leaves more than 1/256 of the bits unused: message sizes do
 * not always rise with the length of the step.
 */
const FURTHER_ENDS = 12;
const UNUSED_SHARE = 1 / 256;

/** Computes the number of bits of each tile of a layer for a given end of its step. */
interface TileSizes {
  /** True: the sizes are budgets, which never rise with the noise level of the end, so that bisection is exact. */
  readonly areBudgets: boolean;
  of(cost: StepCost, end: LadderStep, fine: boolean): Promise<readonly number[]>;
}

/** Sizes with the trellis code: the budgets. */
const BUDGETS: TileSizes = { areBudgets: true, of: async (cost, end, fine) => cost.budgets(end, fine) };

/** Sizes of dithered messages, which are found by coding the tiles: about 0.1 s a tile. */
function messageSizes(run: EncoderRun): TileSizes {
  return {
    areBudgets: false,
    async of(cost, end) {
      const sizes: number[] = [];
      for (const tile of cost.layerModel.tiles.keys()) {
        await run.giveTurn();
        sizes.push(messageBits(cost, end, tile, run.seed));
      }
      return sizes;
    },
  };
}

/** A limit of the stream's size. */
interface SizeLimit {
  /** Most bytes of the stream. */
  readonly bytes: number;
  readonly chunks: Chunks;
  /** Makes the error for a stream of which even the shortest has more bytes, from their number. */
  refuse(draft: StreamDraft, least: number): DdpmError;
}

/**
 * Plans the end at which the stream uses up a number of bytes. KL divergence, budgets, messages and the length of their
 * codes are known for every end of a step without another run of the network (docs/design/codec.md, section 7).
 */
function planBytes({ bytes, chunks, refuse }: SizeLimit, sizes: TileSizes): Plan {
  return async (cost, draft) => {
    const { step } = cost;
    const room = async (end: LadderStep, fine: boolean): Promise<LayerRoom> => {
      const tiles = (await sizes.of(cost, end, fine)).map((bits, i) => ({ bits, gains: cost.gains[i] }));
      return draft.roomWith(bytes, chunks, end, tiles, fine);
    };
    if (!mustEnd(step) && (await room(step, false)).spare >= 0) return undefined;
    const spareAt = async (index: number): Promise<number> => (await room(endingAt(step, index), true)).spare;
    let low = lowestIndex(step);
    let missing = -(await spareAt(low));
    if (missing <= 0) return endingAt(step, low);
    let high = step.fromIndex - 1;
    let spare = await spareAt(high);
    if (spare < 0) {
      if (draft.layers.length > 0) return 'stop';
      // The first layer: the shortest there is, or an error that names it.
      const ends = Array.from({ length: sizes.areBudgets ? 1 : FURTHER_ENDS }, (_, i) => endingAt(step, high - i));
      const spares: number[] = [];
      for (const end of ends) spares.push((await room(end, true)).spare);
      const most = Math.max(...spares);
      if (most >= 0) return ends[spares.indexOf(most)];
      // Dithered messages do not always rise with the length of the step: the longest may be shorter.
      const longest = [(await room(endingAt(step, low), true)).spare];
      if (!mustEnd(step)) longest.push((await room(step, false)).spare);
      throw refuse(draft, bytes - Math.floor(Math.max(most, ...longest) / 8));
    }
    // Between an end that misses bits and one that spares some. The bits change smoothly with the end: half of the steps of
    // bisection, and every other step is one, in case they do not.
    for (let bisects = false; high - low > 1; bisects = !bisects) {
      const share = bisects ? 0.5 : missing / (missing + spare);
      const middle = Math.min(Math.max(Math.round(low + share * (high - low)), low + 1), high - 1);
      const left = await spareAt(middle);
      if (left >= 0) [high, spare] = [middle, left];
      else [low, missing] = [middle, -left];
    }
    const found = endingAt(step, high);
    const { used } = await room(found, true);
    if (sizes.areBudgets || used >= (used + spare) * (1 - UNUSED_SHARE)) return found;
    for (let index = Math.max(high - FURTHER_ENDS, lowestIndex(step)); index < high; index++) {
      if ((await spareAt(index)) >= 0) return endingAt(step, index);
    }
    return found;
  };
}

/** What takes bytes of the shortest stream, for a message; empty if nothing does that can be left out. */
function shares(draft: StreamDraft, chunks: Chunks): string {
  const extraBytes = draft.extraBytes(chunks);
  const extras = extraBytes > 0 ? `, of which alpha and metadata take ${extraBytes}` : '';
  return `${extras}${draft.hasIndex ? '; fewer without the index' : ''}`;
}

/** Encodes the best stream of at most `bytes` bytes. */
export class SizeGoal implements Goal {
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  expectedSteps(levels: number, stepEighths: number): LadderStep[] {
    return ladder(levels, stepEighths, LOWEST_POSITION);
  }

  reach(run: EncoderRun): Promise<Reached> {
    const sizes = run.transport === 'dithered' ? messageSizes(run) : BUDGETS;
    const limit: SizeLimit = {
      bytes: this.#bytes,
      chunks: run.chunks,
      refuse: (draft, least) => unreachable(`${this.#bytes} bytes`, `${least} bytes${shares(draft, run.chunks)}`),
    };
    const bits = (this.#bytes - run.draft().fixedBytes(run.chunks)) * 8;
    run.progress.aim({ goal: bits, ...BITS_GROWTH, retakes: 0 });
    return walkByPlan(run, planBytes(limit, sizes), { freeEnd: true, lossless: false });
  }
}
