/** Goals with a given end on the noise ladder. */
import { endingAt, type LadderStep, ladder, OCTAVE } from '../../../codec/format/noise-ladder.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { Goal, Reached } from './goal.ts';
import { walkByPlan } from './planned-walk.ts';

/** Ends at a given position: the noise index that the state would have at full size. */
export class PositionGoal implements Goal {
  readonly #position: number;
  readonly #lossless: boolean;

  constructor(position: number, lossless: boolean) {
    this.#position = position;
    this.#lossless = lossless;
  }

  expectedSteps(levels: number, stepEighths: number): LadderStep[] {
    return ladder(levels, stepEighths, this.#position);
  }

  reach(run: EncoderRun): Promise<Reached> {
    const plan = ({ step }: { readonly step: LadderStep }): LadderStep | undefined => {
      const end = this.#position - step.level * OCTAVE;
      return step.toIndex <= end ? endingAt(step, end) : undefined;
    };
    return walkByPlan(run, plan, { freeEnd: true, lossless: this.#lossless });
  }
}
