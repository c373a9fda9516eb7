/** A picture of the gallery: its original, its .ddpm file, and the work on it. */
import { batch, type Signal, signal } from '@preact/signals';
import { encode } from 'ddpm-codec/browser';
import type { OpenedPicture } from '../lab/pixel-worker.ts';
import { lab } from '../lab/workers.ts';
import { encodeOptions, learnSpeed } from './encode-settings.ts';
import { plainWords, showError, status } from './messages.ts';
import { Stream } from './stream.ts';

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
  readonly original: Signal<OpenedPicture | null> = signal(null);
  readonly stream: Signal<Stream | null> = signal(null);
  readonly job: Signal<Job | null> = signal(null);

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
   * @param longest - of its sides
   * @throws DOMException if it is none
   */
  async open(longest: number = Number.POSITIVE_INFINITY): Promise<void> {
    if (!this.file) return;
    const opened = await lab().open(this.key, this.file, longest);
    const before = this.original.value;
    this.original.value = opened;
    before?.bitmap.close();
  }

  /**
   * Sets the .ddpm file.
   *
   * @throws DdpmError if it is damaged from the start
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
      learnSpeed(pixels.width * pixels.height, (performance.now() - started) / 1000);
      this.setStream(data as Uint8Array<ArrayBuffer>);
      status.value = `${this.name} is compressed`;
    } catch (error) {
      if (abort.signal.aborted) status.value = 'Cancelled. Nothing was changed.';
      else showError(plainWords(error, this.name), error);
    } finally {
      this.job.value = null;
    }
  }

  /** The pixels to compress, of at most that size. A file of other pixels goes, as it can no longer be compared. */
  async #pixels(longest: number): Promise<ImageData> {
    const { original } = this;
    const aim = Math.min(longest, Math.max(original.value?.fullWidth ?? 0, original.value?.fullHeight ?? 0));
    const now = Math.max(original.value?.width ?? 0, original.value?.height ?? 0);
    if (aim !== now) {
      await this.open(longest);
      this.stream.value?.dispose();
      this.stream.value = null;
    }
    return lab().pixels(this.key);
  }

  /** Gives back all that it holds. */
  dispose(): void {
    this.job.value?.cancel();
    this.stream.value?.dispose();
    this.original.value?.bitmap.close();
    void lab().forget(this.key);
  }
}
