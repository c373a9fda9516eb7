/** Checks of options. Messages start with `"name" expected`, so that a front end can name its own flag instead. */

/** How a bad value looks in a message. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/**
 * Refuses options that are not an object or have unknown keys.
 *
 * @throws TypeError
 */
export function checkKeys(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`"options" expected object, got ${shown(options)}`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`"${key}" expected no such option; known: ${known.join(', ')}`);
  }
}

/** Bounds of a number, both included. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/**
 * An optional number within bounds.
 *
 * @throws TypeError if it is no number, RangeError if it is out of bounds
 */
export function checkNumber(name: string, value: unknown, { min, max, integer = false }: Bounds): number | undefined {
  if (value === undefined) return undefined;
  const kind = integer ? 'integer' : 'number';
  const expected = `"${name}" expected ${kind} ${min}..${max}, got ${shown(value)}`;
  if (typeof value !== 'number') throw new TypeError(expected);
  if (!(value >= min && value <= max) || (integer && !Number.isInteger(value))) throw new RangeError(expected);
  return value;
}

/**
 * An optional value out of a list.
 *
 * @throws RangeError
 */
export function checkChoice<T>(name: string, value: unknown, choices: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new RangeError(`"${name}" expected one of ${choices.join(', ')}, got ${shown(value)}`);
  return found;
}

/**
 * An optional boolean.
 *
 * @throws TypeError
 */
export function checkBoolean(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new TypeError(`"${name}" expected true or false, got ${shown(value)}`);
}

/**
 * An optional seed: an unsigned 32-bit integer.
 *
 * @throws TypeError or RangeError
 */
export function checkSeed(name: string, value: unknown): number | undefined {
  return checkNumber(name, value, { min: 0, max: 2 ** 32 - 1, integer: true });
}

/** Who listens to a run, and what may end it. */
interface Listeners {
  readonly signal?: unknown;
  readonly onProgress?: unknown;
}

/**
 * The optional `signal` and `onProgress` that all long-running functions take.
 *
 * @throws TypeError
 */
export function checkListeners({ signal, onProgress }: Listeners): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError('"signal" expected AbortSignal');
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError('"onProgress" expected function');
  }
}

/**
 * The bytes of a file or stream.
 *
 * @throws TypeError
 */
export function checkBytes(name: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`"${name}" expected Uint8Array, got ${shown(value)}`);
}
