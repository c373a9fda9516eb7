import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryCache } from '../../src/server/memory-cache.ts';

describe('memoryCache', () => {
  test('drops what was not used longest', () => {
    const cache = memoryCache({ bytes: 100 });
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, new Uint8Array(25));
    cache.get('a');
    cache.set('e', new Uint8Array(26));
    const kept = ['a', 'b', 'c', 'd', 'e'].filter((key) => cache.get(key) !== undefined);
    expect(kept).toEqual(['a', 'd', 'e']);
  });

  test('never holds more than its bytes, and gives back what was set last', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), length: fc.integer({ min: 0, max: 60 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const cache = memoryCache({ bytes: 100 });
        const last = new Map<string, Uint8Array>();
        for (const { key, length } of steps) {
          const value = new Uint8Array(length);
          cache.set(key, value);
          last.set(key, value);
          expect(cache.get(key)).toBe(value);
          const found = [...last].filter(([each]) => cache.get(each) !== undefined);
          for (const [each, latest] of found) expect(cache.get(each)).toBe(latest);
          expect(found.reduce((sum, [, { length: bytes }]) => sum + bytes, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  test('does not keep what is larger than all of it, nor what it replaces', () => {
    const cache = memoryCache({ bytes: 100 });
    cache.set('a', new Uint8Array(10));
    cache.set('a', new Uint8Array(101));
    expect(cache.get('a')).toBeUndefined();
  });

  test('refuses wrong options', () => {
    expect(() => memoryCache({ bytes: 0 })).toThrow('"bytes" expected number 1 or more, got 0');
    expect(() => memoryCache({} as { bytes: number })).toThrow('"bytes" expected number of bytes, got undefined');
  });
});
