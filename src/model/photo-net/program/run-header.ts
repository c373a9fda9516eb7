/**
 * How threads take part in one run of the network: words at the start of the memory area that the run uses.
 *
 * Three kinds of threads deal with a run:
 *
 * - the owner, who gives areas out. It opens a run, tells one thread to coordinate it and others to help, and opens the next
 *   run in the same area when all of them have answered. So a helper never meets a later run than its own.
 * - the coordinator, who writes what is to be computed, begins the run, takes part in it, and ends it.
 * - helpers, who may come at any time: they wait for the beginning, and find nothing to do after the end.
 *
 * The state goes open -> running -> ended. Once a thread has died, the owner abandons the run (open or running -> abandoned): blocks that
 * the thread had taken would never be done, and the others, who look at the state while they wait, leave.
 */
import type { BatchShape } from '../../denoiser.ts';
import type { Arithmetic } from './network-module.ts';

/** Bytes of the header. */
export const HEADER_BYTES = 64;

const [OPEN, RUNNING, ENDED, ABANDONED] = [0, 1, 2, 3] as const;
/** Index of each word. The program of assembly/network reads the state. */
const STATE = 0;
const TASK = 1;
const FUSED = 6;
const SHAPE = 7;

/** What the threads of a run compute. Addresses and bytes. */
export interface RunTask {
  readonly records: number;
  readonly count: number;
  readonly counters: number;
  /** Scratch memory of the first thread, and how much each has. */
  readonly scratch: number;
  readonly scratchBytes: number;
  readonly arithmetic: Arithmetic;
}

/** The header of a memory area. */
export class RunHeader {
  readonly #words: Int32Array;

  /** @param start - address of the area, within the memory */
  constructor(memory: WebAssembly.Memory, start: number) {
    this.#words = new Int32Array(memory.buffer, start, HEADER_BYTES / 4);
  }

  /** Owner: before a coordinator or helper is told of the run. */
  open(): void {
    Atomics.store(this.#words, STATE, OPEN);
  }

  /** Owner: makes the threads leave a run that has not ended. */
  abandon(): void {
    for (const state of [OPEN, RUNNING]) Atomics.compareExchange(this.#words, STATE, state, ABANDONED);
    Atomics.notify(this.#words, STATE);
  }

  /** Shape of the program that was laid out last in this area, as {@link shape} has set it. */
  hasShape({ batch, height, width }: BatchShape): boolean {
    const words = this.#words;
    return words[SHAPE] === batch && words[SHAPE + 1] === height && words[SHAPE + 2] === width;
  }

  /** Coordinator: notes the shape of the program that lies in this area; undefined: none that is whole. */
  setShape(shape: BatchShape | undefined): void {
    this.#words.set(shape ? [shape.batch, shape.height, shape.width] : [0, 0, 0], SHAPE);
  }

  /**
   * Coordinator: begins the run, once all that it reads is in memory.
   *
   * @returns false if it was abandoned
   */
  begin({ records, count, counters, scratch, scratchBytes, arithmetic }: RunTask): boolean {
    this.#words.set([records, count, counters, scratch, scratchBytes, arithmetic === 'fused' ? 1 : 0], TASK);
    const begun = Atomics.compareExchange(this.#words, STATE, OPEN, RUNNING) === OPEN;
    Atomics.notify(this.#words, STATE);
    return begun;
  }

  /** Coordinator: ends the run. */
  end(): void {
    Atomics.compareExchange(this.#words, STATE, RUNNING, ENDED);
  }

  /**
   * Helper: waits until the run has begun. Blocks the thread.
   *
   * @returns what is to be done; `early` if it has not begun after `waitMs`, `late` if it is over
   */
  join(waitMs: number): RunTask | 'early' | 'late' {
    Atomics.wait(this.#words, STATE, OPEN, waitMs);
    const state = Atomics.load(this.#words, STATE);
    if (state !== RUNNING) return state === OPEN ? 'early' : 'late';
    const [records, count, counters, scratch, scratchBytes] = this.#words.subarray(TASK, FUSED);
    const arithmetic = this.#words[FUSED] ? 'fused' : 'exact';
    return { records, count, counters, scratch, scratchBytes, arithmetic };
  }
}
