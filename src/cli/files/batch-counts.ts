import { grouped, seconds } from '../terminal/text-format.ts';

/** Counts of a run. */
export class BatchCounts {
  done = 0;
  skipped = 0;
  /** Bytes of the outputs that were written. */
  bytes = 0;
  /** Failed jobs by their exit codes. */
  readonly #failed = new Map<number, number>();

  addFailure(exitCode: number): void {
    this.#failed.set(exitCode, (this.#failed.get(exitCode) ?? 0) + 1);
  }

  get failed(): number {
    return [...this.#failed.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Number of jobs that ended. */
  get ended(): number {
    return this.done + this.skipped + this.failed;
  }

  /** One line, e.g. `7 done  2 skipped  1 failed (1 with exit code 3)  18 432 B  3.4 s`. */
  line(timeMs: number): string {
    const codes = this.#byCode().map(([code, count]) => `${count} with exit code ${code}`);
    const failed = `${this.failed} failed${codes.length > 0 ? ` (${codes.join(', ')})` : ''}`;
    return [`${this.done} done`, `${this.skipped} skipped`, failed, `${grouped(this.bytes)} B`, seconds(timeMs)].join(
      '  ',
    );
  }

  /** The same for JSON. */
  fields(timeMs: number): object {
    const { done, skipped, failed, bytes } = this;
    const failedByExitCode = Object.fromEntries(this.#byCode());
    return { done, skipped, failed, failedByExitCode, bytes, seconds: timeMs / 1000 };
  }

  #byCode(): [number, number][] {
    return [...this.#failed].sort(([a], [b]) => a - b);
  }
}
