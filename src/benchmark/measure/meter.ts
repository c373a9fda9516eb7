/** Measures time and memory of a piece of work. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Result of a piece of work and its duration. */
export interface Measured<T> {
  readonly value: T;
  /** Wall-clock time. */
  readonly seconds: number;
}

/**
 * Measures wall-clock seconds and peak resident memory. On Linux, the peak is that during the measured pieces of work,
 * whatever the process did before or between them (its code and the memory that it holds are included, about 50 MB for
 * Node itself). On other systems it is the peak since the process started.
 */
export class Meter {
  #peakBytes = 0;

  /** Highest resident memory during the pieces of work measured so far. */
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

/** Resets the peak of resident memory, if the system can (man 5 proc, /proc/pid/clear_refs). */
function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux, or not allowed: the peak since the start of the process is used.
  }
}

/**
 * Peak of resident memory in bytes. Uses VmHWM on Linux, because there a child process inherits ru_maxrss from its
 * parent.
 */
function readPeak(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
