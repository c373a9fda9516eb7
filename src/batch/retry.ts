/** Tries again what may pass. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait before the first retry; each further one is twice as long. */
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

/** Options of {@link retry}. */
export interface RetryOptions {
  /** Number of times that it is tried again; 0: never. */
  readonly retries: number;
  /** Whether an error may pass. Others are thrown at once. */
  isTransient(error: unknown): boolean;
  /** Ends a wait. */
  readonly signal?: AbortSignal;
  /**
   * Called before each wait.
   *
   * @param attempt - number of attempts that failed
   */
  onRetry?(error: unknown, attempt: number, delayMs: number): void;
}

/**
 * Milliseconds to wait after a number of failures: exponential backoff with jitter, so that many processes that failed together do not come
 * back together.
 *
 * @param random - 0 to 1; half of the wait depends on it
 */
export function backoffMs(failures: number, random: number = Math.random()): number {
  return Math.round(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)) * (0.5 + random / 2));
}

/**
 * Does work, and does it again after a wait if it failed for a reason that may pass.
 *
 * @throws the last error; the signal's reason if aborted while it waits
 */
export async function retry<T>(
  work: () => Promise<T>,
  { retries, isTransient, signal, onRetry }: RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt > retries || !isTransient(error)) throw error;
      const delayMs = backoffMs(attempt);
      onRetry?.(error, attempt, delayMs);
      await sleep(delayMs, undefined, signal && { signal });
    }
  }
}
