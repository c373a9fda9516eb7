/** One picture on its way to the screen: its bytes, and the frames that are decoded from them when it is its turn. */

import { DdpmError } from '../base/errors.ts';
import type { BrowserFrame } from '../browser/browser-codec.ts';
import type { Size } from '../codec/grid/geometry.ts';
import { fitInside } from '../image/fit-inside.ts';
import type { DecodeQueue, QueueClient, Rank } from './decode-queue.ts';
import { FileChangedError, PrefixDownload } from './prefix-download.ts';
import { StreamWatch } from './stream-watch.ts';

/** Number of bytes of the first request: header, index and the layers of the coarse levels of most files. */
const FIRST_BYTES = 4096;

/** A picture is decoded anew if it is to be larger by more than this factor. */
const WORTH_ANEW = 1.05;

/** Most bytes that are kept of a file: what a server sends without end must not fill the memory. */
const MOST_BYTES = 2 ** 28;

/** How often a file may change while it is read. */
const MOST_CHANGES = 3;

/** Box of whole pixels for a picture. */
export interface PictureBox {
  readonly maxWidth: number;
  readonly maxHeight: number;
}

/** Decodes pictures and placeholders, elsewhere than in the page's thread. */
export interface PictureDecoder {
  /** Frames of a stream, one after each layer and from time to time within a tail; computes only while one is asked for. */
  frames(source: AsyncIterable<Uint8Array>, box: PictureBox): AsyncGenerator<BrowserFrame, void, void>;
  /** The picture of a placeholder. */
  placeholder(bytes: Uint8Array): Promise<ImageData>;
}

/** Who shows the picture. */
export interface LoadListener {
  /** The size of the coded picture is known. */
  onSize(size: Size): void;
  /** The box that the picture is to fit into, in pixels of the screen; undefined while it has no place. */
  boxFor(size: Size): PictureBox | undefined;
  onPlaceholder(picture: ImageData): void;
  /** A better picture than those before. */
  onFrame(frame: BrowserFrame): void;
  /** The picture is as good as its size or its limit asks for. */
  onLoad(): void;
  onError(error: Error): void;
}

/** What is to be loaded. */
export interface LoadTask {
  /** Absolute. */
  readonly url: string;
  /** Most bytes to fetch; Infinity if there is no limit. */
  readonly maxBytes: number;
  /** Bytes of a placeholder; undefined if there is none. */
  readonly placeholder: Uint8Array | undefined;
}

/** One pass over the stream, for pictures of one size. */
interface Pass {
  readonly size: Size;
  /** Number of bytes that it may use. */
  readonly limit: number;
  readonly frames: AsyncGenerator<BrowserFrame, void, void>;
  readonly ended: AbortController;
  /** Number of layers of the levels before the finest one that it needs. */
  readonly coarse: number;
  /** Number of layers and parts of a tail of its newest frame, and number of its frames. */
  parts: number;
  count: number;
}

/** Loads one picture. Nothing is fetched or decoded before it is started. */
export class PictureLoad implements QueueClient {
  readonly #task: LoadTask;
  readonly #decoder: PictureDecoder;
  readonly #queue: DecodeQueue;
  readonly #listener: LoadListener;
  #download: PrefixDownload;
  #watch = new StreamWatch();
  #changes = 0;
  #maxBytes: number;
  #active = false;
  #isVisible = false;
  #placeholder: Uint8Array | undefined;
  /** Number of bytes of the placeholder that is shown. */
  #placeholderBytes = 0;
  #pass: Pass | undefined;
  /** Size of the pictures of the pass that has come to its end. */
  #done: Size | undefined;
  #failed = false;
  /** Number of bytes of the picture that is shown. */
  #shown = 0;
  #wake: () => void = () => {};

  constructor(task: LoadTask, decoder: PictureDecoder, queue: DecodeQueue, listener: LoadListener) {
    this.#task = task;
    this.#decoder = decoder;
    this.#queue = queue;
    this.#listener = listener;
    this.#placeholder = task.placeholder;
    this.#maxBytes = task.maxBytes;
    this.#download = this.#newDownload();
  }

  /** Begins, or goes on where it was stopped. */
  start(): void {
    if (this.#active || this.#failed) return;
    this.#active = true;
    this.#queue.add(this);
    this.#download.want(this.#wanted());
    this.#changed();
  }

  /** Ends download and decoding. What is here stays. */
  stop(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#queue.remove(this);
    this.#download.stop();
    this.#endPass();
  }

  /** Says whether the picture is on the screen. */
  set isVisible(isVisible: boolean) {
    this.#isVisible = isVisible;
    this.#queue.poke();
  }

  /** Says that the picture's box may be another one. */
  boxChanged(): void {
    const { size } = this.#watch;
    const target = size && this.#target(size);
    const made = this.#pass?.size ?? this.#done;
    if (target && !(made && target.width <= made.width * WORTH_ANEW)) this.#decodeAnew();
  }

  /** Sets another limit: goes on from the bytes that are here, or back to a picture of fewer. */
  set maxBytes(bytes: number) {
    this.#maxBytes = bytes;
    if (this.#shown > bytes) this.#shown = 0;
    this.#decodeAnew();
  }

  #decodeAnew(): void {
    this.#endPass();
    this.#done = undefined;
    if (!this.#active) return;
    this.#download.want(this.#wanted());
    this.#changed();
  }

  rank(): Rank | undefined {
    if (!this.#active) return undefined;
    const isVisible = this.#isVisible;
    if (this.#placeholder && !this.#isReady) return { isVisible, frames: -1 };
    if (!this.#isReady) return undefined;
    const { coarse = 0, count = 0 } = this.#pass ?? {};
    // The layers of the finest level take most of the time, and their states most of the memory: they are decoded picture by picture.
    const frames = Math.min(count, coarse);
    return { isVisible, frames: this.#shown > 0 ? Math.max(frames, 1) : frames };
  }

  async step(): Promise<void> {
    const placeholder = this.#isReady ? undefined : this.#placeholder;
    this.#placeholder = undefined;
    if (placeholder) return this.#showPlaceholder(placeholder);
    this.#pass ??= this.#newPass();
    const pass = this.#pass;
    if (!pass) return;
    try {
      // The first turn ends with a frame that is better than the placeholder.
      do {
        const { done, value } = await pass.frames.next();
        if (this.#pass !== pass) return;
        if (done) return this.#finish(pass);
        this.#show(pass, value);
      } while (this.#shown === 0 && this.#isReady);
    } catch (error) {
      if (this.#pass === pass) this.#fail(error as Error);
    }
  }

  /** Whether the bytes for another frame are here, and there is a place for it. */
  get #isReady(): boolean {
    const { size } = this.#watch;
    if (this.#done || !size || this.#limit === undefined || !this.#target(size)) return false;
    return this.#watch.layers + this.#watch.tailParts() > (this.#pass?.parts ?? 0) || this.#isSettled;
  }

  /** Whether no more bytes will come, or be of use. */
  get #isSettled(): boolean {
    return this.#download.isSettled || this.#watch.isEnded;
  }

  /** Number of bytes that the picture takes; undefined while it is not known. */
  get #limit(): number | undefined {
    const { size } = this.#watch;
    // Where the picture has no place yet, it has one pixel: then the shortest prefix is enough.
    const box = size && (this.#listener.boxFor(size) ?? { maxWidth: 1, maxHeight: 1 });
    const needed = box && this.#watch.bytesFor(box);
    return needed && Math.min(needed, this.#maxBytes, MOST_BYTES);
  }

  /** Number of bytes to fetch, as far as is known. */
  #wanted(): number {
    if (this.#watch.isEnded) return this.#download.length;
    const more = this.#download.length < FIRST_BYTES ? FIRST_BYTES : 2 * this.#download.length;
    return this.#limit ?? Math.min(more, this.#maxBytes);
  }

  /** Size of the picture in its box; undefined if it has no place. */
  #target(size: Size): Size | undefined {
    const box = this.#listener.boxFor(size);
    return box && fitInside(size, box);
  }

  #newDownload(): PrefixDownload {
    const download: PrefixDownload = new PrefixDownload(this.#task.url, {
      onBytes: (chunk) => this.#take(chunk),
      onSettled: () => this.#settled(),
      onError: (error) => (error instanceof FileChangedError ? this.#beginAnew(error) : this.#fail(error)),
    });
    return download;
  }

  #take(chunk: Uint8Array): void {
    const isNew = this.#watch.size === undefined;
    this.#watch.push(chunk);
    const { size, isEnded } = this.#watch;
    if (isNew && size) this.#listener.onSize(size);
    if (this.#active) this.#download.want(this.#wanted());
    if (isEnded && !this.#download.isSettled) this.#download.stop();
    this.#changed();
  }

  #settled(): void {
    if (this.#limit !== undefined) this.#changed();
    else this.#fail(new DdpmError('ERR_DDPM_CORRUPT', `header incomplete in ${this.#download.length} bytes`));
  }

  /** The file has become another one: what is here of the old one is of no use. */
  #beginAnew(error: Error): void {
    this.#changes++;
    if (this.#changes > MOST_CHANGES) {
      this.#fail(error);
      return;
    }
    this.#shown = 0;
    this.#watch = new StreamWatch();
    this.#download = this.#newDownload();
    this.#decodeAnew();
  }

  #newPass(): Pass | undefined {
    const { size } = this.#watch;
    const box = size && this.#listener.boxFor(size);
    const limit = this.#limit;
    if (!box || limit === undefined) return undefined;
    const ended = new AbortController();
    const frames = this.#decoder.frames(this.#source(limit, ended.signal), box);
    const coarse = this.#watch.coarseLayers(box);
    return { size: fitInside(size, box), limit, frames, ended, coarse, parts: 0, count: 0 };
  }

  /** The bytes as they come, up to a limit or until a pass is ended. */
  async *#source(limit: number, ended: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    for (let at = 0; !ended.aborted; ) {
      const end = Math.min(this.#download.length, limit);
      if (at < end) {
        yield this.#download.slice(at, end);
        at = end;
      } else if (at >= limit || this.#isSettled) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Bytes, box or visibility may be others. */
  #changed(): void {
    this.#wake();
    this.#queue.poke();
  }

  #endPass(): void {
    const pass = this.#pass;
    this.#pass = undefined;
    pass?.ended.abort();
    this.#wake();
    pass?.frames.return().catch(() => {}); // of a picture that is no longer wanted
  }

  async #showPlaceholder(bytes: Uint8Array): Promise<void> {
    try {
      const picture = await this.#decoder.placeholder(bytes);
      if (this.#shown > 0) return;
      this.#placeholderBytes = bytes.length;
      this.#listener.onPlaceholder(picture);
    } catch {
      // A picture without its placeholder; if the decoder does not work at all, the first frame tells.
    }
  }

  #show(pass: Pass, frame: BrowserFrame): void {
    const { layer, bytes } = frame.info;
    pass.parts = layer + this.#watch.tailParts(bytes);
    pass.count++;
    // A pass for a larger picture begins with frames that are worse than what is shown, and so does one after a placeholder.
    if (bytes < this.#shown || bytes - this.#watch.startBytes < this.#placeholderBytes) return;
    this.#shown = bytes;
    this.#listener.onFrame(frame);
  }

  #finish(pass: Pass): void {
    this.#pass = undefined;
    const limit = this.#limit ?? 0;
    if (limit > pass.limit) {
      // The index was wrong: the layers take more bytes than it says.
      this.#download.want(limit);
      this.#changed();
      return;
    }
    this.#done = pass.size;
    if (!this.#download.isSettled) this.#download.stop();
    this.#listener.onLoad();
  }

  /** An error whose message names the file. */
  #named(error: Error): Error {
    const { url } = this.#task;
    if (!(error instanceof DdpmError) || error.message.startsWith(url)) return error;
    return new DdpmError(error.code, `${url}: ${error.message}`, { cause: error });
  }

  #fail(error: Error): void {
    this.#failed = true;
    this.stop();
    this.#listener.onError(this.#named(error));
  }
}
