/**
 * Limits how many pictures a codec works on at a time: enough to keep all threads busy, few enough for their memory.
 */
import { LARGEST_SEEN } from '../../codec/grid/geometry.ts';
import type { OpenEngine } from '../../coding/engine.ts';
import type { PreparedRun } from '../../coding/prepared-run.ts';

/** Most pictures at work for each thread: two full batches of small ones. */
const PICTURES_A_THREAD = 16;

/**
 * Starts pictures one after the other, in the order of the calls, as long as the pictures at work have fewer pixels in
 * all than one of the largest windows for each thread. So a large picture has all threads to itself, photographs of 768x512 run one for
 * each thread, and small pictures many at a time.
 */
export class Admission {
  readonly #openEngine: OpenEngine;
  readonly #threads: number;
  #pixels = 0;
  #pictures = 0;
  /** Resolves when the last picture in the line has started, or could not be prepared. */
  #lastStarted: Promise<void> = Promise.resolve();
  /** Tells the picture that waits for room that another has finished. */
  #onFinished: (() => void) | undefined;

  constructor(threads: number, openEngine: OpenEngine) {
    this.#threads = threads;
    this.#openEngine = openEngine;
  }

  /** Prepares a picture once all earlier ones have started, and runs it once there is room. */
  async run<T>(prepare: () => Promise<PreparedRun<T>>): Promise<T> {
    const previousStarted = this.#lastStarted;
    let markStarted = (): void => {};
    this.#lastStarted = new Promise((resolve) => {
      markStarted = resolve;
    });
    await previousStarted;
    let picture: PreparedRun<T>;
    try {
      picture = await prepare();
      while (this.#isFull) await this.#pictureFinished();
      this.#pixels += picture.pixels;
      this.#pictures++;
    } finally {
      markStarted();
    }
    try {
      return await picture.run(this.#openEngine);
    } finally {
      this.#pixels -= picture.pixels;
      this.#pictures--;
      this.#onFinished?.();
    }
  }

  get #isFull(): boolean {
    return this.#pixels >= this.#threads * LARGEST_SEEN ** 2 || this.#pictures >= this.#threads * PICTURES_A_THREAD;
  }

  /** Resolves when a picture finishes. Only one picture waits here: the next to start. */
  #pictureFinished(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFinished = resolve;
    });
  }
}
