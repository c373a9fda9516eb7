import type { EntropyModel } from './entropy-model.ts';

const MIN_RANGE = 2 ** 24;
/** Most bytes that a whole message may lack at its end: the encoder's `finish` omits zeros of the last 4. */
const SPARED_BYTES = 4;

/**
 * Reads what RangeEncoder wrote. Any bytes decode to some symbols: past the end of the message zeros are read, and
 * nothing outside the bytes or a model is ever accessed. docs/format.md, "Range coder".
 */
export class RangeDecoder {
  #bytes: Uint8Array;
  #at = 0;
  /** Position of the message within the encoder's interval. Invariant between calls: 0 <= offset < range. */
  #offset = 0;
  /** The encoder's range at this position. */
  #range = 2 ** 32 - 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < 4; i++) this.#offset = this.#offset * 256 + this.#next();
    // No encoder writes ff ff ff ff, but the invariant must hold for hostile bytes too.
    this.#offset = Math.min(this.#offset, this.#range - 1);
  }

  /** True if more bytes are missing than a whole message may lack: it was cut, or was coded with other models. */
  get truncated(): boolean {
    return this.#at > this.#bytes.length + SPARED_BYTES;
  }

  /**
   * Number of bytes of the message that are not read yet; negative: so many were read past its end. Every decision so far follows from
   * the bytes read.
   */
  get unread(): number {
    return this.#bytes.length - this.#at;
  }

  /**
   * Goes on with more of the message.
   *
   * @param bytes - the message so far: the bytes until now and those that came
   */
  extend(bytes: Uint8Array): void {
    if (this.unread < 0) throw new Error('bytes that were missing have been read as zeros');
    this.#bytes = bytes;
  }

  /** Reads a symbol of a model; an adaptive model is not updated. */
  decode(model: EntropyModel): number {
    const total = model.total;
    const symbol = model.lookup(this.#quantile(total));
    this.#narrow(model.start(symbol), model.size(symbol), total);
    return symbol;
  }

  /**
   * Reads a binary decision.
   *
   * @param probability - of a 1, in 1/65536, 1..65535
   */
  decodeBit(probability: number): number {
    const range = this.#range;
    const split = (range >>> 16) * probability + (((range & 0xffff) * probability) >>> 16);
    if (this.#offset < split) {
      this.#renormalise(this.#offset, split);
      return 1;
    }
    this.#renormalise(this.#offset - split, range - split);
    return 0;
  }

  /** Reads `count` bits as an unsigned integer, 0..32. */
  decodeRaw(count: number): number {
    let value = 0;
    for (const bits of count > 16 ? [count - 16, 16] : [count]) {
      if (bits === 0) break;
      const quantile = this.#quantile(2 ** bits);
      this.#narrow(quantile, 1, 2 ** bits);
      value = value * 2 ** bits + quantile;
    }
    return value;
  }

  /**
   * The largest quantile whose interval starts at or before offset: floor(((offset + 1) total - 1) / range) < total.
   */
  #quantile(total: number): number {
    return Math.floor(((this.#offset + 1) * total - 1) / this.#range);
  }

  #narrow(start: number, size: number, total: number): void {
    const from = Math.floor((this.#range * start) / total);
    const to = Math.floor((this.#range * (start + size)) / total);
    this.#renormalise(this.#offset - from, to - from);
  }

  #renormalise(offset: number, range: number): void {
    let o = offset;
    let r = range;
    while (r < MIN_RANGE) {
      o = ((o << 8) | this.#next()) >>> 0;
      r = (r << 8) >>> 0;
    }
    this.#offset = o;
    this.#range = r;
  }

  #next(): number {
    const byte = this.#at < this.#bytes.length ? this.#bytes[this.#at] : 0;
    this.#at++;
    return byte;
  }
}
