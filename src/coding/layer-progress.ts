/** Progress reports of encoders and decoders. */
import { yieldToEventLoop } from '../base/event-loop.ts';
import type { LadderStep } from '../codec/format/noise-ladder.ts';
import type { RunOptions } from './run-options.ts';

/** Work of a tail, relative to that of a layer of the full size. */
const TAIL_WORK = 0.5;
/** Time between two reports of a tail's progress, each with a turn of the event loop. */
const TAIL_REPORT_MS = 50;

/** Reports the progress of a run after each layer and within the tail, and stops it if its signal aborted. */
export class LayerProgress {
  readonly #options: RunOptions;
  readonly #phase: 'encode' | 'decode';
  /**
   * Share of the work that is done after each layer; the work of a layer is proportional to the pixels of its level.
   */
  readonly #fractions: number[] = [];

  /** @param tail - true: a tail follows the layers, which counts as one more step */
  constructor(phase: 'encode' | 'decode', steps: readonly LadderStep[], options: RunOptions, tail = false) {
    this.#phase = phase;
    this.#options = options;
    let sum = 0;
    for (const { level } of steps) {
      sum += 4 ** -level;
      this.#fractions.push(sum);
    }
    if (tail) {
      sum += TAIL_WORK;
      this.#fractions.push(sum);
    }
    this.#fractions = this.#fractions.map((part) => part / sum);
  }

  /**
   * Reports that `layers` layers are done.
   *
   * @throws the signal's reason if the run was aborted
   */
  async pass(layers: number): Promise<void> {
    const known = Math.min(layers, this.#fractions.length);
    await this.#report(known, known === 0 ? 0 : this.#fractions[known - 1]);
  }

  /**
   * Runs the coder of a tail to its end and reports progress.
   *
   * @param coder - yields the number of finished rows
   * @param rows - number of rows of the picture
   * @returns the coder's result
   * @throws the signal's reason if the run was aborted
   */
  async drainTail<T>(coder: Generator<number, T, void>, rows: number): Promise<T> {
    const layers = this.#fractions.length - 1;
    const from = this.#fractions[layers - 1] ?? 0;
    let reported = performance.now();
    for (;;) {
      const { done, value } = coder.next();
      if (done) {
        await this.#report(layers + 1, 1);
        return value;
      }
      if (performance.now() - reported < TAIL_REPORT_MS) continue;
      await this.#report(layers, from + ((1 - from) * value) / rows);
      reported = performance.now();
    }
  }

  async #report(layers: number, fraction: number): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.({ phase: this.#phase, step: layers, steps: this.#fractions.length, fraction });
    await yieldToEventLoop(); // so that an abort in onProgress takes effect
    this.#options.signal?.throwIfAborted();
  }
}
