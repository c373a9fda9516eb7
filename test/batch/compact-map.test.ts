import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CompactMap } from '../../src/batch/compact-map.ts';

test('agrees with a Map on every series of calls', () => {
  const text = fc.oneof(fc.constantFrom('', 'a', 'b', 'c', '__proto__'), fc.string());
  const call = fc.tuple(text, fc.integer({ min: 0, max: 254 }));
  fc.assert(
    fc.property(fc.array(call), (calls) => {
      const [compact, plain] = [new CompactMap(), new Map<string, number>()];
      for (const [key, value] of calls) {
        expect(compact.get(key)).toBe(plain.get(key));
        compact.set(key, value);
        plain.set(key, value);
      }
      for (const [key] of calls) expect(compact.get(key)).toBe(plain.get(key));
      expect(compact.size).toBe(plain.size);
    }),
  );
});

test('keeps every value while it grows', () => {
  const map = new CompactMap();
  for (let i = 0; i < 50_000; i++) map.set(`photos/${i}.jpg`, i % 255);
  expect(map.size).toBe(50_000);
  for (let i = 0; i < 50_000; i++) if (map.get(`photos/${i}.jpg`) !== i % 255) throw new Error(`lost ${i}`);
  for (let i = 50_000; i < 60_000; i++) if (map.get(`photos/${i}.jpg`) !== undefined) throw new Error(`found ${i}`);
});

test.each([-1, 255, 1.5, Number.NaN])('refuses the value %s', (value) => {
  expect(() => new CompactMap().set('x', value)).toThrow(RangeError);
});
