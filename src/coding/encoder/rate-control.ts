/** Decides where a stream ends: plans for the encoder's walk. */

import { nextTurn } from '../../base/event-loop.ts';
import { messageBits } from '../../codec/dithered/message-size.ts';
import { endingAt, type LadderStep, LOWEST_POSITION, OCTAVE } from '../../codec/format/noise-ladder.ts';
import type { StreamWriter } from '../../codec/format/stream.ts';
import type { PlannedStep, StepCost } from '../../codec/walk/encode-walk.ts';

/** Looks at a layer before it is coded. */
export type Plan = (cost: StepCost) => PlannedStep | Promise<PlannedStep>;

/** Ends after a number of nominal steps. */
export function planSteps(count: number): Plan {
  return ({ step, layerModel }) => (layerModel.layer + 1 === count ? step : undefined);
}

/** Ends at a position of the ladder. */
export function planPosition(endPosition: number): Plan {
  return ({ step }) => {
    const end = endPosition - step.level * OCTAVE;
    return step.toIndex <= end ? endingAt(step, end) : undefined;
  };
}

/** The lowest index at which a step may end: its nominal end, or the end of the ladder. */
export function lowestIndex(step: LadderStep): number {
  return Math.max(step.toIndex, LOWEST_POSITION - step.level * OCTAVE);
}

/** True if a step's nominal end lies below the ladder's lowest position, so that it must be the last. */
export function mustEnd(step: LadderStep): boolean {
  return step.toIndex + step.level * OCTAVE < LOWEST_POSITION;
}

/** What the tiles of a layer take if its step ends as given. */
export type TileSizes = (
  cost: StepCost,
  step: LadderStep,
  fine: boolean,
) => readonly number[] | Promise<readonly number[]>;

/** A trellis code takes what it is given. */
export const budgets: TileSizes = (cost, step, fine) => cost.budgets(step, fine);

/** Dithered values take what they take: they are coded to see, about 0.1 s a tile. */
export function ditheredSizes(seed: number): TileSizes {
  return async (cost, step) => {
    const sizes: number[] = [];
    for (const tile of cost.layerModel.tiles.keys()) {
      await nextTurn();
      sizes.push(messageBits(cost, step, tile, seed));
    }
    return sizes;
  };
}

/** Ends beyond the one found that are tried too if it leaves more than 1/256 unused: sizes that are not chosen rise and fall. */
const FURTHER_ENDS = 12;
const UNUSED_SHARE = 1 / 256;

/**
 * Ends where the stream takes all of a number of bits: the KL divergence of a step is known for every end without another run of
 * the network (codec.md, section 7), and so are budgets, messages and the length of their codes.
 *
 * @param bits - that the layers may take, without the header
 */
export function planBits(bits: number, writer: StreamWriter, sizes: TileSizes = budgets): Plan {
  return async (cost) => {
    const { step } = cost;
    const length = async (end: LadderStep, fine: boolean): Promise<number> =>
      writer.length + writer.layerLength(end, await sizes(cost, end, fine), fine);
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
    if (sizes === budgets || (await length(found, true)) >= bits * (1 - UNUSED_SHARE)) return found;
    for (let index = Math.max(high - FURTHER_ENDS, lowestIndex(step)); index < high; index++) {
      if (await fits(index)) return endingAt(step, index);
    }
    return found;
  };
}
