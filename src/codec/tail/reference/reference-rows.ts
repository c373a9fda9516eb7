/** Codes a tail's rows by the reference model. */
import { RangeDecoder } from '../../entropy/range-decoder.ts';
import { RangeEncoder } from '../../entropy/range-encoder.ts';
import type { MessageEnd, RowDecoder, RowEncoder, RowResult } from '../row-coder.ts';
import { ReferenceSums } from '../tail-network-sums.ts';
import type { TailPosterior, TailShape } from '../tail-posterior.ts';
import { tailWeights } from '../tail-weights.ts';
import { type PixelCoder, TailModel } from './tail-model.ts';

/** At least as many bytes as any pixel takes: 3 samples of 8 decisions of at most 16 bits, and 4 of the decoder's state. */
const PIXEL_BYTES = 64;

function openModel({ width, height, channels }: TailShape, posterior: TailPosterior): TailModel {
  const { state, mean, logVariance, index } = posterior;
  const planes = { canvasWidth: mean.width, state: state.data, mean: mean.data, logVariance };
  return new TailModel({ width, height, ...planes }, channels, index, new ReferenceSums(tailWeights()));
}

/** Encodes rows. The message comes as a whole at its end. */
export class ReferenceEncoder implements RowEncoder, PixelCoder {
  target = 0;
  readonly #encoder: RangeEncoder = new RangeEncoder();
  readonly #model: TailModel;
  readonly #channels: number;
  #row = 0;

  constructor(shape: TailShape, posterior: TailPosterior) {
    this.#model = openModel(shape, posterior);
    this.#channels = shape.channels;
  }

  encodeRow(samples: Uint8Array | Uint8ClampedArray): Uint8Array {
    const row = samples.slice();
    for (let at = 0, column = 0; at < row.length; at += this.#channels, column++) {
      this.#model.codePixel(column, this.#row, this, row, at);
    }
    this.#row++;
    return new Uint8Array(0);
  }

  finish(): Uint8Array {
    return this.#encoder.finish();
  }

  decide(probability: number, edge: number): number {
    const bit = this.target >= edge ? 1 : 0;
    this.#encoder.encodeBit(bit, probability);
    return bit;
  }
}

/** A decision depends on bytes that will never come. */
class MessageCut extends Error {}

/** Decodes rows. */
export class ReferenceDecoder implements RowDecoder, PixelCoder {
  target = 0;
  readonly #model: TailModel;
  readonly #channels: number;
  readonly #samples: Uint8Array;
  #message: Uint8Array = new Uint8Array(0);
  #end: MessageEnd = 'coming';
  #decoder: RangeDecoder | undefined;
  #row = 0;
  #column = 0;

  constructor(shape: TailShape, posterior: TailPosterior) {
    this.#model = openModel(shape, posterior);
    this.#channels = shape.channels;
    this.#samples = new Uint8Array(shape.width * shape.channels);
  }

  get bytes(): number {
    const { length } = this.#message;
    return this.#decoder ? Math.min(length - this.#decoder.unread, length) : 0;
  }

  decodeRow(message: Uint8Array, end: MessageEnd, samples: Uint8Array): RowResult {
    if (message.length > this.#message.length) this.#decoder?.extend(message);
    this.#message = message;
    this.#end = end;
    const row = this.#samples;
    try {
      for (; this.#column * this.#channels < row.length; this.#column++) {
        if (end === 'coming' && message.length - this.bytes < PIXEL_BYTES) return 'waits';
        this.#decoder ??= new RangeDecoder(message);
        this.#model.codePixel(this.#column, this.#row, this, row, this.#column * this.#channels);
      }
    } catch (error) {
      if (error instanceof MessageCut) return 'cut';
      throw error;
    }
    samples.set(row);
    this.#column = 0;
    this.#row++;
    return 'done';
  }

  /** @throws MessageCut if the decision depends on bytes that will never come */
  decide(probability: number): number {
    if (!this.#decoder) throw new Error('decisions are taken once a pixel is ready');
    if (this.#end === 'cut' && this.#decoder.unread < 0) throw new MessageCut();
    return this.#decoder.decodeBit(probability);
  }
}
