/**
 * Counts the memory that is requested for typed arrays. It is outside the JavaScript heap, so the `resourceLimits` of a
 * worker do not limit it; and it is not resident until it is used, so the size of the process does not show it either.
 */

/** Memory that was requested for the current case, in bytes, and its limit. */
export const allocated: { largest: number; sum: number; limit: number } = {
  largest: 0,
  sum: 0,
  limit: Number.POSITIVE_INFINITY,
};

/** Thrown if a case requests too much memory at once. It is not a DdpmError, so it makes the case fail. */
export class AllocationError extends Error {}

type Constructor = (new (...args: unknown[]) => object) & { readonly BYTES_PER_ELEMENT: number };

function count(bytes: number): void {
  if (!(bytes > 0)) return;
  allocated.largest = Math.max(allocated.largest, bytes);
  allocated.sum += bytes;
  if (bytes > allocated.limit) throw new AllocationError(`${bytes} bytes at once, limit ${allocated.limit}`);
}

function lengthOf(argument: unknown): number {
  if (typeof argument === 'number') return argument;
  if (typeof argument !== 'object' || argument === null || argument instanceof ArrayBuffer) return 0;
  return 'length' in argument && typeof argument.length === 'number' ? argument.length : 0;
}

/** Replaces the constructors of all typed arrays by counting ones. Must be called before any other module is loaded. */
export function countAllocations(): void {
  const names = ['Int8', 'Uint8', 'Uint8Clamped', 'Int16', 'Uint16', 'Int32', 'Uint32', 'Float32', 'Float64'];
  for (const name of names.map((type) => `${type}Array`)) {
    const scope = globalThis as unknown as Record<string, Constructor>;
    const original = scope[name];
    const counting: Constructor = new Proxy(original, {
      construct(target, args, newTarget): object {
        count(lengthOf(args[0]) * target.BYTES_PER_ELEMENT);
        return Reflect.construct(target, args, newTarget === counting ? target : newTarget);
      },
    });
    // Some packages compare `value.constructor` with the global.
    original.prototype.constructor = counting;
    scope[name] = counting;
  }
}
