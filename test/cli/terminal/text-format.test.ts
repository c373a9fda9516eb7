import { expect, test } from 'vitest';
import { parseByteCount, parseNumber } from '../../../src/cli/parse-arguments.ts';
import { decibels, grouped, seconds, summaryLine } from '../../../src/cli/terminal/text-format.ts';

test('the summary line', () => {
  const line = summaryLine({
    input: 'in.png',
    output: 'out.ddpm',
    bytes: 18432,
    bpp: 0.375,
    result: decibels(31.4159),
    timeMs: 2100,
  });
  expect(line).toBe('in.png → out.ddpm  18 432 B  0.375 bpp  31.42 dB  2.1 s');
});

test('formatted numbers', () => {
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1 000', '1 234 567']);
  expect([0, 2149, 99_940, 99_950, 200_000].map(seconds)).toEqual([
    '0.0 s',
    '2.1 s',
    '99.9 s',
    '1 min 40 s',
    '3 min 20 s',
  ]);
  expect(decibels(Number.POSITIVE_INFINITY)).toBe('exact');
});

test('byte counts', () => {
  const texts = ['1', '18500', '18.5k', '4.1k', '2M', '0.25M'];
  expect(texts.map(parseByteCount)).toEqual([1, 18500, 18500, 4100, 2_000_000, 250_000]);
  for (const text of ['', '0', '0k', '1.5', '0.0001k', '-1', '1K', '1kB', 'k', '1e3', '99999999999999M']) {
    expect(() => parseByteCount(text), text).toThrow('whole number of bytes');
  }
});

test('numbers', () => {
  expect(['5', '-1', '.5', '1.', '1e-2'].map(parseNumber)).toEqual([5, -1, 0.5, 1, 0.01]);
  for (const text of ['', ' ', 'x', '1x', '0x10', 'Infinity', '1e400', '1,5'])
    expect(() => parseNumber(text), text).toThrow();
});
