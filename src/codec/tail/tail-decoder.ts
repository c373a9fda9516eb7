/** Decodes the lossless tail of a stream, whole or while its message arrives. docs/format.md, "Tail". */
import { ReferenceDecoder } from './reference/reference-rows.ts';
import type { MessageEnd, RowDecoder } from './row-coder.ts';
import { openTailKernel } from './tail-kernel.ts';
import { MOST_CODED_WIDTH, type TailPosterior, type TailShape } from './tail-posterior.ts';

/** Decodes a picture row by row, each as soon as its bytes are there. */
export class TailDecoder {
  /** Interleaved pixels, rows from the top; those of the finished rows are decoded. */
  readonly pixels: Uint8Array;
  readonly #length: number;
  readonly #shape: TailShape;
  /** Undefined if the message is the pixels, or should be: then no row is decoded. */
  readonly #decoder: RowDecoder | undefined;
  #message: Uint8Array = new Uint8Array(0);
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
    if (!this.#isStored && shape.width <= MOST_CODED_WIDTH) {
      this.#decoder = openTailKernel(shape, posterior) ?? new ReferenceDecoder(shape, posterior);
    }
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
    this.#message = message;
    yield* this.#decode(message.length === this.#length ? 'whole' : 'coming');
  }

  /**
   * Decodes what else the bytes so far determine of a message that was cut: rows up to the first decision that depends on bytes that
   * are not there. Yields as {@link push}, which must not be called any more.
   */
  *cutOff(): Generator<number, void, void> {
    if (this.#isStored) return;
    if (this.#message.length < this.#length) yield* this.#decode('cut');
  }

  *#decode(end: MessageEnd): Generator<number, void, void> {
    const { width, height, channels } = this.#shape;
    const samples = width * channels;
    const decoder = this.#decoder;
    while (decoder && this.#rows < height) {
      const row = this.pixels.subarray(this.#rows * samples, (this.#rows + 1) * samples);
      if (decoder.decodeRow(this.#message, end, row) !== 'done') return;
      this.#rows++;
      this.#bytes = decoder.bytes;
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
