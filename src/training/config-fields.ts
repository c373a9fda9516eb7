/** Reads settings from parsed JSON: values are checked, defaults filled in, and unknown keys refused. */
import { DdpmError } from '../base/errors.ts';

/** How a value looks in a message. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}

/** One object of a config file. Every key that is read counts as known; {@link finish} refuses the rest. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #source: string;
  readonly #path: string;
  readonly #known: string[] = [];

  /**
   * @param value - the parsed object
   * @param source - name of the file, for messages
   * @param path - where in the file the object is, with a dot at its end; empty for the whole
   * @throws DdpmError `ERR_DDPM_INPUT` if the value is no object
   */
  constructor(value: unknown, source: string, path = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DdpmError(
        'ERR_DDPM_INPUT',
        `${source}: ${path === '' ? 'the config' : path.slice(0, -1)} is ${shown(value)}, expected an object`,
      );
    }
    this.#values = value as Record<string, unknown>;
    this.#source = source;
    this.#path = path;
  }

  /** The error of a key. */
  fail(key: string, expected: string): DdpmError {
    const found = shown(this.#values[key]);
    return new DdpmError('ERR_DDPM_INPUT', `${this.#source}: "${this.#path}${key}" is ${found}, expected ${expected}`);
  }

  /** A number within bounds, both included. */
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

  /** A whole number within bounds. */
  integer(key: string, fallback: number, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
    return this.number(key, fallback, { min, max, integer: true });
  }

  /** One of several texts. */
  choice<const T extends string>(key: string, fallback: T, choices: readonly T[]): T {
    const value = (this.#take(key) ?? fallback) as T;
    if (!choices.includes(value)) throw this.fail(key, `one of ${choices.join(', ')}`);
    return value;
  }

  /** True or false. */
  boolean(key: string, fallback: boolean): boolean {
    const value = this.#take(key) ?? fallback;
    if (typeof value !== 'boolean') throw this.fail(key, 'true or false');
    return value;
  }

  /** A text that is not empty. */
  text(key: string, fallback: string): string {
    const value = this.#take(key) ?? fallback;
    if (typeof value !== 'string' || value === '') throw this.fail(key, 'a text');
    return value;
  }

  /** A list of texts. */
  texts(key: string, fallback: readonly string[]): string[] {
    const value = this.#take(key) ?? fallback;
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string' && item !== '')) {
      throw this.fail(key, 'a list of texts');
    }
    return value;
  }

  /** A list of numbers within bounds. */
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

  /** A nested object; empty where the key is missing. */
  object(key: string): Fields {
    return new Fields(this.#take(key) ?? {}, this.#source, `${this.#path}${key}.`);
  }

  /** A nested object as it is; empty where the key is missing. */
  raw(key: string): Record<string, unknown> {
    const value = this.#take(key) ?? {};
    new Fields(value, this.#source, `${this.#path}${key}.`);
    return value as Record<string, unknown>;
  }

  /** @throws DdpmError `ERR_DDPM_INPUT` naming the first key that nothing has asked for */
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
