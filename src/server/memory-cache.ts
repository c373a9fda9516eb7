import { checkKeys, checkNumber } from '../base/check-options.ts';

/** A store of pictures that were made, such as Redis, a disk or {@link memoryCache}. Its errors make no request fail. */
export interface PictureCache {
  /** The bytes of a picture; undefined or null if they are not there. */
  get(key: string): Promise<Uint8Array | null | undefined> | Uint8Array | null | undefined;
  /**
   * Keeps the bytes of a picture, which must not be changed.
   *
   * @param key - 43 letters, digits, `-` and `_`: a hash of file, its version, what was asked for, model and version of this
   *   package
   */
  set(key: string, value: Uint8Array): Promise<unknown> | unknown;
}

/**
 * Keeps pictures in memory, up to a number of bytes; those that were not asked for longest are dropped.
 *
 * @param options - `bytes`: of all pictures together, 1 or more; a larger picture is not kept
 * @throws TypeError or RangeError for a wrong option
 */
export function memoryCache(options: { readonly bytes: number }): PictureCache {
  checkKeys(options, ['bytes']);
  const limit = checkNumber('bytes', options.bytes, { min: 1, max: Number.MAX_SAFE_INTEGER });
  if (limit === undefined) throw new TypeError('"bytes" expected number of bytes, got undefined');
  /** By the time of their last use. */
  const pictures = new Map<string, Uint8Array>();
  let total = 0;
  const remove = (key: string): Uint8Array | undefined => {
    const found = pictures.get(key);
    total -= found?.length ?? 0;
    pictures.delete(key);
    return found;
  };
  const add = (key: string, value: Uint8Array): void => {
    pictures.set(key, value);
    total += value.length;
  };
  return {
    get: (key) => {
      const found = remove(key);
      if (found) add(key, found);
      return found;
    },
    set: (key, value) => {
      remove(key);
      if (value.length > limit) return;
      add(key, value);
      for (const oldest of pictures.keys()) {
        if (total <= limit) return;
        remove(oldest);
      }
    },
  };
}
