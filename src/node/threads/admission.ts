/** Lets pictures in: enough to keep all threads busy, and no more than their memory allows. */
import { WINDOW } from '../../codec/grid/geometry.ts';
import type { OpenEngine } from '../../coding/engine.ts';
import type { PreparedRun } from '../../coding/prepared-run.ts';

/** Small pictures worked on at a time for each thread: two full batches. */
const PICTURES_A_THREAD = 16;

/**
 * Pictures are let in one after the other, in the order of their calls, while those inside have fewer pixels than a window for each
 * thread. So a large picture has the threads to itself, photographs of 768x512 come one a thread, and small ones many at a time.
 */
export class Admission {
  readonly #openEngine: OpenEngine;
  readonly #threads: number;
  #pixels = 0;
  #pictures = 0;
  /** Settles when the one before in the line is inside. */
  #line: Promise<void> = Promise.resolve();
  #left: (() => void) | undefined;

  constructor(threads: number, openEngine: OpenEngine) {
    this.#threads = threads;
    this.#openEngine = openEngine;
  }

  /** Prepares a picture when it is its turn, runs it when there is room. */
  async run<T>(prepare: () => Promise<PreparedRun<T>>): Promise<T> {
    const before = this.#line;
    let enter = (): void => {};
    this.#line = new Promise((resolve) => {
      enter = resolve;
    });
    await before;
    let picture: PreparedRun<T>;
    try {
      picture = await prepare();
      while (this.#isFull) await this.#someoneLeaves();
      this.#pixels += picture.pixels;
      this.#pictures++;
    } finally {
      enter();
    }
    try {
      return await picture.run(this.#openEngine);
    } finally {
      this.#pixels -= picture.pixels;
      this.#pictures--;
      this.#left?.();
    }
  }

  get #isFull(): boolean {
    return this.#pixels >= this.#threads * WINDOW ** 2 || this.#pictures >= this.#threads * PICTURES_A_THREAD;
  }

  /** Only the first in the line waits here. */
  #someoneLeaves(): Promise<void> {
    return new Promise((resolve) => {
      this.#left = resolve;
    });
  }
}
