/** Puts jobs into a queue. */
import type { OpenQueue } from './open-queue.ts';
import { jobId, type QueueJob } from './queue-job.ts';

/** Settings of jobs. */
export interface AddOptions {
  /** 0..2097151; lower ones are taken first. Default 0. */
  readonly priority?: number;
  /** Times that a job is tried, 1..1000. Default 5. */
  readonly attempts?: number;
}

/** Jobs that are not in the queue yet are offered before they are added. */
export type Admit = (job: QueueJob) => Promise<boolean>;

/** What became of jobs. */
export interface AddCounts {
  readonly added: number;
  /** Those that the queue knew: waiting, at work, done or failed. */
  readonly existing: number;
}

export const DEFAULT_ATTEMPTS = 5;
const JOBS_AT_A_TIME = 1000;
/** Pause before the second attempt; each further one is twice as long. */
const FIRST_PAUSE_MS = 2000;
/** Share of a pause that is random, so that jobs do not all come back at once. */
const JITTER = 0.5;

/**
 * Adds jobs to a queue, some 1000 at a time, each with the id that {@link jobId} gives it.
 *
 * @param admit - whether a job that the queue does not know is to be added
 * @returns counts up to now after each part, and at the end
 */
export async function* addJobs(
  open: OpenQueue,
  jobs: AsyncIterable<QueueJob>,
  { priority = 0, attempts = DEFAULT_ATTEMPTS }: AddOptions = {},
  admit: Admit = async () => true,
): AsyncGenerator<AddCounts, void, void> {
  const counts = { added: 0, existing: 0 };
  const settings = {
    attempts,
    backoff: { type: 'exponential', delay: FIRST_PAUSE_MS, jitter: JITTER },
    ...(priority > 0 && { priority }),
    stackTraceLimit: 0,
  };
  let part = new Map<string, QueueJob>();
  const flush = async (): Promise<void> => {
    const known = await existing([...part.keys()], open);
    const fresh: { name: string; data: QueueJob; opts: object }[] = [];
    for (const [id, job] of part) {
      if (known.has(id)) counts.existing++;
      else if (await admit(job)) fresh.push({ name: job.command, data: job, opts: { ...settings, jobId: id } });
    }
    part = new Map();
    if (fresh.length > 0) await open.queue.addBulk(fresh);
    counts.added += fresh.length;
  };
  for await (const job of jobs) {
    part.set(jobId(job), job);
    if (part.size < JOBS_AT_A_TIME) continue;
    await flush();
    yield { ...counts };
  }
  await flush();
  yield { ...counts };
}

/** Which of the ids the queue knows. */
async function existing(ids: readonly string[], { client, queue }: OpenQueue): Promise<Set<string>> {
  const questions = client.pipeline();
  for (const id of ids) questions.exists(queue.toKey(id));
  const answers = (await questions.exec()) ?? [];
  for (const [error] of answers) if (error) throw error;
  return new Set(ids.filter((_, i) => answers[i]?.[1] === 1));
}
