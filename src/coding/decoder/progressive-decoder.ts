/** Progressive decoding, wherever it runs: decode-progressive.ts and index.ts say where. */

import { checkKeys } from '../../base/check-options.ts';
import { concatBytes } from '../../base/concat-bytes.ts';
import { DdpmError } from '../../base/errors.ts';
import { IncompleteError } from '../../codec/format/fields.ts';
import { type ParsedLayer, type ParsedStream, parseStream } from '../../codec/format/stream.ts';
import { type Picture, pictureOf } from '../../codec/grid/picture.ts';
import { type DecodeWalkState, decodeWalk } from '../../codec/walk/decode-walk.ts';
import type { Channels, Metadata } from '../../image/raw-image.ts';
import { joinAlpha } from '../../image/raw-image.ts';
import type { OpenEngine } from '../engine.ts';
import { readAlpha, readMetadata } from '../picture-chunks.ts';
import type { Platform } from '../platform.ts';
import type { RunOptions } from '../run-options.ts';
import { AttendedExecutor, Checkpoints, checkRunOptions, RUN_OPTION_KEYS } from '../run-options.ts';
import { checkGuards, checkMemory, GUARD_KEYS, guardedSignal } from './decode-limits.ts';
import type { DecodeLimits } from './decode-options.ts';
import { DAMAGED_TAIL, decodeExactly, engineFor, unportableBackend } from './decoder.ts';

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

/** The bytes that have arrived, and what they hold. */
class Arrivals {
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #options: ProgressiveOptions;
  /** Grows as layers arrive. */
  readonly layers: ParsedLayer[] = [];
  stream: ParsedStream | undefined;

  constructor(options: ProgressiveOptions) {
    this.#options = options;
  }

  /** @param last - no more will come, so what is missing stays missing */
  add(chunk: Uint8Array, last: boolean): void {
    const bytes = concatBytes(this.#bytes, chunk);
    this.#bytes = bytes;
    try {
      this.stream = parseStream(bytes, this.#options.limitInputPixels);
    } catch (error) {
      if (!(error instanceof IncompleteError) || last) throw error;
      // The size of the picture may not be known yet; chunks that say they have 2 GB are collected up to the limit.
      checkMemory({ width: 1, height: 1 }, bytes.length, this.#options);
      return;
    }
    checkMemory(this.stream.header, bytes.length, this.#options);
    // All of them anew: tiles refer to the bytes they were read from, and older bytes shall go.
    this.layers.splice(0, this.layers.length, ...this.stream.layers);
  }

  /** Refuses damage, once the layers before it have been seen. */
  checkIntact(): void {
    if (this.stream?.status !== 'corrupt') return;
    throw new DdpmError('ERR_DDPM_CORRUPT', `damaged stream: ${this.stream.damage}`);
  }
}

/** Options of `decodeProgressive`. */
export interface ProgressiveOptions extends RunOptions, DecodeLimits {}

/** Where a progressive decoder runs. */
export interface ProgressivePlace {
  readonly platform: Platform;
  readonly openEngine: OpenEngine;
}

/** Decodes layers as they become available. */
class ProgressiveDecoder {
  readonly #arrivals: Arrivals;
  readonly #options: ProgressiveOptions;
  readonly #place: ProgressivePlace;
  #walk: AsyncGenerator<DecodeWalkState, void, void> | undefined;
  #checkpoints: Checkpoints | undefined;
  #alpha: Uint8Array | null = null;
  #metadata: Metadata = {};
  #done = 0;
  #state: DecodeWalkState | undefined;
  #exact = false;

  constructor(options: ProgressiveOptions, place: ProgressivePlace) {
    this.#options = options;
    this.#place = place;
    this.#arrivals = new Arrivals(options);
  }

  async #next(): Promise<DecodeWalkState> {
    const { value } = (await this.#walk?.next()) ?? {};
    if (!value) throw new Error('the walk has a state for every layer');
    await this.#checkpoints?.pass(value.layers);
    return value;
  }

  async #start(stream: ParsedStream): Promise<void> {
    const engine = await engineFor(stream, this.#options, this.#place.openEngine);
    const executor = new AttendedExecutor(engine.executor(), this.#options);
    this.#alpha = await readAlpha(stream.chunks, stream.header, this.#place.platform);
    this.#metadata = await readMetadata(stream.chunks, this.#place.platform);
    this.#checkpoints = new Checkpoints('decode', stream.steps, this.#options, stream.header.tail);
    this.#walk = decodeWalk({ header: stream.header, steps: stream.steps, layers: this.#arrivals.layers }, executor);
    await this.#next();
  }

  async *add(chunk: Uint8Array, last: boolean): AsyncGenerator<Frame, void, void> {
    this.#options.signal?.throwIfAborted();
    this.#arrivals.add(chunk, last);
    const { stream, layers } = this.#arrivals;
    if (!stream) return;
    if (!this.#walk) await this.#start(stream);
    while (this.#done < layers.length) {
      const state = await this.#next();
      this.#done++;
      this.#state = state;
      yield this.#frame(state, stream);
    }
    if (stream.tail && !this.#exact && !unportableBackend(this.#options)) yield await this.#exactFrame(stream);
    this.#arrivals.checkIntact();
  }

  async #exactFrame(stream: ParsedStream): Promise<Frame> {
    const state = this.#state;
    if (!state || !this.#checkpoints || !stream.tail) throw new Error('a tail follows the last layer');
    const picture = await decodeExactly(stream, state, this.#checkpoints);
    if (!picture) throw new DdpmError('ERR_DDPM_CORRUPT', DAMAGED_TAIL);
    this.#exact = true;
    const { data, info, metadata } = this.#frame(state, stream, picture);
    return { data, metadata, info: { ...info, bytes: stream.tail.end, lossless: true, complete: true } };
  }

  #frame(state: DecodeWalkState, { header, steps }: ParsedStream, exact?: Picture): Frame {
    const { width, height, grey } = header;
    const picture = exact ?? pictureOf(state.mean, state.level, header, grey ? 1 : 3);
    const [data, channels] = joinAlpha(picture, this.#alpha);
    const layersTotal = steps.length;
    const bytes = Math.ceil(this.#arrivals.layers[state.layers - 1].endBit / 8);
    const complete = state.layers === layersTotal && !header.tail;
    return {
      data,
      metadata: this.#metadata,
      info: { width, height, channels, layer: state.layers, layersTotal, bytes, lossless: false, complete },
    };
  }
}

/** All of `decodeProgressive`. */
export async function* decodeArrivals(
  source: AsyncIterable<Uint8Array>,
  options: ProgressiveOptions,
  place: ProgressivePlace,
): AsyncGenerator<Frame, void, void> {
  checkKeys(options, [...RUN_OPTION_KEYS, ...GUARD_KEYS]);
  checkRunOptions(options);
  checkGuards(options);
  const signal = guardedSignal(options.signal, options.timeout);
  const decoder = new ProgressiveDecoder({ ...options, ...(signal && { signal }) }, place);
  for await (const chunk of source) yield* decoder.add(chunk, false);
  yield* decoder.add(new Uint8Array(0), true);
}
