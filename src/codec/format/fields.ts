/** Fields of the header and of chunks. */
import { DdpmError } from '../../base/errors.ts';

const MAX_VARINT_BYTES = 5;

/** A header or chunk that ends before it is whole: more bytes may mend it. */
export class IncompleteError extends DdpmError {}

/** LEB128, unsigned, the fewest bytes. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

/** Reads fields one after the other; every failure names the field and its offset. */
export class FieldReader {
  /** Offset of the next byte. */
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.at = at;
    this.#bytes = bytes;
  }

  /** The next byte. */
  byte(field: string): number {
    if (this.at >= this.#bytes.length) {
      throw new IncompleteError(
        'ERR_DDPM_CORRUPT',
        `not a whole .ddpm header: ends at byte ${this.at}, in ${field} (${this.#bytes.length} bytes in all)`,
      );
    }
    return this.#bytes[this.at++];
  }

  /** The next `length` bytes; not a copy. */
  bytes(field: string, length: number): Uint8Array {
    if (length > this.#bytes.length - this.at) {
      throw new IncompleteError(
        'ERR_DDPM_CORRUPT',
        `not a whole .ddpm header: ends at byte ${this.#bytes.length}, in ${field} of ${length} bytes`,
      );
    }
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  /** The next LEB128 number, at most `max`. */
  varint(field: string, max: number): number {
    const start = this.at;
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.byte(field);
      value += (byte & 127) * 128 ** i;
      if (byte < 128) {
        if (value > max) this.fail(field, `${value} is above ${max}`, start);
        return value;
      }
    }
    return this.fail(field, `longer than ${MAX_VARINT_BYTES} bytes`, start);
  }

  /** Refuses a field. */
  fail(field: string, why: string, offset: number): never {
    throw new DdpmError('ERR_DDPM_CORRUPT', `bad .ddpm header: ${field} at byte ${offset}: ${why}`);
  }
}
