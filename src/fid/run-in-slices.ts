import { checkListeners } from '../base/check-options.ts';
import { drainInSlices, yieldToEventLoop } from '../base/event-loop.ts';

/** Options of computations that take a while. */
export interface LongRunOptions {
  readonly signal?: AbortSignal;
  /** Called from time to time with the share of the work that is done, 0..1. */
  readonly onProgress?: (fraction: number) => void;
}

/**
 * Runs a computation that yields the share of its work that is done, and gives the event loop its turns.
 *
 * @throws `signal.reason` if aborted
 */
export function runInSlices<R>(work: Generator<number, R, void>, options: LongRunOptions): Promise<R> {
  const { signal, onProgress } = options;
  checkListeners(options);
  signal?.throwIfAborted();
  return drainInSlices(work, async (fraction) => {
    signal?.throwIfAborted();
    onProgress?.(fraction);
    await yieldToEventLoop();
  });
}

/**
 * Does a part of a larger work.
 *
 * @param start - share of the larger work that is done before
 * @param share - share of the larger work that this one is
 */
export function* part<R>(work: Generator<number, R, void>, start: number, share: number): Generator<number, R, void> {
  let step = work.next();
  for (; !step.done; step = work.next()) yield start + share * step.value;
  return step.value;
}
