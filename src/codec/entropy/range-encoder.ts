import { type EntropyModel, MAX_TOTAL } from './entropy-model.ts';

/** The range is never smaller between two symbols. */
const MIN_RANGE = 2 ** 24;
const FULL_RANGE = 2 ** 32;

/**
 * Range encoder with 32 bits of state and carries into the bytes already written (Martin 1979; Schindler 1998). The
 * bytes so far and `low` are the lower end of an interval of width `range`; each symbol narrows it to its share.
 * docs/design/range-coder.md proves what the comments below state.
 */
export class RangeEncoder {
  /** Invariant between calls: 0 <= low < 2^32. */
  #low = 0;
  /** Invariant between calls: 2^24 <= range <= 2^32 - 1. */
  #range = FULL_RANGE - 1;
  #bytes: Uint8Array = new Uint8Array(1024);
  #length = 0;

  /** Bytes written so far; `finish` adds up to 2. */
  get length(): number {
    return this.#length;
  }

  /** Appends a symbol of a model; an adaptive model is not updated. */
  encode(model: EntropyModel, symbol: number): void {
    this.encodeInterval(model.start(symbol), model.size(symbol), model.total);
  }

  /**
   * Appends the interval [start, start + size) of 0 .. total.
   *
   * @param size - at least 1
   * @param total - at most 2^16
   */
  encodeInterval(start: number, size: number, total: number): void {
    // range * start < 2^48 is exact, and the floor of the rounded quotient is the exact one
    // (docs/design/range-coder.md, "Exactness").
    const from = Math.floor((this.#range * start) / total);
    const to = Math.floor((this.#range * (start + size)) / total);
    this.#narrow(from, to - from);
  }

  /**
   * Appends a binary decision.
   *
   * @param probability - of a 1, in 1/65536, 1..65535
   */
  encodeBit(bit: number, probability: number): void {
    // floor(range * probability / 2^16) in 32-bit steps; neither product reaches 2^32.
    const range = this.#range;
    const split = (range >>> 16) * probability + (((range & 0xffff) * probability) >>> 16);
    if (bit) this.#narrow(0, split);
    else this.#narrow(split, range - split);
  }

  /** Appends the low `count` bits (0..32) of an unsigned integer, with equal probabilities. */
  encodeRaw(value: number, count: number): void {
    if (count > 16) this.encodeInterval((value >>> 16) & (2 ** (count - 16) - 1), 1, 2 ** (count - 16));
    const low = Math.min(count, 16);
    if (low > 0) this.encodeInterval(value & (2 ** low - 1), 1, 2 ** low);
  }

  /**
   * Narrows the interval. range >= 2^24 and total <= 2^16 make every width at least 2^8 - 1, so that at most two bytes
   * restore range >= 2^24.
   */
  #narrow(from: number, width: number): void {
    let low = this.#low + from;
    let range = width;
    if (low >= FULL_RANGE) {
      low -= FULL_RANGE;
      this.#carry();
    }
    while (range < MIN_RANGE) {
      this.#put(low >>> 24);
      low = (low << 8) >>> 0;
      range = (range << 8) >>> 0;
    }
    this.#low = low;
    this.#range = range;
  }

  #put(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }

  /**
   * Adds 1 to the bytes, taken as one number. It still stands for a fraction below 1, so the first byte never
   * overflows.
   */
  #carry(): void {
    let at = this.#length - 1;
    while (this.#bytes[at] === 0xff) this.#bytes[at--] = 0;
    this.#bytes[at]++;
  }

  /**
   * Ends the message with the fewest bytes that, followed by zeros, lie in the interval; returns a copy of the message.
   */
  finish(): Uint8Array {
    // At most two bytes are needed: of 2^24 successive numbers one ends with 16 zero bits.
    for (let count = 0, unit = FULL_RANGE; ; count++, unit /= 256) {
      const value = Math.ceil(this.#low / unit) * unit;
      if (value - this.#low >= this.#range) continue;
      let rest = value;
      if (rest >= FULL_RANGE) {
        rest -= FULL_RANGE;
        this.#carry();
      }
      for (let i = 0; i < count; i++) this.#put((rest >>> (24 - 8 * i)) & 0xff);
      return this.#bytes.slice(0, this.#length);
    }
  }
}

/**
 * Checks the total of a model whose frequencies come from a caller.
 *
 * @throws RangeError if it cannot be coded
 */
export function checkTotal(total: number): void {
  if (!Number.isInteger(total) || total < 1 || total > MAX_TOTAL) {
    throw new RangeError(`"total" expected an integer 1..${MAX_TOTAL}, got ${total}`);
  }
}
