/** What an encoder aims at. Each goal that a user can name has a file in this folder, with its tolerances. */
import { DdpmError } from '../../../base/errors.ts';
import type { LadderStep } from '../../../codec/format/noise-ladder.ts';
import type { TailPosterior } from '../../../codec/tail/tail.ts';
import type { EncodeWalkState } from '../../../codec/walk/encode-walk.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { StreamDraft } from '../stream-draft.ts';

/** The layers that a goal chose. */
export interface Reached {
  readonly draft: StreamDraft;
  /** What a tail is coded from; undefined if none follows. */
  readonly posterior?: TailPosterior;
}

/** Decides where a stream ends, and walks there. */
export interface Goal {
  /** The steps that will probably be taken: exact unless the goal is a rate or a quality. Progress is counted by them. */
  expectedSteps(levels: number, stepEighths: number): LadderStep[];
  /** @throws DdpmError `ERR_DDPM_TARGET` if it cannot be reached */
  reach(run: EncoderRun): Promise<Reached>;
  /**
   * Looks at the stream that was made.
   *
   * @param bytes - its length
   * @throws DdpmError `ERR_DDPM_TARGET` if it is too far from the goal
   */
  check?(draft: StreamDraft, bytes: number): void;
}

/** The error of a goal that cannot be reached. */
export function unreachable(goal: string, nearest: string): DdpmError {
  return new DdpmError('ERR_DDPM_TARGET', `target of ${goal} cannot be reached; the nearest is ${nearest}`);
}

/** A state as a tail needs it; valid until the walk goes on. */
export function tailPosterior({ state, mean, posterior, index }: EncodeWalkState): TailPosterior {
  const { logVariance } = posterior;
  if (!logVariance) throw new Error('the walk gives variances where a tail may follow');
  return { state, mean, logVariance, index };
}
