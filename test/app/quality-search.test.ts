import { expect, test } from 'vitest';
import { type Attempt, searchQuality } from '../../app/src/lab/quality-search.ts';

/** An encoder whose files have these lengths, and a count of how often it ran. */
function encoderOf(length: (quality: number) => number) {
  const asked: number[] = [];
  const encode = async (quality: number): Promise<Attempt<string>> => {
    asked.push(quality);
    return { quality, bytes: length(quality), file: `q${quality}` };
  };
  return { asked, encode };
}

const exponential = (quality: number): number => Math.round(1000 * 1.04 ** quality);

test('finds the best quality whose file is not longer', async () => {
  for (const target of [1000, 1039, 1040, 5000, 20_000, 50_504, 50_505, 1e6]) {
    const { asked, encode } = encoderOf(exponential);
    const found = await searchQuality(target, encode);
    expect(found.bytes).toBeLessThanOrEqual(target);
    const better = found.quality === 100 ? Number.POSITIVE_INFINITY : exponential(found.quality + 1);
    // Either the next one is too long, or this one is within 1 %.
    expect(better > target || found.bytes >= 0.99 * target).toBe(true);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(8);
  }
});

test('where no file is so short, it is the shortest', async () => {
  const { encode } = encoderOf(exponential);
  expect(await searchQuality(10, encode)).toEqual({ quality: 0, bytes: 1000, file: 'q0' });
});

test('ends also where sizes jump, stand still or fall', async () => {
  for (const length of [
    (q: number) => (q < 50 ? 100 : 900),
    () => 500,
    (q: number) => 800 - q,
    (q: number) => 500 + (q % 7),
  ]) {
    for (const target of [99, 100, 500, 503, 899, 900]) {
      const { asked, encode } = encoderOf(length);
      const found = await searchQuality(target, encode);
      expect(found.bytes).toBe(length(found.quality));
      expect(asked.length).toBeLessThanOrEqual(101);
    }
  }
});
