/** Jobs that failed for good: they stay in the queue until they are retried. */
import type { Job } from 'bullmq';
import { type JobFailure, parseFailure } from './job-failure.ts';
import type { OpenQueue } from './open-queue.ts';

/** A job that failed for good. */
export interface DeadLetter extends JobFailure {
  readonly id: string;
  readonly command: string;
  readonly input: string;
  readonly output: string;
  /** Times that it was tried. */
  readonly attempts: number;
  /** When it failed, as an ISO date. */
  readonly time: string;
}

const PAGE = 500;

/** Lists the dead letters, the oldest first. */
export async function* deadLetters(open: OpenQueue): AsyncGenerator<DeadLetter, void, void> {
  for await (const page of pagesOfFailed(open, () => PAGE)) for (const job of page) yield letterOf(job);
}

/** Which dead letters to retry; those that fit both, all without either. */
export interface RetryChoice {
  /** Exit code. */
  readonly code?: number;
  /** Ids, or at least their first 6 digits. */
  readonly ids?: readonly string[];
}

/**
 * Puts dead letters back into the queue, with all their attempts.
 *
 * @returns how many
 */
export async function retryDeadLetters(open: OpenQueue, { code, ids }: RetryChoice): Promise<number> {
  let retried = 0;
  let kept = 0;
  const isMeant = (job: Job): boolean => {
    const { exitCode, id } = letterOf(job);
    return (code === undefined || code === exitCode) && (!ids?.length || ids.some((start) => id.startsWith(start)));
  };
  for await (const page of pagesOfFailed(open, () => kept)) {
    const meant = page.filter(isMeant);
    await Promise.all(meant.map((job) => retry(job, open)));
    retried += meant.length;
    kept = page.length - meant.length; // those stay before the next page, the others have left the list
  }
  return retried;
}

async function retry(job: Job, { client, queue }: OpenQueue): Promise<void> {
  // How often its workers were killed, and that it is to fail for that.
  await client.hdel(queue.toKey(job.id ?? ''), 'stc', 'defa');
  await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
}

/**
 * Pages of the jobs that had failed when it began, the oldest first.
 *
 * @param advance - how many jobs of the last page are still in the list
 */
async function* pagesOfFailed({ queue }: OpenQueue, advance: () => number): AsyncGenerator<Job[], void, void> {
  const begun = Date.now();
  for (let start = 0; ; start += advance()) {
    const page = await queue.getJobs(['failed'], start, start + PAGE - 1, true);
    const old = page.filter((job) => job !== undefined && (job.finishedOn ?? 0) <= begun);
    if (old.length > 0) yield old;
    if (old.length < PAGE) return;
  }
}

function letterOf({ id = '', name, data, failedReason, attemptsMade, finishedOn = 0 }: Job): DeadLetter {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '?');
  return {
    id,
    command: name,
    input: text(data?.input),
    output: text(data?.output),
    ...parseFailure(failedReason),
    attempts: attemptsMade,
    time: new Date(finishedOn).toISOString(),
  };
}
