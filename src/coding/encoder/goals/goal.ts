/**
 * Interface of goals, which decide where a stream ends. Each kind of goal has a file in this folder, with its
 * tolerances.
 */
import { DdpmError } from '../../../base/errors.ts';
import type { LadderStep } from '../../../codec/format/noise-ladder.ts';
import type { TailPosterior } from '../../../codec/tail/tail.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { StreamDraft } from '../stream-draft.ts';

/** Result of a goal: the layers of the stream, and the state for its tail. */
export interface Reached {
  readonly draft: StreamDraft;
  /** State that the tail is coded from; undefined if no tail follows. */
  readonly posterior?: TailPosterior;
  /** Message of the tail, if it is coded already. */
  readonly message?: Uint8Array;
}

/** Decides where a stream ends, and walks there. */
export interface Goal {
  /** True: the goal measures the picture of the last layer, whether that is to be reported or not. */
  readonly measuresLast?: true;
  /** The steps that will probably be taken; progress is computed from them. Exact for goals with a fixed end. */
  expectedSteps(levels: number, stepEighths: number): LadderStep[];
  /**
   * Encodes the layers.
   *
   * @throws DdpmError `ERR_DDPM_TARGET` if the goal cannot be reached
   */
  reach(run: EncoderRun): Promise<Reached>;
  /**
   * Checks the finished stream.
   *
   * @param bytes - length of the stream in bytes
   * @throws DdpmError `ERR_DDPM_TARGET` if it misses the goal by more than the tolerance
   */
  check?(draft: StreamDraft, bytes: number): void;
}

/** The error for a goal that cannot be reached. */
export function unreachable(goal: string, nearest: string): DdpmError {
  return new DdpmError('ERR_DDPM_TARGET', `target of ${goal} cannot be reached; the nearest is ${nearest}`);
}
