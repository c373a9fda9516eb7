/** Decodes a stream while its bytes arrive. Independent of the platform, which src/node and src/browser provide. */
import { anySignal } from '../../base/any-signal.ts';
import { checkKeys } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { type PartialLayer, StreamParser, type StreamStart } from '../../codec/format/stream-parser.ts';
import { isWhole } from '../../codec/tail/tail-section.ts';
import type { Channels, Metadata } from '../../image/raw-image.ts';
import type { OpenEngine } from '../engine.ts';
import { type DecodedExtras, readPictureChunks } from '../picture-chunks.ts';
import type { Platform } from '../platform.ts';
import { checkRunOptions, RUN_OPTION_KEYS, type RunOptions } from '../run-options.ts';
import { type PartialLayerInfo, partialInfo } from '../stream-info.ts';
import { type ByteSource, untilAborted } from './arriving-bytes.ts';
import { checkDecodeLimits, checkMemory, DECODE_LIMIT_KEYS, limitedSignal } from './decode-limits.ts';
import type { DecodeLimits, SizeOptions } from './decode-options.ts';
import { checkWhole, type FailOn, failOnOf } from './fail-on.ts';
import { FRAME_KEYS, type FrameOptions, FrameSchedule } from './frame-schedule.ts';
import { ReadAhead } from './read-ahead.ts';
import {
  RECONSTRUCTION_KEYS,
  type Reconstruction,
  type ReconstructionOptions,
  reconstructionOf,
} from './reconstruction.ts';
import {
  BOX_KEYS,
  checkBox,
  neededLayers,
  needsLess,
  type ReducedSize,
  reducedSize,
  usesTail,
} from './reduced-size.ts';
import { stoppable } from './stoppable-frames.ts';
import { DAMAGED_TAIL, type DecodedPicture, StreamDecoder, unportableBackend } from './stream-decoder.ts';

/** A picture decoded from the bytes so far. */
export interface Frame {
  /** Interleaved pixels of width x height x channels. */
  readonly data: Uint8Array;
  /** ICC profile, Exif and XMP; the same in every frame. */
  readonly metadata: Metadata;
  readonly info: {
    /** Of the picture, which is smaller than the coded one if `maxWidth` or `maxHeight` ask for it. */
    readonly width: number;
    readonly height: number;
    readonly channels: Channels;
    /** Number of complete layers in the picture, 0 or more. */
    readonly layer: number;
    readonly layersTotal: number;
    /** The part of the next layer that is in the picture, too; null if there is none. */
    readonly partialLayer: PartialLayerInfo | null;
    /** Length in bytes of the shortest prefix that holds what is in the picture. */
    readonly bytes: number;
    /**
     * True if the pixels equal those that were encoded, byte for byte: the frame after the tail of a lossless stream.
     */
    readonly lossless: boolean;
    /**
     * Number of rows at the top, of the picture in its full size, that equal those that were encoded, as far as nothing is damaged: they
     * come from the tail of a lossless stream, one after the other. 0 before it.
     */
    readonly exactRows: number;
    /** True for the last frame of a stream that has all that the picture needs. */
    readonly complete: boolean;
  };
}

/** Options of `decodeProgressive`. */
export interface ProgressiveOptions extends RunOptions, DecodeLimits, SizeOptions, FrameOptions, ReconstructionOptions {
  /**
   * When to throw, after the frames of what is intact. `none`: only if the header is damaged; other damage ends the
   * frames. `error` (default): for damage. `truncated`: also if the stream ends early, or other bytes follow its end.
   */
  readonly failOn?: FailOn;
}

const KEYS = [...RUN_OPTION_KEYS, ...DECODE_LIMIT_KEYS, ...BOX_KEYS, ...FRAME_KEYS, ...RECONSTRUCTION_KEYS, 'failOn'];

/** Platform and engine of a progressive decoder. */
export interface DecoderEnvironment {
  readonly platform: Platform;
  readonly openEngine: OpenEngine;
}

/** A decoder whose engine is open, with alpha and metadata of the stream. */
interface OpenDecoder {
  readonly decoder: StreamDecoder;
  readonly extras: DecodedExtras;
}

/** What a frame shows besides complete layers. */
interface Shown {
  readonly partial?: PartialLayer | null;
  /** Offset after the tail, for the exact picture. */
  readonly exactEnd?: number;
  /** When its making began, in milliseconds. */
  readonly since: number;
}

/** What the frames of a stream need. */
interface FramePlan {
  readonly start: StreamStart;
  readonly size: ReducedSize;
  /** Number of layers. */
  readonly needed: number;
  /** True if the tail is needed, too. */
  readonly tail: boolean;
}

function planOf(start: StreamStart, options: SizeOptions): FramePlan {
  const { header, steps } = start;
  const size = reducedSize(header, options);
  const needed = neededLayers(steps, size);
  return { start, size, needed, tail: usesTail(header, size) };
}

/** Whether a promise is pending for longer than some milliseconds; waits no longer than that. */
async function isLate(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), ms);
  });
  try {
    return await Promise.race([promise.then(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Decodes layers as they become available. */
class ProgressiveDecoder {
  readonly #options: ProgressiveOptions;
  readonly #environment: DecoderEnvironment;
  readonly #parser: StreamParser;
  readonly #schedule: FrameSchedule;
  readonly #reconstruction: Reconstruction;
  readonly #failOn: FailOn;
  #plan: FramePlan | undefined;
  #opened: OpenDecoder | undefined;
  /** True once the tail is decoded, and once its picture is shown. */
  #tailDone = false;
  #exact = false;
  /** True if the last frame has exact rows. */
  #showsRows = false;

  constructor(options: ProgressiveOptions, environment: DecoderEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.#parser = new StreamParser(undefined, options.limitInputPixels);
    this.#schedule = new FrameSchedule(options);
    this.#reconstruction = reconstructionOf(options);
    this.#failOn = failOnOf(options);
  }

  /** The frames of a source, as the options say. */
  async *frames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void, void> {
    if (this.#schedule.afterLayers) {
      yield* this.#framesAfterLayers(source);
    } else {
      const ahead = new ReadAhead(source, (chunk) => this.#push(chunk));
      let wait: number | undefined;
      while (await ahead.more(wait)) {
        yield* this.#newestFrames(false);
        // Bytes that came too soon after a frame wait for their time.
        const { waitMs } = this.#schedule;
        wait = this.#usableBytes > this.#schedule.shownBytes ? waitMs : undefined;
        if (this.#isDone) break;
      }
    }
    yield* this.#newestFrames(true);
    this.#end();
  }

  /** A frame after each layer, and of further rows of the tail when it is time for one, though no bytes come. */
  async *#framesAfterLayers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void, void> {
    const chunks = source[Symbol.asyncIterator]();
    let next: Promise<IteratorResult<Uint8Array>> | undefined;
    try {
      while (!this.#isDone) {
        next ??= chunks.next();
        const wait = this.#newRowBytes > 0 ? this.#schedule.rowsWaitMs : undefined;
        if (wait !== undefined && (await isLate(next, wait))) {
          if (this.#plan) yield* this.#rowsFrame(this.#plan);
          continue;
        }
        const { done, value } = await next;
        next = undefined;
        if (done) return;
        this.#push(value);
        yield* this.#layerFrames();
      }
    } finally {
      // A source that is still waited for ends when its reading does, which its reader sees to.
      next?.catch(() => {});
      if (!next) await chunks.return?.();
    }
  }

  /** Number of bytes by which the exact rows exceed those of the last frame. */
  get #newRowBytes(): number {
    return (this.#opened?.decoder.exactBytes ?? 0) - this.#schedule.shownBytes;
  }

  /** Appends bytes. */
  #push(chunk: Uint8Array): void {
    this.#options.signal?.throwIfAborted();
    this.#parser.push(chunk);
    const { start } = this.#parser;
    if (start) this.#plan ??= planOf(start, this.#options);
    // Also checked while the size of the picture is unknown: chunks that claim 2 GB are collected only up to the limit.
    const header = start?.header ?? { width: 1, height: 1 };
    checkMemory(header, this.#parser.length, this.#options, this.#plan?.size.level);
  }

  /** Number of layers that are there, of those that are needed. */
  get #available(): number {
    return Math.min(this.#parser.layers.length, this.#plan?.needed ?? 0);
  }

  /** The part of the next needed layer that is there. */
  get #partial(): PartialLayer | null {
    return this.#available < (this.#plan?.needed ?? 0) ? this.#parser.partial : null;
  }

  /**
   * Ends the stream.
   *
   * @throws DdpmError `ERR_DDPM_CORRUPT` if header or chunks are incomplete, and what `failOn` asks for
   */
  #end(): void {
    const stream = this.#parser.parsed();
    if (this.#isWhole && this.#plan?.size.isReduced) return;
    checkWhole(this.#options, stream, { ...stream, short: true });
  }

  /** A frame for each layer that has become complete, and for the tail and its rows. */
  async *#layerFrames(): AsyncGenerator<Frame, void, void> {
    const plan = this.#plan;
    if (!plan) return;
    const { decoder } = await this.#open(plan);
    for await (const _ of decoder.advance(this.#available)) yield await this.#frame(plan);
    yield* this.#tailFrames(plan, false);
  }

  /**
   * A frame of the newest state if it is due, and of states before it if the time for a frame comes while it is being
   * decoded.
   *
   * @param atEnd - true: the last frame, which is due if there is anything new
   */
  async *#newestFrames(atEnd: boolean): AsyncGenerator<Frame, void, void> {
    const plan = this.#plan;
    if (!plan) return;
    const { decoder } = await this.#open(plan);
    // More may come whenever this waits.
    while (decoder.layers < this.#available) {
      for await (const _ of decoder.advance(decoder.layers + 1));
      const isNewest = decoder.layers === this.#available;
      if (!isNewest && this.#schedule.isTime()) yield await this.#frame(plan);
    }
    yield* this.#tailFrames(plan, atEnd);
    const partial = this.#partial;
    const bytes = this.#usableBytes;
    const isNew = bytes > this.#schedule.shownBytes && (decoder.layers > 0 || partial !== null);
    if (isNew && !this.#exact && (atEnd || this.#isWhole || this.#schedule.isDue(bytes))) {
      yield await this.#frame(plan, partial);
    }
  }

  /** True if all layers that are needed are there, and the tail is not. */
  get #isWhole(): boolean {
    return this.#plan !== undefined && this.#available === this.#plan.needed && !this.#plan.tail;
  }

  /** True if no more bytes are of use: after damage, or where a reduced picture does not need the other layers. */
  get #isDone(): boolean {
    const plan = this.#plan;
    if (!plan) return false;
    return (needsLess(plan.start, plan.size) && this.#isWhole) || this.#parser.parsed().status === 'corrupt';
  }

  /** Number of bytes whose layers, and part of a layer or exact rows, are there. */
  get #usableBytes(): number {
    const { exactBytes = 0 } = this.#opened?.decoder ?? {};
    if (exactBytes > 0) return exactBytes;
    const endBit = this.#partial?.endBit ?? this.#parser.layers[this.#available - 1]?.endBit ?? 0;
    return Math.ceil(endBit / 8);
  }

  /**
   * Decodes the tail as far as it is there, after the last layer: a frame of further rows from time to time, and one of the exact
   * picture.
   *
   * @param isLast - true: no more of the tail will come
   */
  async *#tailFrames(plan: FramePlan, isLast: boolean): AsyncGenerator<Frame, void, void> {
    const tail = this.#parser.tail ?? this.#parser.partialTail;
    const decoder = this.#opened?.decoder;
    if (!tail || !plan.tail || this.#tailDone || unportableBackend(this.#options)) return;
    if (decoder?.layers !== plan.start.steps.length) return;
    for await (const _ of decoder.advanceTail(tail, isLast)) yield* this.#rowsFrame(plan);
    if (!isWhole(tail)) return yield* this.#rowsFrame(plan);
    this.#tailDone = true;
    const since = performance.now();
    const picture = decoder.exact(tail);
    if (picture) {
      this.#exact = true;
      yield this.#frameOf(plan, picture, { exactEnd: tail.end, since });
    } else if (this.#failOn !== 'none') throw new DdpmError('ERR_DDPM_CORRUPT', DAMAGED_TAIL);
    else if (this.#showsRows) yield await this.#frame(plan);
  }

  /** A frame of the exact rows, if there are further ones and it is time for it. */
  async *#rowsFrame(plan: FramePlan): AsyncGenerator<Frame, void, void> {
    if (this.#newRowBytes <= 0 || !this.#schedule.isTimeForRows()) return;
    yield await this.#frame(plan);
    this.#schedule.resumed();
  }

  async #open({ start, size, needed, tail }: FramePlan): Promise<OpenDecoder> {
    if (this.#opened) return this.#opened;
    const extras = await readPictureChunks(start.chunks, size, this.#environment.platform);
    const expected = { layers: needed, tail };
    const task = { start, layers: this.#parser.layers, expected, size, alpha: extras.alpha, options: this.#options };
    this.#opened = { decoder: await StreamDecoder.open(task, this.#environment.openEngine), extras };
    return this.#opened;
  }

  /** A frame of the layers that are decoded, and of a part of the next one. */
  async #frame(plan: FramePlan, partial: PartialLayer | null = null): Promise<Frame> {
    const since = performance.now();
    const { decoder } = await this.#open(plan);
    const { mode, seed } = this.#reconstruction;
    const picture = mode === 'sample' ? await decoder.sample(seed, partial) : await decoder.picture(partial);
    return this.#frameOf(plan, picture, { partial, since });
  }

  #frameOf(plan: FramePlan, picture: DecodedPicture, { partial, exactEnd, since }: Shown): Frame {
    const { start, size, tail, needed } = plan;
    const { width, height } = size;
    const { layers: layer = 0, exactRows = 0, exactBytes = 0 } = this.#opened?.decoder ?? {};
    const layersTotal = start.steps.length;
    const lossless = exactEnd !== undefined && !size.isReduced;
    const endBit = partial?.endBit ?? this.#parser.layers[layer - 1]?.endBit ?? 0;
    const bytes = exactEnd ?? (exactBytes || Math.ceil(endBit / 8));
    const complete = exactEnd !== undefined || (layer === needed && !tail);
    const partialLayer = partialInfo(partial ?? null, layer);
    const { data, channels } = picture;
    this.#showsRows = exactRows > 0;
    this.#schedule.shown(bytes, performance.now() - since);
    const progress = { layer, layersTotal, partialLayer, bytes, lossless, exactRows, complete };
    const info = { width, height, channels, ...progress };
    return { data, metadata: this.#opened?.extras.metadata ?? {}, info };
  }
}

/**
 * Checks the options of `decodeProgressive`.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export function checkProgressiveOptions(options: ProgressiveOptions): void {
  checkKeys(options, KEYS);
  checkRunOptions(options);
  checkDecodeLimits(options);
  checkBox(options);
  failOnOf(options);
  reconstructionOf(options);
  new FrameSchedule(options);
}

/**
 * Implementation of `decodeProgressive`. The generator's method `return` stops it also while a frame is being made or bytes
 * are awaited: before the next window or tile.
 *
 * @param present - makes of a frame what is yielded; default: the frame
 * @throws as `decodeProgressive`
 */
export function decodeArriving<F extends Frame = Frame>(
  source: ByteSource,
  options: ProgressiveOptions,
  environment: DecoderEnvironment,
  present: (frame: Frame) => F = (frame) => frame as F,
): AsyncGenerator<F, void, void> {
  return stoppable((stopped) => framesOf(source, options, environment, present, stopped));
}

/** @param stopped - aborts when the consumer wants no more */
async function* framesOf<F extends Frame>(
  source: ByteSource,
  options: ProgressiveOptions,
  environment: DecoderEnvironment,
  present: (frame: Frame) => F,
  stopped: AbortSignal,
): AsyncGenerator<F, void, void> {
  checkProgressiveOptions(options);
  /** Aborts with the last frame, and ends the reading of the source. */
  const ended = new AbortController();
  const signal = anySignal(limitedSignal(options.signal, options.timeout), stopped, ended.signal);
  const decoder = new ProgressiveDecoder({ ...options, signal }, environment);
  try {
    for await (const frame of decoder.frames(untilAborted(source, signal))) yield present(frame);
  } finally {
    ended.abort();
  }
}
