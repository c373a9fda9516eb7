/** Writes and reads bit strings, most significant bit first. */

/** Appends bits to a growing byte array. */
export class BitWriter {
  #bytes: Uint8Array = new Uint8Array(256);
  #length = 0;

  /** Bits written so far. */
  get length(): number {
    return this.#length;
  }

  #reserve(bits: number): void {
    const needed = (this.#length + bits + 7) >>> 3;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  /** Appends the low `count` bits of an unsigned integer, 0..32. */
  write(value: number, count: number): void {
    this.#reserve(count);
    for (let i = count - 1; i >= 0; i--) {
      if ((value >>> i) & 1) this.#bytes[this.#length >>> 3] |= 0x80 >>> (this.#length & 7);
      this.#length++;
    }
  }

  /** Appends the first `count` bits of a packed string. */
  writePacked(packed: Uint8Array, count: number): void {
    this.#reserve(count);
    const whole = count >>> 3;
    const shift = this.#length & 7;
    let at = this.#length >>> 3;
    for (let i = 0; i < whole; i++, at++) {
      this.#bytes[at] |= packed[i] >>> shift;
      if (shift) this.#bytes[at + 1] = packed[i] << (8 - shift);
    }
    this.#length += whole * 8;
    const rest = count & 7;
    if (rest) this.write(packed[whole] >>> (8 - rest), rest);
  }

  /** A copy of the bits so far, padded with zeros to whole bytes. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, (this.#length + 7) >>> 3);
  }
}

/** Reads bits of a byte array; returns undefined where not enough bits are left. */
export class BitReader {
  readonly bytes: Uint8Array;
  /** Position of the next bit. */
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  /** Number of bits left. */
  get remaining(): number {
    return this.bytes.length * 8 - this.position;
  }

  /** The next `count` bits as an unsigned integer, 0..32. */
  read(count: number): number | undefined {
    if (count > this.remaining) return undefined;
    let value = 0;
    for (let i = 0; i < count; i++, this.position++) {
      value = (value << 1) | ((this.bytes[this.position >>> 3] >>> (7 - (this.position & 7))) & 1);
    }
    return value >>> 0;
  }

  /** The next `count` bits as a packed string, padded with zeros. */
  readPacked(count: number): Uint8Array | undefined {
    if (count > this.remaining) return undefined;
    const packed = new Uint8Array((count + 7) >>> 3);
    const shift = this.position & 7;
    let at = this.position >>> 3;
    for (let i = 0; i < packed.length; i++, at++) {
      packed[i] = (this.bytes[at] << shift) | (shift ? (this.bytes[at + 1] ?? 0) >>> (8 - shift) : 0);
    }
    if (count & 7) packed[packed.length - 1] &= 0xff00 >>> (count & 7);
    this.position += count;
    return packed;
  }
}
