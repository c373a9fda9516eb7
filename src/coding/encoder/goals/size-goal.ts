/** Goal: the stream has at most a given number of bytes, and uses nearly all of them. */
import { endingAt, type LadderStep, LOWEST_POSITION, ladder } from '../../../codec/format/noise-ladder.ts';
import { messageBits } from '../../../codec/walk/message-size.ts';
import type { StepCost } from '../../../codec/walk/step-cost.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { StreamDraft } from '../stream-draft.ts';
import { type Goal, type Reached, unreachable } from './goal.ts';
import { lowestIndex, mustEnd, type Plan, walkByPlan } from './planned-walk.ts';

/**
 * If this many bytes or more are asked for, a stream that uses less than {@link USED_SHARE} of them misses the goal.
 */
const CHECKED_BYTES = 200;
const USED_SHARE = 0.98;

/** Approximate size of the shortest layers, in bytes; used in the error message for sizes that cannot be reached. */
const LEAST_LAYER_BYTES = 2;

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

/**
 * Plans the end at which the layers use up a number of bits. KL divergence, budgets, messages and the length of their
 * codes are known for every end of a step without another run of the network (docs/design/codec.md, section 7).
 *
 * @param bits - most bits of the layers, without the header
 */
function planBits(bits: number, sizes: TileSizes): Plan {
  return async (cost, draft) => {
    const { step } = cost;
    const length = async (end: LadderStep, fine: boolean): Promise<number> =>
      draft.bitsWith(end, await sizes.of(cost, end, fine), fine);
    if (!mustEnd(step) && (await length(step, false)) <= bits) return undefined;
    const fits = async (index: number): Promise<boolean> => (await length(endingAt(step, index), true)) <= bits;
    let low = lowestIndex(step);
    if (await fits(low)) return endingAt(step, low);
    let high = step.fromIndex - 1;
    if (!(await fits(high))) return 'stop';
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (await fits(middle)) high = middle;
      else low = middle;
    }
    const found = endingAt(step, high);
    if (sizes.areBudgets || (await length(found, true)) >= bits * (1 - UNUSED_SHARE)) return found;
    for (let index = Math.max(high - FURTHER_ENDS, lowestIndex(step)); index < high; index++) {
      if (await fits(index)) return endingAt(step, index);
    }
    return found;
  };
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

  async reach(run: EncoderRun): Promise<Reached> {
    const startBytes = run.draft().startBytes(run.chunks);
    const sizes = run.transport === 'dithered' ? messageSizes(run) : BUDGETS;
    const bits = (this.#bytes - startBytes) * 8;
    run.progress.aim({ goal: bits, ...BITS_GROWTH, retakes: 0 });
    const plan = planBits(bits, sizes);
    const reached = await walkByPlan(run, plan, { freeEnd: true, lossless: false });
    if (reached.draft.layers.length > 0) return reached;
    throw unreachable(`${this.#bytes} bytes`, `about ${startBytes + LEAST_LAYER_BYTES} bytes`);
  }

  check(_draft: StreamDraft, bytes: number): void {
    if (this.#bytes >= CHECKED_BYTES && bytes < USED_SHARE * this.#bytes) {
      throw unreachable(`${this.#bytes} bytes`, `${bytes} bytes`);
    }
  }
}
