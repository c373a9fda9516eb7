import type { JobSeconds } from '../../batch/job-observer.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import type { Outcome } from './job-work.ts';

/** Measures how long a job takes, and its reading and writing. */
export class StageTimes {
  readonly #now: CliIo['now'];
  readonly #startMs: number;
  readonly #ms = { read: 0, write: 0 };

  /** @param now - milliseconds of a monotonic clock */
  constructor(now: CliIo['now']) {
    this.#now = now;
    this.#startMs = now();
  }

  /** Milliseconds since the beginning. */
  elapsedMs(): number {
    return this.#now() - this.#startMs;
  }

  /** Does a part of reading or writing. */
  async timed<T>(stage: 'read' | 'write', work: () => Promise<T>): Promise<T> {
    const startMs = this.#now();
    try {
      return await work();
    } finally {
      this.#ms[stage] += this.#now() - startMs;
    }
  }

  /** Seconds by stage. */
  seconds(outcome: Outcome | undefined): JobSeconds {
    const { networkMs = 0, transportMs = 0 } = (outcome?.report.timing ?? {}) as Record<string, number>;
    const { read, write } = this.#ms;
    return {
      read: read / 1000,
      network: networkMs / 1000,
      transport: transportMs / 1000,
      write: write / 1000,
      total: this.elapsedMs() / 1000,
    };
  }
}

/** Pixels of the picture that a report is of; undefined without one. */
export function pixelsOf(outcome: Outcome | undefined): number | undefined {
  const { width, height } = (outcome?.report ?? {}) as { readonly width?: number; readonly height?: number };
  return width !== undefined && height !== undefined ? width * height : undefined;
}
