/** What goals that plan the end of a walk have in common. */
import { type LadderStep, LOWEST_POSITION, OCTAVE } from '../../../codec/format/noise-ladder.ts';
import type { EncodeWalkState, PlannedStep } from '../../../codec/walk/encode-walk.ts';
import type { StepCost } from '../../../codec/walk/step-cost.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { StreamDraft } from '../stream-draft.ts';
import { type Reached, tailPosterior } from './goal.ts';

/** Looks at a layer before it is coded: the step to end with, the word to end without it, or nothing. */
export type Plan = (cost: StepCost, draft: StreamDraft) => PlannedStep | Promise<PlannedStep>;

/** How a planned walk ends. */
export interface PlannedEnd {
  /** The last step ends at a position of its own. */
  readonly freeEnd: boolean;
  /** A tail follows. */
  readonly lossless: boolean;
}

/** The lowest index at which a step may end: its nominal end, or the end of the ladder. */
export function lowestIndex(step: LadderStep): number {
  return Math.max(step.toIndex, LOWEST_POSITION - step.level * OCTAVE);
}

/** True if a step's nominal end lies below the ladder's lowest position, so that it must be the last. */
export function mustEnd(step: LadderStep): boolean {
  return step.toIndex + step.level * OCTAVE < LOWEST_POSITION;
}

/** Walks until the plan ends it. */
export async function walkByPlan(run: EncoderRun, plan: Plan, { freeEnd, lossless }: PlannedEnd): Promise<Reached> {
  const draft = run.draft();
  let isLast = false;
  const watched = async (cost: StepCost): Promise<PlannedStep> => {
    const last = await plan(cost, draft);
    isLast = last !== undefined && last !== 'stop';
    return last;
  };
  let end: EncodeWalkState | undefined;
  for await (const state of run.walk({ plan: watched, freeEnd, ...(lossless && { tail: 'last' as const }) })) {
    end = state;
    const layer = run.layerOf(state);
    if (layer) draft.add(layer, freeEnd && isLast);
    await run.pass(state.layers);
  }
  return { draft, ...(lossless && end && { posterior: tailPosterior(end) }) };
}
