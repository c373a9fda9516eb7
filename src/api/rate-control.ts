/** Decides where a stream ends: plans for the encoder's walk. */
import type { StepCost } from '../codec/encode-walk.ts';
import { endingAt, type LadderStep, LOWEST_POSITION, OCTAVE } from '../codec/ladder.ts';
import type { StreamWriter } from '../codec/stream.ts';

/** Looks at a layer before it is coded: the step to end with, the word to end without it, or nothing. */
export type Plan = (cost: StepCost) => LadderStep | 'stop' | undefined;

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

/**
 * Ends where the stream takes all of a number of bits: the KL divergence of a step is known for every end without another run of
 * the network (codec.md, section 7), and so are the budgets and the length of their codes.
 *
 * @param bits - that the layers may take, without the header
 */
export function planBits(bits: number, writer: StreamWriter): Plan {
  return (cost) => {
    const { step } = cost;
    const length = (end: LadderStep, fine: boolean): number =>
      writer.length + writer.layerLength(end, cost.budgets(end, fine), fine);
    if (!mustEnd(step) && length(step, false) <= bits) return undefined;
    const fits = (index: number): boolean => length(endingAt(step, index), true) <= bits;
    let low = lowestIndex(step);
    if (fits(low)) return endingAt(step, low);
    let high = step.fromIndex - 1;
    if (!fits(high)) return 'stop';
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (fits(middle)) high = middle;
      else low = middle;
    }
    return endingAt(step, high);
  };
}
