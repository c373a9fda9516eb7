import { expect, test } from 'vitest';
import { cachedPromise } from '../../src/base/promise-cache.ts';

test('work is done once for a key; after a failure it is tried again', async () => {
  const cache = new Map<string, Promise<number>>();
  let calls = 0;
  const make = async (): Promise<number> => {
    calls++;
    if (calls === 1) throw new Error('not yet');
    return calls;
  };
  const both = [cachedPromise(cache, 'a', make), cachedPromise(cache, 'a', make)];
  for (const promise of both) await expect(promise).rejects.toThrow('not yet');
  expect(await cachedPromise(cache, 'a', make)).toBe(2);
  expect(await cachedPromise(cache, 'a', make)).toBe(2);
  expect(await cachedPromise(cache, 'b', make)).toBe(3);
});
