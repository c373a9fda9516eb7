/** Progress reports of encoders and decoders. */
import { drainInSlices, yieldToEventLoop } from '../base/event-loop.ts';
import type { LadderStep } from '../codec/format/noise-ladder.ts';
import { type Aim, ExpectedEnd } from './expected-end.ts';
import type { Progress, RunOptions } from './run-options.ts';

/** Work of a step's transport, relative to that of the network, which then runs once more. */
const STEP_WORK = 0.25;
/** Work of a tail, relative to that of a run of the network at full size. */
const TAIL_WORK = 4;
/** Largest share of the work that is reported as done before the end. */
const ALMOST_ALL = 0.99;

/** Work of the transport in a step. */
function stepWork({ level }: LadderStep): number {
  return STEP_WORK * 4 ** -level;
}

/** Work of a layer: its step, and the network's run on the state after it, which may be at the next finer level. */
function layerWork(step: LadderStep, levelAfter: number): number {
  return stepWork(step) + 4 ** -levelAfter;
}

/** What a walk has besides its layers. */
export interface WalkEnd {
  /** True: a tail follows the layers, which counts as one more step; default false. */
  readonly tail?: boolean;
  /** False: the state after the last layer is not denoised; default true. */
  readonly denoisesLast?: boolean;
}

/**
 * Reports the progress of a run after each layer and within the tail, and stops it if its signal aborted. The share of the
 * work that is reported never falls.
 */
export class LayerProgress {
  readonly #options: RunOptions;
  readonly #phase: 'encode' | 'decode';
  readonly #steps: readonly LadderStep[];
  readonly #tail: boolean;
  readonly #denoisesLast: boolean;
  /** Work of the first layers, by their number. */
  readonly #work: number[] = [0];
  #end: ExpectedEnd | undefined;
  /** How often the last layer will be taken again, and was. */
  #retakes = { expected: 0, done: 0 };
  #layers = 0;
  #fraction = 0;

  /** @param steps - the steps that will be taken; with {@link aim} the most */
  constructor(
    phase: 'encode' | 'decode',
    steps: readonly LadderStep[],
    options: RunOptions,
    { tail = false, denoisesLast = true }: WalkEnd = {},
  ) {
    this.#phase = phase;
    this.#options = options;
    this.#steps = steps;
    this.#tail = tail;
    this.#denoisesLast = denoisesLast;
    steps.forEach((step, i) => {
      // A tail follows a state of the full size.
      const levelAfter = steps[i + 1]?.level ?? (tail ? 0 : step.level);
      this.#work.push(this.#work[i] + layerWork(step, levelAfter));
    });
  }

  /** Says that the walk ends early, with the layer that reaches a goal. To be called before the first layer. */
  aim(aim: Aim): void {
    this.#end = new ExpectedEnd(aim, this.#steps);
    this.#retakes.expected = aim.retakes;
  }

  /**
   * Reports that `layers` layers are done.
   *
   * @param value - what the goal measures, if there is an aim
   * @throws the signal's reason if the run was aborted
   */
  async pass(layers: number, value = 0): Promise<void> {
    this.#layers = Math.min(layers, this.#steps.length);
    this.#end?.learn(this.#layers, value);
    await this.#report(this.#work[this.#layers]);
  }

  /**
   * Reports that the last layer was taken again.
   *
   * @throws the signal's reason if the run was aborted
   */
  async passRetake(): Promise<void> {
    this.#retakes.done++;
    await this.#report(this.#work[this.#layers] + this.#retakeWork(this.#retakes.done));
  }

  /**
   * Reports that the first `done` of a picture's rows are coded in the tail.
   *
   * @throws the signal's reason if the run was aborted
   */
  async passRows(done: number, rows: number): Promise<void> {
    await this.#report(this.#work[this.#steps.length] + (TAIL_WORK * done) / rows);
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
    return drainInSlices(coder, (done) => this.passRows(done, rows));
  }

  /**
   * Reports that all is done, unless that was reported.
   *
   * @throws the signal's reason if the run was aborted
   */
  async finish(): Promise<void> {
    if (this.#fraction === 1) return;
    const steps = this.#layers + (this.#tail ? 1 : 0);
    await this.#send({ step: steps, steps, fraction: 1 });
  }

  async #report(done: number): Promise<void> {
    const layers = Math.max(this.#end?.layers ?? this.#steps.length, this.#layers);
    const all = this.#workTo(layers) + this.#retakeWork(this.#retakes.expected) + (this.#tail ? TAIL_WORK : 0);
    const isAll = this.#layers === this.#steps.length && !this.#end && !this.#tail;
    const share = isAll ? 1 : Math.min(done / all, ALMOST_ALL);
    const fraction = Math.max(this.#fraction, share);
    await this.#send({ step: this.#layers, steps: layers + (this.#tail ? 1 : 0), fraction });
  }

  /** Work of a walk that ends with the given number of layers. */
  #workTo(layers: number): number {
    const last = this.#steps[layers - 1];
    return last && !this.#denoisesLast ? this.#work[layers - 1] + stepWork(last) : this.#work[layers];
  }

  /** Work of taking the last layer again, `times` times. */
  #retakeWork(times: number): number {
    const last = this.#steps[Math.max(this.#end?.layers ?? 0, this.#layers) - 1];
    return last ? times * layerWork(last, last.level) : 0;
  }

  async #send(progress: Omit<Progress, 'phase'>): Promise<void> {
    this.#fraction = progress.fraction;
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.({ phase: this.#phase, ...progress });
    await yieldToEventLoop(); // so that an abort in onProgress takes effect
    this.#options.signal?.throwIfAborted();
  }
}
