/** Time and memory of a piece of work. */
import { readFileSync, writeFileSync } from 'node:fs';

/** What a piece of work took. */
export interface Measured<T> {
  readonly value: T;
  /** Wall-clock time. */
  readonly seconds: number;
}

/**
 * Measures wall-clock seconds and peak resident memory. On Linux the peak is that of the measured pieces alone, whatever the process
 * did before or between them (its code and what it holds count, about 50 MB for Node itself); elsewhere it is the highest since
 * the process started.
 */
export class Meter {
  #peakBytes = 0;

  /** Highest resident memory within the pieces measured so far. */
  get peakRssBytes(): number {
    return this.#peakBytes;
  }

  async measure<T>(work: () => Promise<T> | T): Promise<Measured<T>> {
    resetPeak();
    const start = performance.now();
    const value = await work();
    const seconds = (performance.now() - start) / 1000;
    this.#peakBytes = Math.max(this.#peakBytes, readPeak());
    return { value, seconds };
  }
}

/** Linux forgets the peak when 5 is written here (man 5 proc, /proc/pid/clear_refs). */
function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux, or not allowed: the peak since the start is what there is.
  }
}

/** VmHWM, and not ru_maxrss, which on Linux a child process takes over from its parent. */
function readPeak(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
