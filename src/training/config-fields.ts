/** Reads settings from parsed JSON: checks values, fills in defaults, and refuses unknown keys. */
import { DdpmError } from '../base/errors.ts';

/** A value as text for a message, at most 80 characters long. */
function quote(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}

/**
 * Reads one object of a config file. The reading methods throw DdpmError `ERR_DDPM_INPUT` for a wrong value. Each key
 * that they read counts as known; {@link finish} refuses all others.
 */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #source: string;
  readonly #path: string;
  readonly #known: string[] = [];

  /**
   * @param value - the parsed object
   * @param source - name of the file, for error messages
   * @param path - keys that lead to the object, each followed by a dot; empty for the whole file
   * @throws DdpmError `ERR_DDPM_INPUT` if the value is not an object
   */
  constructor(value: unknown, source: string, path = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DdpmError(
        'ERR_DDPM_INPUT',
        `${source}: ${path === '' ? 'the config' : path.slice(0, -1)} is ${quote(value)}, expected an object`,
      );
    }
    this.#values = value as Record<string, unknown>;
    this.#source = source;
    this.#path = path;
  }

  /** Makes the error for a wrong value of a key. */
  fail(key: string, expected: string): DdpmError {
    const found = quote(this.#values[key]);
    return new DdpmError('ERR_DDPM_INPUT', `${this.#source}: "${this.#path}${key}" is ${found}, expected ${expected}`);
  }

  /** Reads a number min..max, both included. */
  number(
    key: string,
    fallback: number,
    bounds: { readonly min?: number; readonly max?: number; readonly integer?: boolean } = {},
  ): number {
    const { min = 0, max = Number.MAX_SAFE_INTEGER, integer = false } = bounds;
    const value = this.#take(key) ?? fallback;
    if (typeof value !== 'number' || !(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
      throw this.fail(key, `${integer ? 'an integer' : 'a number'} ${min}..${max}`);
    }
    return value;
  }

  /** Reads an integer min..max. */
  integer(key: string, fallback: number, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
    return this.number(key, fallback, { min, max, integer: true });
  }

  /** Reads a string that must be one of `choices`. */
  choice<const T extends string>(key: string, fallback: T, choices: readonly T[]): T {
    const value = (this.#take(key) ?? fallback) as T;
    if (!choices.includes(value)) throw this.fail(key, `one of ${choices.join(', ')}`);
    return value;
  }

  /** Reads a boolean. */
  boolean(key: string, fallback: boolean): boolean {
    const value = this.#take(key) ?? fallback;
    if (typeof value !== 'boolean') throw this.fail(key, 'true or false');
    return value;
  }

  /** Reads a non-empty string. */
  text(key: string, fallback: string): string {
    const value = this.#take(key) ?? fallback;
    if (typeof value !== 'string' || value === '') throw this.fail(key, 'a text');
    return value;
  }

  /** Reads a list of non-empty strings. */
  texts(key: string, fallback: readonly string[]): string[] {
    const value = this.#take(key) ?? fallback;
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' && item !== '')) {
      throw this.fail(key, 'a list of texts');
    }
    return value;
  }

  /** Reads a list of finite numbers >= min, of the given length or at least one. */
  numbers(
    key: string,
    fallback: readonly number[],
    { length, min = 0 }: { length?: number; min?: number } = {},
  ): number[] {
    const value = this.#take(key) ?? fallback;
    const fits =
      Array.isArray(value) &&
      (length === undefined ? value.length > 0 : value.length === length) &&
      value.every((item) => typeof item === 'number' && item >= min && Number.isFinite(item));
    if (!fits) throw this.fail(key, `a list of ${length ?? 'some'} numbers >= ${min}`);
    return value;
  }

  /** Reads a nested object, which is empty if the key is missing. */
  object(key: string): Fields {
    return new Fields(this.#take(key) ?? {}, this.#source, `${this.#path}${key}.`);
  }

  /** Returns a nested object unchecked; it is empty if the key is missing. */
  raw(key: string): Record<string, unknown> {
    const value = this.#take(key) ?? {};
    new Fields(value, this.#source, `${this.#path}${key}.`);
    return value as Record<string, unknown>;
  }

  /** @throws DdpmError `ERR_DDPM_INPUT` naming the first key that was not read */
  finish(): void {
    const unknown = Object.keys(this.#values).find((key) => !this.#known.includes(key));
    if (unknown === undefined) return;
    const known = this.#known.map((key) => `${this.#path}${key}`).join(', ');
    throw new DdpmError('ERR_DDPM_INPUT', `${this.#source}: unknown key "${this.#path}${unknown}", known: ${known}`);
  }

  #take(key: string): unknown {
    this.#known.push(key);
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
  }
}
