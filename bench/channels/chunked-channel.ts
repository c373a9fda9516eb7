/** Channels that send each chunk by the number of a candidate. */
import { RangeDecoder, RangeEncoder, type SharedTile } from 'ddpm-codec/codec';
import type { Channel, ChannelReceiver, ChannelSender, ChannelTile, Sent } from './channel.ts';
import { type Chunk, ChunkWeights, classOf, cutChunks, fillCandidate } from './chunk.ts';
import { IntegerCode } from './integer-code.ts';
import { fixedBits, type Picker } from './pickers.ts';
import { PrivateRandom } from './private-random.ts';
import { ZipfCode } from './zipf.ts';

/** A channel that sends chunks by numbers. */
export interface ChunkedOptions extends Pick<Channel, 'scheme' | 'reach'> {
  /** Expected bits of a chunk. */
  readonly chunkBits: number;
  readonly picker: Picker;
  /**
   * How numbers are coded: `learned` (integer-code.ts), or with as many bits as the number of candidates has, for this excess over what
   * is expected.
   */
  readonly code: 'learned' | { readonly excess: number };
  /** Setting beside the bits of a chunk, in words. */
  readonly detail?: string;
}

class ChunkedSender implements ChannelSender {
  readonly #options: ChunkedOptions;
  readonly #encoder: RangeEncoder = new RangeEncoder();
  readonly #code: IntegerCode = new IntegerCode();
  readonly #weights: ChunkWeights = new ChunkWeights();
  readonly #zipf: Map<number, ZipfCode> = new Map();
  readonly #random: PrivateRandom = new PrivateRandom(7);

  constructor(options: ChunkedOptions) {
    this.#options = options;
  }

  get bits(): number {
    return 8 * this.#encoder.length;
  }

  get memoryBytes(): number {
    return this.#weights.bytes;
  }

  send(tile: ChannelTile): Sent {
    const { chunkBits, picker, code } = this.#options;
    const values = new Float32Array(tile.target.length);
    let [lookUps, nats, zipfBits, cut] = [0, 0, 0, 0];
    let isExpected = true;
    for (const chunk of cutChunks(tile, chunkBits)) {
      this.#weights.prepare(tile, chunk);
      const { index, looked, logWeight, isCut } = picker(this.#weights, this.#random);
      lookUps += looked * this.#weights.size;
      if (isCut) cut++;
      if (logWeight === undefined) isExpected = false;
      else nats += logWeight;
      fillCandidate(chunk, index, values);
      if (code === 'learned') {
        this.#code.write(this.#encoder, classOf(chunk.expectedBits), index);
        zipfBits += this.#zipfOf(chunk).length(index);
      } else {
        this.#encoder.encodeRaw(index - 1, fixedBits(chunk.expectedBits, code.excess));
      }
    }
    return {
      values,
      lookUps: () => lookUps,
      cut,
      ...(isExpected && { deliveredBits: nats / Math.LN2 }),
      ...(code === 'learned' && { zipfBits }),
    };
  }

  /** The Zipf code of a chunk; its expected bits are rounded to 1/64. */
  #zipfOf({ expectedBits }: Chunk): ZipfCode {
    const rounded = Math.round(64 * expectedBits);
    const found = this.#zipf.get(rounded) ?? new ZipfCode(rounded / 64);
    this.#zipf.set(rounded, found);
    return found;
  }

  finish(): Uint8Array {
    return this.#encoder.finish();
  }
}

class ChunkedReceiver implements ChannelReceiver {
  readonly #options: ChunkedOptions;
  readonly #decoder: RangeDecoder;
  readonly #code: IntegerCode = new IntegerCode();

  constructor(options: ChunkedOptions, message: Uint8Array) {
    this.#options = options;
    this.#decoder = new RangeDecoder(message);
  }

  receive(tile: SharedTile): Float32Array {
    const { chunkBits, code } = this.#options;
    const values = new Float32Array(tile.residualVariance.length);
    for (const chunk of cutChunks(tile, chunkBits)) {
      const index =
        code === 'learned'
          ? this.#code.read(this.#decoder, classOf(chunk.expectedBits))
          : 1 + this.#decoder.decodeRaw(fixedBits(chunk.expectedBits, code.excess));
      fillCandidate(chunk, index, values);
    }
    return values;
  }
}

/** Makes a channel that sends chunks by numbers. */
export function chunkedChannel(options: ChunkedOptions): Channel {
  const { scheme, reach, chunkBits, detail } = options;
  return {
    scheme,
    setting: `${chunkBits} bits${detail ? `, ${detail}` : ''}`,
    reach,
    sender: () => new ChunkedSender(options),
    receiver: (message) => new ChunkedReceiver(options, message),
  };
}
