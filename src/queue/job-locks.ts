/** Renews the locks of the jobs at work, by which a queue knows that their worker lives. */
import type { Worker } from 'bullmq';

/**
 * A job whose lock is older is given to another worker. Together with {@link STALLED_CHECK_MS} this is how long the jobs of a
 * killed worker stay away: at most 25 s.
 */
export const LOCK_MS = 15_000;
/** Time between two looks for jobs without a lock; a job is taken at the second that finds none. */
export const STALLED_CHECK_MS = 5000;
/** Two renewals may fail before a lock ends. */
const RENEWAL_MS = LOCK_MS / 3;

/** A job with a lock. */
interface LockedJob {
  readonly token: string;
  /** Called if the job has been given to another worker. */
  onLost(): void;
}

/** Locks of the jobs of one worker. */
export class JobLocks {
  readonly #worker: Worker;
  readonly #jobs = new Map<string, LockedJob>();
  readonly #timer: NodeJS.Timeout;
  #renews = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#timer = setInterval(() => void this.#renew(), RENEWAL_MS);
  }

  /** Renews a job's lock until {@link release}. */
  keep(id: string, job: LockedJob): void {
    this.#jobs.set(id, job);
  }

  release(id: string): void {
    this.#jobs.delete(id);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    if (this.#renews || this.#jobs.size === 0) return; // the server may be away for a while
    this.#renews = true;
    const jobs = new Map(this.#jobs);
    const ids = [...jobs.keys()];
    const tokens = [...jobs.values()].map(({ token }) => token);
    // Without the server nothing can be said about locks; the next renewal tells.
    const lost = await this.#worker.extendJobLocks(ids, tokens, LOCK_MS).catch((): string[] => []);
    this.#renews = false;
    for (const id of lost) {
      const job = jobs.get(id);
      // It may have ended meanwhile, and then it has no lock.
      if (job !== undefined && this.#jobs.get(id) === job) job.onLost();
    }
  }
}
