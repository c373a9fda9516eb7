/**
 * Checks of options. Messages start with `"name" expected`, so that a front end can put the name of its own flag there.
 */

/** A bad value as an error message shows it: of an object, the name of its class, if it has one. */
export function formatValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'an object';
}

/**
 * Checks that options are an object without unknown keys.
 *
 * @throws TypeError if they are not
 */
export function checkKeys(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`"options" expected object, got ${formatValue(options)}`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`"${key}" expected no such option; known: ${known.join(', ')}`);
  }
}

/** Bounds of a number, both included. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
  /** Where the bounds come from, for the message. */
  readonly why?: string;
}

/**
 * Checks an optional number.
 *
 * @returns the number, or undefined if it is not given
 * @throws TypeError if it is no number; RangeError if it is out of bounds or, where asked for, no integer
 */
export function checkNumber(name: string, value: unknown, bounds: Bounds): number | undefined {
  if (value === undefined) return undefined;
  const { min, max, integer = false, why } = bounds;
  const range = max >= Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min}..${max}`;
  const kind = `${integer ? 'integer' : 'number'} ${range}${why === undefined ? '' : ` (${why})`}`;
  const expected = `"${name}" expected ${kind}, got ${formatValue(value)}`;
  if (typeof value !== 'number') throw new TypeError(expected);
  if (!(value >= min && value <= max) || (integer && !Number.isInteger(value))) throw new RangeError(expected);
  return value;
}

/**
 * Checks an optional value that must be one of a list.
 *
 * @returns the value, or undefined if it is not given
 * @throws RangeError if the list does not have it
 */
export function checkChoice<T>(name: string, value: unknown, choices: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found === undefined)
    throw new RangeError(`"${name}" expected one of ${choices.join(', ')}, got ${formatValue(value)}`);
  return found;
}

/**
 * Checks an optional boolean.
 *
 * @throws TypeError if it is neither a boolean nor undefined
 */
export function checkBoolean(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new TypeError(`"${name}" expected true or false, got ${formatValue(value)}`);
}

/**
 * Checks an optional seed: an unsigned 32-bit integer.
 *
 * @returns the seed, or undefined if it is not given
 * @throws TypeError or RangeError as {@link checkNumber}
 */
export function checkSeed(name: string, value: unknown): number | undefined {
  return checkNumber(name, value, { min: 0, max: 2 ** 32 - 1, integer: true });
}

/** Progress callback and abort signal of a run. */
interface RunListeners {
  readonly signal?: unknown;
  readonly onProgress?: unknown;
}

/**
 * Checks the options `signal` and `onProgress` of long-running functions; both are optional.
 *
 * @throws TypeError if one is not what it should be
 */
export function checkListeners({ signal, onProgress }: RunListeners): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError('"signal" expected AbortSignal');
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError('"onProgress" expected function');
  }
}

/**
 * Checks the bytes of a file or stream.
 *
 * @throws TypeError if they are no Uint8Array
 */
export function checkBytes(name: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`"${name}" expected Uint8Array, got ${formatValue(value)}`);
}
