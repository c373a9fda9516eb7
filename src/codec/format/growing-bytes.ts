/**
 * Collects bytes that arrive in pieces, in an array that doubles when it is full: time is linear in the number of
 * bytes.
 */
export class GrowingBytes {
  #memory: Uint8Array;
  #length: number;

  /** @param bytes - the first bytes; they are not copied until others are appended */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#memory = bytes;
    this.#length = bytes.length;
  }

  /** All bytes so far; valid until others are appended. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#memory.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#memory.length));
      grown.set(this.bytes);
      this.#memory = grown;
    }
    this.#memory.set(bytes, this.#length);
    this.#length = length;
  }
}
