/** Reads and writes fields of the header and of chunks. */
import { DdpmError } from '../../base/errors.ts';

const MAX_VARINT_BYTES = 5;

/** The bytes end within the header or a chunk; with more bytes it may be valid. */
export class IncompleteError extends DdpmError {}

/** Encodes an unsigned integer as LEB128, in the fewest bytes. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

/** Reads fields one after the other; every error message names the field and its offset. */
export class FieldReader {
  /** Offset of the next byte. */
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.at = at;
    this.#bytes = bytes;
  }

  /**
   * The next byte.
   *
   * @throws IncompleteError if the bytes end
   */
  byte(field: string): number {
    if (this.at >= this.#bytes.length) {
      throw new IncompleteError(
        'ERR_DDPM_CORRUPT',
        `not a whole .ddpm header: ends at byte ${this.at}, in ${field} (${this.#bytes.length} bytes in all)`,
      );
    }
    return this.#bytes[this.at++];
  }

  /**
   * The next `length` bytes, not a copy.
   *
   * @throws IncompleteError if there are fewer
   */
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

  /**
   * The next LEB128 number.
   *
   * @throws DdpmError `ERR_DDPM_CORRUPT` if it is above `max` or longer than 5 bytes; IncompleteError if the bytes end
   */
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

  /**
   * Rejects a field.
   *
   * @throws DdpmError `ERR_DDPM_CORRUPT`
   */
  fail(field: string, why: string, offset: number): never {
    throw new DdpmError('ERR_DDPM_CORRUPT', `bad .ddpm header: ${field} at byte ${offset}: ${why}`);
  }
}
