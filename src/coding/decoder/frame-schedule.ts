/** When a progressive decoder makes frames: the options `everyBytes` and `everyMs`. */
import { checkNumber } from '../../base/check-options.ts';

/** Options of `decodeProgressive` about when there is a frame. Without any of them there is one after each layer. */
export interface FrameOptions {
  /**
   * A frame of the newest state whenever so many bytes have come since the last one, within layers too; what has come
   * in the meantime is not shown by itself.
   */
  readonly everyBytes?: number;
  /** A frame of the newest state at most every so many milliseconds, within layers too, if bytes have come. */
  readonly everyMs?: number;
}

/** Names of {@link FrameOptions}, for the check of unknown keys. */
export const FRAME_KEYS: readonly string[] = ['everyBytes', 'everyMs'];

/**
 * Without options, frames of further rows of a tail come at most so often, in milliseconds, and making them takes at most such a share of
 * the time: a fast source must not wait for pictures.
 */
const ROWS_MS = 250;
const ROWS_SHARE = 0.05;

/** Decides when a frame is due. */
export class FrameSchedule {
  readonly #everyBytes: number | undefined;
  readonly #everyMs: number | undefined;
  #bytes = 0;
  #time = Number.NEGATIVE_INFINITY;
  /** Time that making the last frame took, in milliseconds, and when its consumer was done with it. */
  #cost = 0;
  #resumed = Number.NEGATIVE_INFINITY;

  /** @throws RangeError for a wrong option */
  constructor({ everyBytes, everyMs }: FrameOptions) {
    this.#everyBytes = checkNumber('everyBytes', everyBytes, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
    this.#everyMs = checkNumber('everyMs', everyMs, { min: 0, max: 2 ** 31 - 1 });
  }

  /** True if there is a frame after each layer and no other. */
  get afterLayers(): boolean {
    return this.#everyBytes === undefined && this.#everyMs === undefined;
  }

  /** True if a frame of a state that takes `bytes` bytes of the stream is due. */
  isDue(bytes: number): boolean {
    if (bytes <= this.#bytes) return false;
    return bytes - this.#bytes >= (this.#everyBytes ?? Number.POSITIVE_INFINITY) || this.isTime();
  }

  /** True if so much time has passed that a frame is due. */
  isTime(): boolean {
    return this.waitMs === 0;
  }

  /** Time in milliseconds until a frame is due for bytes that are there; undefined if that depends on bytes only. */
  get waitMs(): number | undefined {
    return this.#everyMs === undefined ? undefined : Math.max(0, this.#time + this.#everyMs - performance.now());
  }

  /**
   * True if so much time has passed that a frame of further rows of a tail is due. It does not count while the consumer is busy with
   * the last frame, so that decoding gets on however slow that is.
   */
  isTimeForRows(): boolean {
    return this.rowsWaitMs === 0;
  }

  /** Time in milliseconds until that; undefined if there are no such frames. */
  get rowsWaitMs(): number | undefined {
    const gap = this.afterLayers ? Math.max(ROWS_MS, this.#cost / ROWS_SHARE) : this.#everyMs;
    return gap && Math.max(0, Math.max(this.#time, this.#resumed) + gap - performance.now());
  }

  /** Records that the consumer wants another frame. */
  resumed(): void {
    this.#resumed = performance.now();
  }

  /**
   * Records a frame of a state that takes `bytes` bytes.
   *
   * @param cost - time in milliseconds that making it took
   */
  shown(bytes: number, cost: number): void {
    this.#bytes = bytes;
    this.#time = performance.now();
    this.#cost = cost;
  }

  /** Number of bytes that the last frame took; 0 before the first one. */
  get shownBytes(): number {
    return this.#bytes;
  }
}
