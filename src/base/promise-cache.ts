/**
 * The cached promise of a key, made if there is none. A promise that rejects is removed, so that the next call tries
 * again.
 *
 * @param make - starts the work; called at most once while its promise is pending or fulfilled
 */
export function cachedPromise<K, V>(cache: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  let found = cache.get(key);
  if (found === undefined) {
    found = make();
    cache.set(key, found);
    found.catch(() => cache.delete(key));
  }
  return found;
}
