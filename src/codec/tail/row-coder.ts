/** What codes a tail row by row: the kernel, or the reference where there is none. Both give the same bytes. */

/** Encodes a picture's rows, from the top. */
export interface RowEncoder {
  /**
   * Encodes the next row.
   *
   * @param samples - interleaved
   * @returns bytes of the message that are final; perhaps none
   */
  encodeRow(samples: Uint8Array | Uint8ClampedArray): Uint8Array;
  /** Ends the message; returns its last bytes. */
  finish(): Uint8Array;
}

/** What follows the bytes of a message that are there: more will come; nothing, it is whole; nothing, though it was cut. */
export type MessageEnd = 'coming' | 'whole' | 'cut';

/** Result of decoding a row: done; more bytes are needed; a pixel depends on bytes that will never come. */
export type RowResult = 'done' | 'waits' | 'cut';

/** Decodes a picture's rows, from the top. */
export interface RowDecoder {
  /** Number of bytes of the message that the decisions so far take. */
  readonly bytes: number;
  /**
   * Decodes the next row, or what is left of it. A pixel is decoded only if its bytes are there in any case, or no more
   * will come.
   *
   * @param message - the bytes so far, those of earlier calls included
   * @param end - what follows them
   * @param samples - receives the row when it is done
   */
  decodeRow(message: Uint8Array, end: MessageEnd, samples: Uint8Array): RowResult;
}
