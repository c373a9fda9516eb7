/** Goal: the best stream of at most a given number of bytes. */
import type { DdpmError } from '../../../base/errors.ts';
import { endingAt, type LadderStep, LOWEST_POSITION, ladder } from '../../../codec/format/noise-ladder.ts';
import { messageBits } from '../../../codec/walk/message-size.ts';
import type { StepCost } from '../../../codec/walk/step-cost.ts';
import type { EncoderRun } from '../encoder-run.ts';
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

/**
 * Plans the end at which the layers use up a number of bits. KL divergence, budgets, messages and the length of their
 * codes are known for every end of a step without another run of the network (docs/design/codec.md, section 7).
 *
 * @param bits - most bits of the layers, without the header
 * @param refusal - makes the error for layers of which even the shortest have more bits, from their number of bits
 */
function planBits(bits: number, sizes: TileSizes, refusal: (least: number) => DdpmError): Plan {
  return async (cost, draft) => {
    const { step } = cost;
    const length = async (end: LadderStep, fine: boolean): Promise<number> =>
      draft.bitsWith(
        end,
        (await sizes.of(cost, end, fine)).map((bits, i) => ({ bits, gains: cost.gains[i] })),
        fine,
      );
    if (!mustEnd(step) && (await length(step, false)) <= bits) return undefined;
    const fits = async (index: number): Promise<boolean> => (await length(endingAt(step, index), true)) <= bits;
    let low = lowestIndex(step);
    if (await fits(low)) return endingAt(step, low);
    let high = step.fromIndex - 1;
    if (!(await fits(high))) {
      if (draft.layers.length > 0) return 'stop';
      // The first layer: the shortest there is, or an error that names it.
      const ends = Array.from({ length: sizes.areBudgets ? 1 : FURTHER_ENDS }, (_, i) => endingAt(step, high - i));
      const lengths: number[] = [];
      for (const end of ends) lengths.push(await length(end, true));
      const least = Math.min(...lengths);
      if (least > bits) throw refusal(least);
      return ends[lengths.indexOf(least)];
    }
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

  reach(run: EncoderRun): Promise<Reached> {
    const draft = run.draft();
    const startBytes = draft.startBytes(run.chunks);
    const extraBytes = draft.extraBytes(run.chunks);
    const extras = extraBytes > 0 ? `, of which alpha and metadata take ${extraBytes}` : '';
    const refusal = (least: number): DdpmError =>
      unreachable(`${this.#bytes} bytes`, `${startBytes + Math.ceil(least / 8)} bytes${extras}`);
    const sizes = run.transport === 'dithered' ? messageSizes(run) : BUDGETS;
    const bits = (this.#bytes - startBytes) * 8;
    run.progress.aim({ goal: bits, ...BITS_GROWTH, retakes: 0 });
    return walkByPlan(run, planBits(bits, sizes, refusal), { freeEnd: true, lossless: false });
  }
}
