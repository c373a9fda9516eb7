import { describe, expect, test } from 'vitest';
import { IntegerCode } from '../../../bench/channels/integer-code.ts';
import { PrivateRandom } from '../../../bench/channels/private-random.ts';
import { ZipfCode, zeta } from '../../../bench/channels/zipf.ts';
import { RangeDecoder } from '../../../src/codec/entropy/range-decoder.ts';
import { RangeEncoder } from '../../../src/codec/entropy/range-encoder.ts';

/** Bits of integers, once they are read again. */
function codedBits(values: readonly number[], of: (i: number) => number = () => 0): number {
  const encoder = new RangeEncoder();
  const writer = new IntegerCode();
  for (const [i, value] of values.entries()) writer.write(encoder, of(i), value);
  const message = encoder.finish();
  const decoder = new RangeDecoder(message);
  const reader = new IntegerCode();
  expect(values.map((_, i) => reader.read(decoder, of(i)))).toEqual(values);
  return 8 * message.length;
}

describe('IntegerCode', () => {
  test('gives back every size of integer, in several classes', () => {
    const values = [1, 2, 3, 7, 8, 15, 16, 17, 1000, 65_535, 65_536, 2 ** 24 + 5, 2 ** 31 - 1, 1, 2 ** 30];
    codedBits(values, (i) => i % 3);
  });

  test('takes little more than the entropy of what it has learned', () => {
    const random = new PrivateRandom(3);
    // Geometric, P(n) = (1 - p) p^(n - 1) with p = exp(-1 / 20).
    const values = Array.from({ length: 20_000 }, () => 1 + Math.floor(20 * random.exponential()));
    const p = Math.exp(-1 / 20);
    const entropy = -Math.log2(1 - p) - (p / (1 - p)) * Math.log2(p);
    const bits = codedBits(values) / values.length;
    expect(bits).toBeGreaterThan(0.99 * entropy);
    expect(bits).toBeLessThan(1.02 * entropy);
  });
});

describe('ZipfCode', () => {
  test('zeta is the zeta function', () => {
    expect(zeta(2)).toBeCloseTo(Math.PI ** 2 / 6, 12);
    expect(zeta(1.1)).toBeCloseTo(10.584448464950803, 9);
  });

  test('its lengths are those of a whole code', () => {
    const code = new ZipfCode(0);
    let sum = 0;
    const count = 200_000;
    for (let n = 1; n <= count; n++) sum += 2 ** -code.length(n);
    const exponent = code.length(2) - code.length(1);
    const rest = (count ** (1 - exponent) / (exponent - 1)) * 2 ** -code.length(1);
    expect(sum + rest).toBeCloseTo(1, 5);
  });
});
