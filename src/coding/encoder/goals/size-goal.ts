/** Streams of at most a number of bytes, which they use up. */
import { yieldToEventLoop } from '../../../base/event-loop.ts';
import { endingAt, type LadderStep, LOWEST_POSITION, ladder } from '../../../codec/format/noise-ladder.ts';
import { messageBits } from '../../../codec/walk/message-size.ts';
import type { StepCost } from '../../../codec/walk/step-cost.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { StreamDraft } from '../stream-draft.ts';
import { type Goal, type Reached, unreachable } from './goal.ts';
import { lowestIndex, mustEnd, type Plan, walkByPlan } from './planned-walk.ts';

/** From this size up, in bytes, a stream that uses less than {@link USED_SHARE} of it misses the goal. */
const CHECKED_BYTES = 200;
const USED_SHARE = 0.98;

/** The shortest layers take about so many bytes: what the message on an unreachable size allows for. */
const LEAST_LAYER_BYTES = 2;

/** Ends beyond the one found that are tried too if it leaves more than 1/256 unused: sizes that are not chosen rise and fall. */
const FURTHER_ENDS = 12;
const UNUSED_SHARE = 1 / 256;

/** Bits that the tiles of a layer take if its step ends as given. */
interface TileSizes {
  /** True: the sizes are budgets, which never rise with the noise level of the end. */
  readonly chosen: boolean;
  of(cost: StepCost, end: LadderStep, fine: boolean): Promise<readonly number[]>;
}

/** A trellis code takes what it is given. */
const BUDGETS: TileSizes = { chosen: true, of: async (cost, end, fine) => cost.budgets(end, fine) };

/** Dithered values take what they take: they are coded to see, about 0.1 s a tile. */
function messageSizes(seed: number): TileSizes {
  return {
    chosen: false,
    async of(cost, end) {
      const sizes: number[] = [];
      for (const tile of cost.layerModel.tiles.keys()) {
        await yieldToEventLoop();
        sizes.push(messageBits(cost, end, tile, seed));
      }
      return sizes;
    },
  };
}

/**
 * The end at which a stream takes all of a number of bits: the KL divergence of a step is known for every end without another run of
 * the network (docs/design/codec.md, section 7), and so are budgets, messages and the length of their codes.
 *
 * @param bits - that the layers may take, without the header
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
    if (sizes.chosen || (await length(found, true)) >= bits * (1 - UNUSED_SHARE)) return found;
    for (let index = Math.max(high - FURTHER_ENDS, lowestIndex(step)); index < high; index++) {
      if (await fits(index)) return endingAt(step, index);
    }
    return found;
  };
}

/** The best stream of at most `bytes` bytes. */
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
    const sizes = run.transport === 'dithered' ? messageSizes(run.seed) : BUDGETS;
    const plan = planBits((this.#bytes - startBytes) * 8, sizes);
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
