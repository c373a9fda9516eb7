/** Progress of encoders and decoders. */
import { yieldToEventLoop } from '../base/event-loop.ts';
import type { LadderStep } from '../codec/format/noise-ladder.ts';
import type { RunOptions } from './run-options.ts';

/** Work of a tail in units of a layer of the full size. */
const TAIL_WORK = 0.5;
/** Time between two reports of a tail's progress, with a turn for the event loop. */
const TAIL_REPORT_MS = 50;

/** Reports how far a run has come, layer by layer and in the tail, and ends it on abort. */
export class LayerProgress {
  readonly #options: RunOptions;
  readonly #phase: 'encode' | 'decode';
  /** Share of the work that is done after each layer: a layer costs as much as its level has pixels. */
  readonly #fractions: number[] = [];

  /** @param tail - a tail follows the layers: one more step */
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

  /** @throws the signal's reason if the run was aborted */
  async pass(layers: number): Promise<void> {
    const known = Math.min(layers, this.#fractions.length);
    await this.#report(known, known === 0 ? 0 : this.#fractions[known - 1]);
  }

  /**
   * Drains the coder of a tail.
   *
   * @param rows - of the picture
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
    await yieldToEventLoop(); // so that a caller who aborts on progress is heard
    this.#options.signal?.throwIfAborted();
  }
}
