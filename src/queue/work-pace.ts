/** How many jobs a worker takes, and how fast. */

/**
 * Inputs of up to this many bytes are small: many of them are at work at a time, because small pictures share runs of the network.
 */
const SMALL_BYTES = 16_000;

/** Share of a thread that a job takes. */
function shareOf(size: number, smallAThread: number): number {
  return size <= SMALL_BYTES ? 1 / smallAThread : 1;
}

/** Settings of a pace. */
export interface PaceSettings {
  /** Threads that compute. */
  readonly threads: number;
  /** Small pictures at work for each thread. */
  readonly smallAThread: number;
  /** Most jobs begun a second; default: no limit. */
  readonly rate?: number;
}

/** Counts the jobs at work, and spaces their beginnings. */
export class WorkPace {
  readonly #settings: PaceSettings;
  #load = 0;
  #jobs = 0;
  #nextMs = 0;
  #onEnd: (() => void) | undefined;

  constructor(settings: PaceSettings) {
    this.#settings = settings;
  }

  /** Number of jobs at work. */
  get jobs(): number {
    return this.#jobs;
  }

  get isFull(): boolean {
    return this.#load >= this.#settings.threads - 1e-9;
  }

  /** Milliseconds until the next job may begin. */
  get pauseMs(): number {
    return Math.max(0, this.#nextMs - performance.now());
  }

  /** Counts a job in. */
  begin(size: number): () => void {
    const { smallAThread, rate } = this.#settings;
    const share = shareOf(size, smallAThread);
    this.#load += share;
    this.#jobs++;
    if (rate !== undefined) this.#nextMs = Math.max(this.#nextMs, performance.now()) + 1000 / rate;
    return () => {
      this.#jobs--;
      this.#load = this.#jobs === 0 ? 0 : this.#load - share;
      this.#onEnd?.();
    };
  }

  /** Resolves when a job ends. Only one caller waits here. */
  jobEnded(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }
}
