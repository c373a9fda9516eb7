/** Decodes the available layers of a stream and its tail. Shared by `decode` and `decodeProgressive`. */

import { crc32 } from '../../base/crc.ts';
import { DdpmError } from '../../base/errors.ts';
import { slicesOf } from '../../base/event-loop.ts';
import { streamTransport } from '../../codec/executor/open-transport.ts';
import type { ParsedLayer, PartialLayer, StreamStart } from '../../codec/format/stream-parser.ts';
import { type Picture, pictureOf } from '../../codec/grid/picture.ts';
import { TailDecoder } from '../../codec/tail/tail-decoder.ts';
import type { TailShape } from '../../codec/tail/tail-posterior.ts';
import { isWhole, type ParsedTail } from '../../codec/tail/tail-section.ts';
import { type DecodeWalkState, decodeWalk, partialStep, sampleWalk } from '../../codec/walk/decode-walk.ts';
import type { WalkState } from '../../codec/walk/reverse-walk.ts';
import { WalkRun } from '../../codec/walk/walk-run.ts';
import type { Channels } from '../../image/raw-image.ts';
import { joinAlpha } from '../../image/raw-image.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import type { Engine, OpenEngine } from '../engine.ts';
import { LayerProgress } from '../layer-progress.ts';
import type { AlphaPlanes } from '../picture-chunks.ts';
import {
  arithmeticOf,
  type NetworkArithmetic,
  needsExact,
  PORTABLE_BACKEND,
  type RunOptions,
  requirePortable,
} from '../run-options.ts';
import { neededLayers, type ReducedSize, reducedPicture, reducedPlane, usesTail } from './reduced-size.ts';

/** Describes a tail whose pixels do not match their checksum. */
export const DAMAGED_TAIL = 'damaged tail: the checksum of its pixels does not match';

/** One line on why a tail cannot be decoded with the chosen backend; null if it can. */
export function unportableBackend({ backend = PORTABLE_BACKEND }: RunOptions): string | null {
  if (backend === PORTABLE_BACKEND) return null;
  return `the lossless tail needs the backend ${PORTABLE_BACKEND}; the arithmetic of ${backend} differs from machine to machine`;
}

/**
 * Opens the engine for a stream.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISMATCH` if its model is not the one that the stream was made with,
 *   `ERR_DDPM_BACKEND` if the stream needs another backend; the errors of `openEngine`
 */
async function engineFor(
  { header }: Pick<StreamStart, 'header'>,
  options: RunOptions,
  exact: boolean,
  openEngine: OpenEngine,
): Promise<Engine> {
  if (header.dithered) requirePortable('files of the transport dithered', options.backend);
  const engine = await openEngine(options, { streamModel: header.model, exact });
  if (engine.modelId === header.model) return engine;
  const made = `the stream was made with model ${header.model}, this one is ${engine.modelId}`;
  const remedy = 'give the right weights file as the model, or import it with: ddpm-codec models import';
  throw new DdpmError('ERR_DDPM_MODEL_MISMATCH', `${made}; ${remedy}`);
}

/** Input of a {@link StreamDecoder}. */
export interface DecoderTask {
  readonly start: StreamStart;
  /** The layers parsed so far; may grow while the decoder works. */
  readonly layers: readonly ParsedLayer[];
  /** Largest number of layers, and whether a tail follows; progress is computed from them. */
  readonly expected: { readonly layers: number; readonly tail: boolean };
  /** Size of the pictures. The layers needed for it are those of its level and of the coarser ones. */
  readonly size: ReducedSize;
  /** Alpha of the pictures; null if there is none. */
  readonly alpha: AlphaPlanes | null;
  readonly options: RunOptions;
}

/** A decoded picture, of the size that the task asks for. */
export interface DecodedPicture {
  /** Interleaved pixels of width x height x channels. */
  readonly data: Uint8Array;
  readonly channels: Channels;
}

/** Walks through the layers of a stream, and makes pictures of its states. */
export class StreamDecoder {
  /** What runs the network, and how it computes. */
  readonly backend: BackendName;
  readonly arithmetic: NetworkArithmetic;
  readonly #task: DecoderTask;
  readonly #run: WalkRun;
  readonly #walk: AsyncGenerator<DecodeWalkState, void, void>;
  readonly #progress: LayerProgress;
  #state: DecodeWalkState | undefined;
  #tail: TailDecoder | undefined;
  /** Length in bytes of the stream before the message of the tail. */
  #tailStart = 0;
  /** A sample that follows from all layers, once it is shown below exact rows. */
  #sampled: WalkState | undefined;

  /**
   * Opens the engine that the stream needs.
   *
   * @throws DdpmError if model or backend do not fit the stream, or cannot be opened
   */
  static async open(task: DecoderTask, openEngine: OpenEngine): Promise<StreamDecoder> {
    const { start, options } = task;
    const { header } = start;
    const exact = needsExact({ lossless: header.tail === true, transport: streamTransport(header) }, options);
    return new StreamDecoder(task, exact, await engineFor(start, options, exact, openEngine));
  }

  private constructor(task: DecoderTask, exact: boolean, engine: Engine) {
    const { start, layers, expected, size, options } = task;
    const { header } = start;
    const steps = start.steps.slice(0, neededLayers(start.steps, size));
    this.#task = task;
    const executor = engine.executor({ name: streamTransport(header) }, options.signal);
    this.#run = new WalkRun(executor, { signal: options.signal, exact });
    this.backend = engine.backend;
    this.arithmetic = arithmeticOf(engine, this.#run);
    const walked = { ...header, tail: usesTail(header, size) };
    this.#walk = decodeWalk({ header: walked, steps, layers, halvedLevel: size.halvedLevel }, this.#run);
    this.#progress = new LayerProgress('decode', steps.slice(0, expected.layers), options, { tail: expected.tail });
  }

  /** Time so far by stage. */
  get times(): WalkRun['times'] {
    return this.#run.times;
  }

  /** Number of layers decoded so far. */
  get layers(): number {
    return this.#state?.layers ?? 0;
  }

  /** Decodes until `count` layers are decoded, all of which must be available; yields the state after each. */
  async *advance(count: number): AsyncGenerator<DecodeWalkState, void, void> {
    if (!this.#state) await this.#next();
    while (this.layers < count) yield await this.#next();
  }

  async #next(): Promise<DecodeWalkState> {
    const { value } = await this.#walk.next();
    if (!value) throw new Error('the walk has a state before the first layer and after each');
    this.#state = value;
    await this.#progress.pass(value.layers);
    return value;
  }

  get #last(): DecodeWalkState {
    if (!this.#state) throw new Error('a decoder has a state once it has advanced');
    return this.#state;
  }

  /** Number of rows at the top, of the picture in its full size, that are decoded from the tail. */
  get exactRows(): number {
    return this.#tail?.rows ?? 0;
  }

  /** Length in bytes of the shortest prefix with the exact rows; 0 if there are none. */
  get exactBytes(): number {
    return this.#tail && this.exactRows > 0 ? this.#tailStart + this.#tail.bytes : 0;
  }

  /**
   * The picture of the layers so far, the mean of all pictures that fit them, with the exact rows at its top.
   *
   * @param partial - a part of the next layer, which is used too
   */
  async picture(partial: PartialLayer | null = null): Promise<DecodedPicture> {
    return this.#pictureOf(partial ? await this.#takePart(partial) : this.#last);
  }

  async #takePart(partial: PartialLayer, sampleSeed?: number): Promise<WalkState> {
    const { start, size } = this.#task;
    const state = await partialStep(start, { step: start.steps[this.layers], partial }, this.#run, this.#last, {
      sampleSeed,
      halvedLevel: size.halvedLevel,
    });
    await this.#progress.pass(this.layers + 1);
    return state;
  }

  /**
   * A sample of the pictures that fit the layers so far, with the exact rows at its top: continues the reverse process without bits.
   *
   * @param partial - as of {@link picture}
   */
  async sample(seed: number, partial: PartialLayer | null = null): Promise<DecodedPicture> {
    if (this.#sampled) return this.#pictureOf(this.#sampled);
    let last: WalkState = partial ? await this.#takePart(partial, seed) : this.#last;
    const { start, size } = this.#task;
    for await (const state of sampleWalk(start, this.#run, last, seed, size.level)) {
      last = state;
      await this.#progress.pass(this.layers);
    }
    if (this.exactRows > 0) this.#sampled = last;
    return this.#pictureOf(last);
  }

  /**
   * Decodes the tail, after the last layer, as far as its bytes are there; yields after each slice of time.
   *
   * @param tail - the tail or its first part, in a later call more of it
   * @param isLast - true: no more of it will come
   */
  async *advanceTail(tail: ParsedTail, isLast: boolean): AsyncGenerator<void, void, void> {
    this.#tail ??= this.#openTail(tail);
    const decoder = this.#tail;
    const { height } = this.#task.start.header;
    function* work(): Generator<number, void, void> {
      yield* decoder.push(tail.data);
      if (isLast) yield* decoder.cutOff();
    }
    for (const rows of slicesOf(work())) {
      await this.#progress.passRows(rows, height);
      yield;
    }
    if (isLast || isWhole(tail)) await this.#progress.finish();
  }

  #openTail(tail: ParsedTail): TailDecoder {
    const { state, mean, posterior, index } = this.#last;
    const { logVariance } = posterior;
    if (!logVariance) throw new Error('the walk gives variances where a tail follows');
    this.#tailStart = tail.end - tail.data.length;
    return new TailDecoder(tail.length, this.#codedShape, { state, mean, logVariance, index });
  }

  /** Size and colour channels of the coded picture. */
  get #codedShape(): TailShape {
    const { width, height, grey } = this.#task.start.header;
    return { width, height, channels: grey ? 1 : 3 };
  }

  /**
   * The picture of a tail whose rows are all decoded; exact in its full size. Undefined if the checksum does not match: from then on
   * there are no exact rows.
   */
  exact({ checksum }: ParsedTail): DecodedPicture | undefined {
    if (!this.#tail) throw new Error('a tail is decoded before its picture is made');
    const { pixels } = this.#tail;
    if (crc32(pixels) === checksum) return this.#fitted({ data: pixels, ...this.#codedShape });
    this.#tail = undefined;
    return undefined;
  }

  #pictureOf({ mean, level }: WalkState): DecodedPicture {
    const { start, size, alpha } = this.#task;
    const { channels } = this.#codedShape;
    if (size.isReduced && this.exactRows === 0) {
      return this.#withAlpha(reducedPlane(mean, level, size, channels, alpha?.ofLevel ?? null));
    }
    const picture = pictureOf(mean, level, start.header, channels);
    if (this.#tail) picture.data.set(this.#tail.pixels.subarray(0, this.exactRows * picture.width * channels));
    return this.#fitted(picture);
  }

  /** A picture of the full size in the size that is asked for. */
  #fitted(picture: Picture): DecodedPicture {
    const { size, alpha } = this.#task;
    return this.#withAlpha(size.isReduced ? reducedPicture(picture, size, alpha?.ofLevel ?? null) : picture);
  }

  #withAlpha(picture: Picture): DecodedPicture {
    const [data, channels] = joinAlpha(picture, this.#task.alpha?.ofPicture ?? null);
    return { data, channels };
  }
}
