/** Windows for a network on the graphics processor, which one thread runs for all pictures. */
import { setImmediate } from 'node:timers/promises';
import { denoiseWindows } from '../../codec/executor/denoise-windows.ts';
import type { WindowJob, WindowResult } from '../../codec/executor/executor.ts';
import type { Denoiser } from '../../model/denoiser.ts';

/** Most windows of a run. */
const BATCH = 8;

interface QueuedWindow {
  readonly job: WindowJob;
  /** Once it aborts, the window is not begun. */
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: WindowResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Whether windows can share a run of the network. */
function isAlike({ job: a }: QueuedWindow, { job: b }: QueuedWindow): boolean {
  const { width, height } = b.seen;
  return a.seen.width === width && a.seen.height === height && a.sigma === b.sigma && a.exact === b.exact;
}

/** Denoises windows, one run at a time: the oldest one and those that can share its run. */
export class DeviceWindows {
  readonly #denoiser: Denoiser;
  #queue: QueuedWindow[] = [];
  #isRunning = false;

  constructor(denoiser: Denoiser) {
    this.#denoiser = denoiser;
  }

  /** @param signal - once it aborts, a window that waits is no longer denoised */
  denoise(job: WindowJob, signal: AbortSignal | undefined): Promise<WindowResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, signal, resolve, reject });
      void this.#runAll();
    });
  }

  /** Waits a turn of the event loop before each run, so that windows queued in it can share the run. */
  async #runAll(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    await setImmediate();
    for (let windows = this.#take(); windows.length > 0; windows = this.#take()) {
      try {
        const results = await denoiseWindows(
          this.#denoiser,
          windows.map(({ job }) => job),
        );
        windows.forEach(({ resolve }, i) => void resolve(results[i]));
      } catch (error) {
        for (const { reject } of windows) reject(error);
      }
      await setImmediate();
    }
    this.#isRunning = false;
  }

  /** Takes the windows of the next run from the queue; none if it is empty. */
  #take(): QueuedWindow[] {
    for (const { signal, reject } of this.#queue) if (signal?.aborted) reject(signal.reason);
    this.#queue = this.#queue.filter(({ signal }) => !signal?.aborted);
    const [first] = this.#queue;
    if (!first) return [];
    const chosen = this.#queue.filter((queued) => isAlike(queued, first)).slice(0, BATCH);
    this.#queue = this.#queue.filter((queued) => !chosen.includes(queued));
    return chosen;
  }
}
