/** Decodes a stream while its bytes arrive. Independent of the platform, which src/node and src/browser provide. */
import { checkKeys } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { StreamParser, type StreamStart } from '../../codec/format/stream-parser.ts';
import type { Channels, Metadata } from '../../image/raw-image.ts';
import type { OpenEngine } from '../engine.ts';
import { type DecodedExtras, readPictureChunks } from '../picture-chunks.ts';
import type { Platform } from '../platform.ts';
import { checkRunOptions, RUN_OPTION_KEYS, type RunOptions } from '../run-options.ts';
import { type ByteSource, untilAborted } from './arriving-bytes.ts';
import { checkDecodeLimits, checkMemory, DECODE_LIMIT_KEYS, limitedSignal } from './decode-limits.ts';
import type { DecodeLimits } from './decode-options.ts';
import { reducedSize } from './reduced-size.ts';
import { DAMAGED_TAIL, type DecodedPicture, StreamDecoder, unportableBackend } from './stream-decoder.ts';

/** A picture decoded from the layers so far. */
export interface Frame {
  /** Interleaved pixels of width x height x channels. */
  readonly data: Uint8Array;
  /** ICC profile, Exif and XMP; the same in every frame. */
  readonly metadata: Metadata;
  readonly info: {
    readonly width: number;
    readonly height: number;
    readonly channels: Channels;
    /** Number of layers in the picture, 1 or more. */
    readonly layer: number;
    readonly layersTotal: number;
    /** Length in bytes of the shortest prefix that holds these layers, and the tail if `lossless` is true. */
    readonly bytes: number;
    /**
     * True if the pixels equal those that were encoded, byte for byte: the frame after the tail of a lossless stream.
     */
    readonly lossless: boolean;
    /** True for the last frame of a complete stream. */
    readonly complete: boolean;
  };
}

/** Options of `decodeProgressive`. */
export interface ProgressiveOptions extends RunOptions, DecodeLimits {}

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

/** Decodes layers as they become available. */
class ProgressiveDecoder {
  readonly #options: ProgressiveOptions;
  readonly #environment: DecoderEnvironment;
  readonly #parser: StreamParser;
  #opened: OpenDecoder | undefined;
  /** True once the tail is decoded. */
  #exact = false;

  constructor(options: ProgressiveOptions, environment: DecoderEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.#parser = new StreamParser(undefined, options.limitInputPixels);
  }

  /** Appends bytes, and yields a frame for each layer that they complete. */
  async *push(chunk: Uint8Array): AsyncGenerator<Frame, void, void> {
    this.#options.signal?.throwIfAborted();
    this.#parser.push(chunk);
    const { start } = this.#parser;
    // Also checked while the size of the picture is unknown: chunks that claim 2 GB are collected only up to the limit.
    checkMemory(start?.header ?? { width: 1, height: 1 }, this.#parser.length, this.#options);
    if (start) yield* this.#frames(start);
  }

  /**
   * Ends the stream.
   *
   * @throws DdpmError `ERR_DDPM_CORRUPT` if header or chunks are incomplete
   */
  end(): void {
    this.#parser.parsed();
  }

  async *#frames(start: StreamStart): AsyncGenerator<Frame, void, void> {
    this.#opened ??= await this.#open(start);
    const { decoder } = this.#opened;
    for await (const _ of decoder.advance(this.#parser.layers.length)) yield this.#frame(start, decoder.picture());
    const { tail } = this.#parser;
    if (tail && !this.#exact && !unportableBackend(this.#options)) {
      const picture = await decoder.exact(tail);
      if (!picture) throw new DdpmError('ERR_DDPM_CORRUPT', DAMAGED_TAIL);
      this.#exact = true;
      yield this.#frame(start, picture, tail.end);
    }
    const { status, damage } = this.#parser.parsed();
    if (status === 'corrupt') throw new DdpmError('ERR_DDPM_CORRUPT', `damaged stream: ${damage}`);
  }

  async #open(start: StreamStart): Promise<OpenDecoder> {
    const size = reducedSize(start.header, {});
    const extras = await readPictureChunks(start.chunks, size, this.#environment.platform);
    const expected = { layers: start.steps.length, tail: start.header.tail === true };
    const task = { start, layers: this.#parser.layers, expected, size, alpha: extras.alpha, options: this.#options };
    return { decoder: await StreamDecoder.open(task, this.#environment.openEngine), extras };
  }

  /** @param exactEnd - offset after the tail, for the picture of the tail */
  #frame({ header, steps }: StreamStart, { data, channels }: DecodedPicture, exactEnd?: number): Frame {
    const { width, height } = header;
    const layer = this.#opened?.decoder.layers ?? 0;
    const layersTotal = steps.length;
    const lossless = exactEnd !== undefined;
    const bytes = exactEnd ?? Math.ceil(this.#parser.layers[layer - 1].endBit / 8);
    const complete = lossless || (layer === layersTotal && !header.tail);
    const info = { width, height, channels, layer, layersTotal, bytes, lossless, complete };
    return { data, metadata: this.#opened?.extras.metadata ?? {}, info };
  }
}

/** Why a decoder stops whose consumer wants no more frames. */
const NO_MORE_FRAMES = new Error('no more frames are wanted');

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
  const stop = new AbortController();
  const frames = framesOf(source, options, environment, present, stop.signal);
  const end = frames.return.bind(frames);
  frames.return = (value) => {
    stop.abort(NO_MORE_FRAMES);
    return end(value);
  };
  return frames;
}

/** @param stopped - aborts with NO_MORE_FRAMES when the consumer wants no more */
async function* framesOf<F extends Frame>(
  source: ByteSource,
  options: ProgressiveOptions,
  environment: DecoderEnvironment,
  present: (frame: Frame) => F,
  stopped: AbortSignal,
): AsyncGenerator<F, void, void> {
  checkKeys(options, [...RUN_OPTION_KEYS, ...DECODE_LIMIT_KEYS]);
  checkRunOptions(options);
  checkDecodeLimits(options);
  const limited = limitedSignal(options.signal, options.timeout);
  const signal = limited ? AbortSignal.any([limited, stopped]) : stopped;
  const decoder = new ProgressiveDecoder({ ...options, signal }, environment);
  try {
    for await (const chunk of untilAborted(source, signal)) {
      for await (const frame of decoder.push(chunk)) yield present(frame);
    }
    decoder.end();
  } catch (error) {
    if (error !== NO_MORE_FRAMES) throw error;
  }
}
