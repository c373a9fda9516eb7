import { concatBytes } from '../codec/concat-bytes.ts';
import { type DecodeWalkState, decodeWalk } from '../codec/decode-walk.ts';
import { IncompleteError } from '../codec/fields.ts';
import { pictureOf } from '../codec/picture.ts';
import { type ParsedLayer, type ParsedStream, parseStream } from '../codec/stream.ts';
import { DdpmError } from '../errors.ts';
import { modelFor } from './decode.ts';
import { checkKeys } from './options.ts';
import { joinAlpha } from './pixels.ts';
import { Checkpoints, checkRunOptions, RUN_OPTION_KEYS } from './run.ts';
import { readAlpha, readMetadata } from './side-data.ts';
import type { Channels, Metadata, RunOptions } from './types.ts';

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
    /** Length of the shortest prefix that holds them. */
    readonly bytes: number;
    /** True for the last frame of a whole stream. */
    readonly complete: boolean;
  };
}

/** The bytes that have arrived, and what they hold. */
class Arrivals {
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #limit: number | undefined;
  /** Grows as layers arrive. */
  readonly layers: ParsedLayer[] = [];
  stream: ParsedStream | undefined;

  constructor(limitInputPixels: number | undefined) {
    this.#limit = limitInputPixels;
  }

  /** @param last - no more will come, so what is missing stays missing */
  add(chunk: Uint8Array, last: boolean): void {
    const bytes = concatBytes(this.#bytes, chunk);
    this.#bytes = bytes;
    try {
      this.stream = parseStream(bytes, this.#limit);
    } catch (error) {
      if (error instanceof IncompleteError && !last) return;
      throw error;
    }
    this.layers.push(...this.stream.layers.slice(this.layers.length));
  }

  /** Refuses damage, once the layers before it have been seen. */
  checkIntact(): void {
    if (this.stream?.status !== 'corrupt') return;
    throw new DdpmError('ERR_DDPM_CORRUPT', `damaged stream: ${this.stream.damage}`);
  }
}

/** Decodes layers as they become available. */
class ProgressiveDecoder {
  readonly #arrivals: Arrivals;
  readonly #options: RunOptions;
  #walk: AsyncGenerator<DecodeWalkState, void, void> | undefined;
  #checkpoints: Checkpoints | undefined;
  #alpha: Uint8Array | null = null;
  #metadata: Metadata = {};
  #done = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#arrivals = new Arrivals(options.limitInputPixels);
  }

  async #next(): Promise<DecodeWalkState> {
    const { value } = (await this.#walk?.next()) ?? {};
    if (!value) throw new Error('the walk has a state for every layer');
    await this.#checkpoints?.pass(value.layers);
    return value;
  }

  async #start(stream: ParsedStream): Promise<void> {
    const model = await modelFor(stream, this.#options);
    this.#alpha = await readAlpha(stream.chunks, stream.header);
    this.#metadata = readMetadata(stream.chunks);
    this.#checkpoints = new Checkpoints('decode', stream.steps, this.#options);
    this.#walk = decodeWalk({ header: stream.header, steps: stream.steps, layers: this.#arrivals.layers }, model);
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
      yield this.#frame(state, stream);
    }
    this.#arrivals.checkIntact();
  }

  #frame(state: DecodeWalkState, { header, steps }: ParsedStream): Frame {
    const { width, height, grey } = header;
    const picture = pictureOf(state.mean, state.level, header, grey ? 1 : 3);
    const [data, channels] = joinAlpha(picture, this.#alpha);
    const layersTotal = steps.length;
    const bytes = Math.ceil(this.#arrivals.layers[state.layers - 1].endBit / 8);
    const complete = state.layers === layersTotal;
    return {
      data,
      metadata: this.#metadata,
      info: { width, height, channels, layer: state.layers, layersTotal, bytes, complete },
    };
  }
}

/**
 * Decodes a stream while its bytes arrive: a frame after each layer.
 *
 * @param source - chunks of a `.ddpm` stream: a Node stream, a web stream, or any other async iterable of bytes
 * @throws what `decode` throws, on damage after the frames before it; a source that ends early just gives fewer frames
 */
export async function* decodeProgressive(
  source: AsyncIterable<Uint8Array>,
  options: RunOptions = {},
): AsyncGenerator<Frame, void, void> {
  checkKeys(options, RUN_OPTION_KEYS);
  checkRunOptions(options);
  const decoder = new ProgressiveDecoder(options);
  for await (const chunk of source) yield* decoder.add(chunk, false);
  yield* decoder.add(new Uint8Array(0), true);
}
