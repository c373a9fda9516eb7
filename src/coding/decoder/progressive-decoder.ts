/** Decoding a stream while its bytes arrive, wherever it runs: src/node and src/browser say where. */
import { checkKeys } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { StreamParser, type StreamStart } from '../../codec/format/stream-parser.ts';
import type { Channels, Metadata } from '../../image/raw-image.ts';
import type { OpenEngine } from '../engine.ts';
import type { Platform } from '../platform.ts';
import { checkRunOptions, RUN_OPTION_KEYS, type RunOptions } from '../run-options.ts';
import { checkDecodeLimits, checkMemory, DECODE_LIMIT_KEYS, limitedSignal } from './decode-limits.ts';
import type { DecodeLimits } from './decode-options.ts';
import {
  DAMAGED_TAIL,
  type DecodedPicture,
  type PictureExtras,
  readExtras,
  StreamDecoder,
  unportableBackend,
} from './stream-decoder.ts';

/** A picture on the way. */
export interface Frame {
  /** Interleaved pixels of width x height x channels. */
  readonly data: Uint8Array;
  /** ICC profile and the like; the same in every frame. */
  readonly metadata: Metadata;
  readonly info: {
    readonly width: number;
    readonly height: number;
    readonly channels: Channels;
    /** Layers in the picture, 1 or more. */
    readonly layer: number;
    readonly layersTotal: number;
    /** Length of the shortest prefix that holds them, and the tail if the frame is exact. */
    readonly bytes: number;
    /** True if the pixels are those that were encoded, byte for byte: the frame that the tail of a lossless stream gives. */
    readonly lossless: boolean;
    /** True for the last frame of a whole stream. */
    readonly complete: boolean;
  };
}

/** Options of `decodeProgressive`. */
export interface ProgressiveOptions extends RunOptions, DecodeLimits {}

/** Where a progressive decoder runs. */
export interface ProgressivePlace {
  readonly platform: Platform;
  readonly openEngine: OpenEngine;
}

/** A decoder that has begun. */
interface Begun {
  readonly decoder: StreamDecoder;
  readonly extras: PictureExtras;
}

/** Decodes layers as they become available. */
class ProgressiveDecoder {
  readonly #options: ProgressiveOptions;
  readonly #place: ProgressivePlace;
  readonly #parser: StreamParser;
  #begun: Begun | undefined;
  #exact = false;

  constructor(options: ProgressiveOptions, place: ProgressivePlace) {
    this.#options = options;
    this.#place = place;
    this.#parser = new StreamParser(undefined, options.limitInputPixels);
  }

  /** Takes bytes, and yields a frame for each layer that they complete. */
  async *push(chunk: Uint8Array): AsyncGenerator<Frame, void, void> {
    this.#options.signal?.throwIfAborted();
    this.#parser.push(chunk);
    const { start } = this.#parser;
    // The size of the picture may not be known yet; chunks that say they have 2 GB are collected up to the limit.
    checkMemory(start?.header ?? { width: 1, height: 1 }, this.#parser.length, this.#options);
    if (start) yield* this.#frames(start);
  }

  /** @throws DdpmError `ERR_DDPM_CORRUPT` if the bytes ended before the first layer could */
  end(): void {
    this.#parser.parsed();
  }

  async *#frames(start: StreamStart): AsyncGenerator<Frame, void, void> {
    this.#begun ??= await this.#begin(start);
    const { decoder } = this.#begun;
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

  async #begin(start: StreamStart): Promise<Begun> {
    const extras = await readExtras(start, this.#place.platform);
    const expected = { layers: start.steps.length, tail: start.header.tail === true };
    const task = { start, layers: this.#parser.layers, expected, alpha: extras.alpha, options: this.#options };
    return { decoder: await StreamDecoder.open(task, this.#place.openEngine), extras };
  }

  /** @param exactEnd - the end of the tail that gave the picture, if one did */
  #frame({ header, steps }: StreamStart, { data, channels }: DecodedPicture, exactEnd?: number): Frame {
    const { width, height } = header;
    const layer = this.#begun?.decoder.layers ?? 0;
    const layersTotal = steps.length;
    const lossless = exactEnd !== undefined;
    const bytes = exactEnd ?? Math.ceil(this.#parser.layers[layer - 1].endBit / 8);
    const complete = lossless || (layer === layersTotal && !header.tail);
    const info = { width, height, channels, layer, layersTotal, bytes, lossless, complete };
    return { data, metadata: this.#begun?.extras.metadata ?? {}, info };
  }
}

/** All of `decodeProgressive`. */
export async function* decodeArriving(
  source: AsyncIterable<Uint8Array>,
  options: ProgressiveOptions,
  place: ProgressivePlace,
): AsyncGenerator<Frame, void, void> {
  checkKeys(options, [...RUN_OPTION_KEYS, ...DECODE_LIMIT_KEYS]);
  checkRunOptions(options);
  checkDecodeLimits(options);
  const signal = limitedSignal(options.signal, options.timeout);
  const decoder = new ProgressiveDecoder({ ...options, ...(signal && { signal }) }, place);
  for await (const chunk of source) yield* decoder.push(chunk);
  decoder.end();
}
