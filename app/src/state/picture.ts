/** A picture of the gallery: its original, its .ddpm file, and the work on it. */
import { batch, type Signal, signal } from '@preact/signals';
import { encode } from 'ddpm-codec/browser';
import type { OpenedPicture } from '../lab/pixel-worker.ts';
import { lab } from '../lab/workers.ts';
import { encodeOptions, learnSpeed, speedKey } from './encode-settings.ts';
import { plainWords, showError, status } from './messages.ts';
import { Stream } from './stream.ts';

/** The original, in memory. */
export type Original = Omit<OpenedPicture, 'thumbnail'>;

/** A run of the encoder. */
export interface Job {
  /** Share of the work done, 0..1. */
  readonly fraction: Signal<number>;
  /** Seconds that are left; null while that is unknown. */
  readonly secondsLeft: Signal<number | null>;
  cancel(): void;
}

let lastKey = 0;

export class Picture {
  readonly key: number = ++lastKey;
  /** Name of the file. */
  readonly name: string;
  /** The picture file; null if only a .ddpm was opened. */
  readonly file: Blob | null;
  /** The original, while it is in memory. */
  readonly original: Signal<Original | null> = signal(null);
  /** A small copy of the original; null until it was read, and without one. */
  readonly thumbnail: Signal<ImageBitmap | null> = signal(null);
  readonly stream: Signal<Stream | null> = signal(null);
  readonly job: Signal<Job | null> = signal(null);

  #longest = Number.POSITIVE_INFINITY;
  #isParked = false;

  constructor(name: string, file: Blob | null) {
    this.name = name;
    this.file = file;
  }

  /** Width and height that are shown; null while nothing is. */
  get size(): { readonly width: number; readonly height: number } | null {
    return this.stream.value?.info ?? this.original.value;
  }

  /**
   * Reads the picture file.
   *
   * @param longest - of its sides; default: as before, at first unlimited
   * @throws DOMException if it is none
   */
  async open(longest: number = this.#longest): Promise<void> {
    if (!this.file) return;
    this.#longest = longest;
    this.#isParked = false;
    const { thumbnail, ...opened } = await lab().open(this.key, this.file, longest);
    const before = { original: this.original.peek(), thumbnail: this.thumbnail.peek() };
    batch(() => {
      this.thumbnail.value = thumbnail;
      this.original.value = this.#isParked ? null : opened;
    });
    before.original?.bitmap.close();
    before.thumbnail?.close();
    if (!this.#isParked) return;
    opened.bitmap.close();
    await lab().forget(this.key);
  }

  /** Gives the memory of its pixels back, unless it is at work; `unpark` reads them again. */
  park(): void {
    if (this.job.peek()) return;
    this.stream.peek()?.release();
    this.#closeOriginal();
  }

  /** Makes it ready for the screen. @throws as `open` */
  async unpark(): Promise<void> {
    if (this.#isParked) await this.open();
    if (!this.#isParked) this.stream.peek()?.start();
  }

  #closeOriginal(): void {
    this.#isParked = this.file !== null;
    const { value } = this.original;
    this.original.value = null;
    value?.bitmap.close();
    void lab().forget(this.key);
  }

  /**
   * Sets the .ddpm file.
   *
   * @throws DdpmError as the constructor of `Stream`; then the file before stays
   */
  setStream(bytes: Uint8Array<ArrayBuffer>): void {
    const stream = new Stream(bytes, this.key, (error) => showError(plainWords(error, this.name), error));
    this.stream.value?.dispose();
    this.stream.value = stream;
    stream.start();
  }

  /** Compresses the picture as the form says. @param longest - of its sides, to which it is scaled down */
  async compress(longest: number): Promise<void> {
    if (this.job.value || !this.file) return;
    const options = encodeOptions.value;
    const key = speedKey();
    const abort = new AbortController();
    const job: Job = { fraction: signal(0), secondsLeft: signal(null), cancel: () => abort.abort() };
    this.job.value = job;
    status.value = `Compressing ${this.name}`;
    try {
      const pixels = await this.#pixels(longest);
      const started = performance.now();
      const onProgress = ({ fraction }: { fraction: number }): void => {
        batch(() => {
          job.fraction.value = fraction;
          const passed = (performance.now() - started) / 1000;
          // The first layers are too small to tell.
          if (fraction > 0.05) job.secondsLeft.value = (passed * (1 - fraction)) / fraction;
        });
      };
      const { data } = await encode(pixels, { ...options, signal: abort.signal, onProgress });
      learnSpeed(key, pixels.width * pixels.height, (performance.now() - started) / 1000);
      this.setStream(data as Uint8Array<ArrayBuffer>);
      status.value = `${this.name} is compressed`;
    } catch (error) {
      if (abort.signal.aborted) status.value = 'Cancelled. Nothing was changed.';
      else showError(plainWords(error, this.name), error);
    } finally {
      this.job.value = null;
    }
  }

  /** The pixels to compress, of at most that size; they become the original. */
  async #pixels(longest: number): Promise<ImageData> {
    const { original } = this;
    const aim = Math.min(longest, Math.max(original.value?.fullWidth ?? 0, original.value?.fullHeight ?? 0));
    const now = Math.max(original.value?.width ?? 0, original.value?.height ?? 0);
    if (aim !== now) await this.open(longest);
    return lab().pixels(this.key);
  }

  /** Gives back all that it holds. */
  dispose(): void {
    this.job.value?.cancel();
    this.stream.value?.dispose();
    this.#closeOriginal();
    this.thumbnail.value?.close();
  }
}
