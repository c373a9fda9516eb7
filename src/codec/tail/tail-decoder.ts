/** Decodes the lossless tail of a stream, whole or while its message arrives. docs/format.md, "Tail". */
import { RangeDecoder } from '../entropy/range-decoder.ts';
import { codePicture, type SampleCoder, type TailPosterior, type TailShape } from './tail.ts';

/** At least as many bytes as any pixel takes: 3 samples of at most 17 decisions of at most 16 bits, and 4 bytes of the decoder's state. */
const PIXEL_BYTES = 128;

/** A decision depends on bytes that will never come. */
class MessageCut extends Error {}

/** Takes decisions from a message of which more may come. */
class MessageReader implements SampleCoder {
  target = 0;
  readonly #length: number;
  #message: Uint8Array = new Uint8Array(0);
  #decoder: RangeDecoder | undefined;
  #isCut = false;

  /** @param length - of the whole message in bytes */
  constructor(length: number) {
    this.#length = length;
  }

  /** Takes the message so far. */
  extend(message: Uint8Array): void {
    this.#message = message;
    this.#decoder?.extend(message);
  }

  /** Says that no more bytes will come, though the message is not whole. */
  cutOff(): void {
    this.#isCut = !this.#isWhole;
  }

  get #isWhole(): boolean {
    return this.#message.length === this.#length;
  }

  /** Number of bytes that the decisions so far take. */
  get bytes(): number {
    const { length } = this.#message;
    return this.#decoder ? Math.min(length - this.#decoder.unread, length) : 0;
  }

  /** Whether the bytes of the next pixel are there in any case, or no more will come. */
  isReady(): boolean {
    if (!this.#isWhole && !this.#isCut && this.#message.length - this.bytes < PIXEL_BYTES) return false;
    this.#decoder ??= new RangeDecoder(this.#message);
    return true;
  }

  /** @throws MessageCut if the decision depends on bytes that will never come */
  decide(probability: number): number {
    if (!this.#decoder) throw new Error('decisions are taken once a pixel is ready');
    if (this.#isCut && this.#decoder.unread < 0) throw new MessageCut();
    return this.#decoder.decodeBit(probability);
  }
}

/** Decodes a picture row by row, each as soon as its bytes are there. */
export class TailDecoder {
  /** Interleaved pixels, rows from the top; those of the finished rows are decoded. */
  readonly pixels: Uint8Array;
  readonly #length: number;
  readonly #shape: TailShape;
  readonly #reader: MessageReader;
  readonly #coder: Generator<number, void, void>;
  #rows = 0;
  #bytes = 0;

  /**
   * @param length - of the whole message in bytes; one as long as the pixels is the pixels
   * @param posterior - its planes must stay as they are until the last row is decoded
   */
  constructor(length: number, shape: TailShape, posterior: TailPosterior) {
    this.pixels = new Uint8Array(shape.width * shape.height * shape.channels);
    this.#length = length;
    this.#shape = shape;
    this.#reader = new MessageReader(length);
    this.#coder = codePicture(this.pixels, shape, posterior, this.#reader);
  }

  /** True if the message is the pixels. */
  get #isStored(): boolean {
    return this.#length === this.pixels.length;
  }

  /** Number of finished rows. */
  get rows(): number {
    return this.#rows;
  }

  /** Number of bytes of the message that the finished rows take. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Decodes as far as is certain from the message so far. Any message decodes to some picture, in a time that depends on the size
   * only; the caller must compare the checksum. Yields the number of finished rows after each further one.
   *
   * @param message - the bytes so far, those of earlier calls included
   */
  *push(message: Uint8Array): Generator<number, void, void> {
    if (this.#isStored) return yield* this.#copy(message);
    this.#reader.extend(message);
    yield* this.#decode();
  }

  /**
   * Decodes what else the bytes so far determine of a message that was cut: rows up to the first decision that depends on bytes that
   * are not there. Yields as {@link push}, which must not be called any more.
   */
  *cutOff(): Generator<number, void, void> {
    if (this.#isStored) return;
    this.#reader.cutOff();
    try {
      yield* this.#decode();
    } catch (error) {
      if (!(error instanceof MessageCut)) throw error;
    }
  }

  *#decode(): Generator<number, void, void> {
    for (let step = this.#coder.next(); !step.done && step.value > this.#rows; step = this.#coder.next()) {
      this.#rows = step.value;
      this.#bytes = this.#reader.bytes;
      yield this.#rows;
    }
  }

  /** Takes rows of a message that is the pixels. */
  *#copy(message: Uint8Array): Generator<number, void, void> {
    const { width, height, channels } = this.#shape;
    const row = width * channels;
    while (this.#rows < height && (this.#rows + 1) * row <= message.length) {
      this.pixels.set(message.subarray(this.#bytes, this.#bytes + row), this.#bytes);
      this.#bytes += row;
      yield ++this.#rows;
    }
  }
}

/**
 * Decodes a picture from a whole message. Yields the number of finished rows after each row.
 *
 * @returns interleaved pixels, rows from the top, as of {@link TailDecoder}
 */
export function* decodeTail(
  message: Uint8Array,
  shape: TailShape,
  posterior: TailPosterior,
): Generator<number, Uint8Array, void> {
  const decoder = new TailDecoder(message.length, shape, posterior);
  yield* decoder.push(message);
  return decoder.pixels;
}
