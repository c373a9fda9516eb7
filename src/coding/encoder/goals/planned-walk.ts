/** Functions shared by goals that plan the end of a walk. */
import { type LadderStep, LOWEST_POSITION, OCTAVE } from '../../../codec/format/noise-ladder.ts';
import type { EncodeResume, EncodeWalkState, PlannedStep, WalkedLayer } from '../../../codec/walk/encode-walk.ts';
import type { StepCost } from '../../../codec/walk/step-cost.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { StreamDraft } from '../stream-draft.ts';
import type { Reached } from './goal.ts';
import { leftLevel, retakeStep, Snapshot } from './retake-step.ts';

/** Called before each layer is coded; decides whether the walk ends, see {@link PlannedStep}. */
export type Plan = (cost: StepCost, draft: StreamDraft) => PlannedStep | Promise<PlannedStep>;

/** Kind of end of a planned walk. */
export interface PlannedEnd {
  /** True: the last step has a free end. */
  readonly freeEnd: boolean;
  /** True: a tail follows the layers. */
  readonly lossless: boolean;
}

/** The lowest index at which a step may end: its nominal end, or the lowest position of the ladder. */
export function lowestIndex(step: LadderStep): number {
  return Math.max(step.toIndex, LOWEST_POSITION - step.level * OCTAVE);
}

/** True if a step must be the last because its nominal end lies below the lowest position of the ladder. */
export function mustEnd(step: LadderStep): boolean {
  return step.toIndex + step.level * OCTAVE < LOWEST_POSITION;
}

/** Encodes layers until the plan ends the walk. */
export async function walkByPlan(run: EncoderRun, plan: Plan, { freeEnd, lossless }: PlannedEnd): Promise<Reached> {
  const draft = run.draft();
  let isLast = false;
  const planLayer = async (cost: StepCost): Promise<PlannedStep> => {
    const last = await plan(cost, draft);
    isLast = last !== undefined && last !== 'stop';
    return last;
  };
  /** Ends the walk with the last layer, unless its picture or its state is needed. */
  const onLayer = (layer: WalkedLayer): boolean => {
    if (!isLast || lossless || run.measuresLast) return false;
    draft.add(layer, freeEnd);
    return true;
  };
  let end: EncodeWalkState | undefined;
  /** Copies of the last two states, of levels above 0 only. */
  let [before, here]: (EncodeResume | undefined)[] = [];
  for await (const state of run.walk({
    plan: planLayer,
    onLayer,
    freeEnd,
    ...(lossless && { tail: 'last' as const }),
  })) {
    [before, here] = [here, state.level > 0 ? new Snapshot().take(state) : undefined];
    end = state;
    const layer = run.layerOf(state);
    if (layer) draft.add(layer, freeEnd && isLast);
    await run.progress.pass(state.layers, draft.bits);
  }
  if (draft.layers.length !== end?.layers) {
    await run.progress.pass(draft.layers.length, draft.bits);
    return { draft };
  }
  if (lossless) return { draft, posterior: run.tailPosterior(end) };
  if (end.step && before && leftLevel(end)) {
    const ended = draft.prefix(draft.layers.length - 1);
    ended.add(await retakeStep(run, end.step, before));
    return { draft: ended };
  }
  return { draft };
}
