/** Writes and reads bit strings, most significant bit first. */

/**
 * Copies bits to a place in which all bits are 0.
 *
 * @param from - position of the first bit in `source`
 * @param to - position of the first bit in `target`
 */
export function copyBits(source: Uint8Array, from: number, target: Uint8Array, to: number, count: number): void {
  const end = to + count;
  for (let at = to; at < end; ) {
    const shift = at & 7;
    const taken = Math.min(8 - shift, end - at);
    const first = from + at - to;
    const pair = (source[first >>> 3] << 8) | (source[(first >>> 3) + 1] ?? 0);
    const bits = (pair >>> (16 - (first & 7) - taken)) & ((1 << taken) - 1);
    target[at >>> 3] |= bits << (8 - shift - taken);
    at += taken;
  }
}

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

  /** Appends `count` bits of a packed string, from bit `from` on. */
  writePacked(packed: Uint8Array, count: number, from = 0): void {
    this.#reserve(count);
    copyBits(packed, from, this.#bytes, this.#length, count);
    this.#length += count;
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
    copyBits(this.bytes, this.position, packed, 0, count);
    this.position += count;
    return packed;
  }
}
