import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitReader, BitWriter } from '../../../src/codec/format/bits.ts';
import {
  type Gains,
  gainedSpectrum,
  gainsCodeLength,
  NO_GAINS,
  readGains,
  writeGains,
} from '../../../src/codec/format/variance-gains.ts';

function exponents(at: (bandClass: number) => number): Gains {
  return Int8Array.from({ length: 192 }, (_, i) => at(i));
}

/** The bits of a text of 0 and 1; what follows in its last byte are ones. */
function readerOf(text: string, length = text.length): BitReader {
  const bytes = (
    text
      .slice(0, length)
      .padEnd(Math.ceil(length / 8) * 8, '1')
      .match(/.{8}/g) ?? []
  ).map((byte) => Number.parseInt(byte, 2));
  return new BitReader(Uint8Array.from(bytes));
}

function textOf(gains: Gains, predicted: Gains): string {
  const out = new BitWriter();
  writeGains(out, gains, predicted);
  const bits = [...out.bytes()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits.slice(0, gainsCodeLength(gains, predicted));
}

const anyGains = fc.tuple(fc.integer({ min: -4, max: 11 }), fc.integer({ min: -4, max: 11 })).chain(([mean, other]) =>
  fc.array(fc.tuple(fc.nat(191), fc.integer({ min: -4, max: 11 })), { maxLength: 40 }).map((singles) => {
    const gains = exponents((i) => (i % 64 === 0 ? mean : other));
    for (const [i, exponent] of singles) gains[i] = exponent;
    return gains;
  }),
);

// docs/format.md, "Variance gains"
const EXAMPLE = '0000000001001101010000000100000' + '01';
const EXAMPLE_GAINS = exponents((i) => (i % 64 === 0 ? 3 : i === 63 ? 1 : 0));

describe('variance gains', () => {
  test('the example of docs/format.md', () => {
    expect(textOf(EXAMPLE_GAINS, NO_GAINS)).toBe(EXAMPLE);
    expect(readGains(readerOf(EXAMPLE), NO_GAINS)).toEqual(EXAMPLE_GAINS);
  });

  test('what is written is read again, at its length', () => {
    fc.assert(
      fc.property(anyGains, anyGains, (gains, predicted) => {
        const text = textOf(gains, predicted);
        const bits = readerOf(`${text}1`);
        expect(readGains(bits, predicted)).toEqual(gains);
        expect(bits.position).toBe(text.length);
      }),
    );
  });

  test.each(['00000000111', '00000000001', '00000000'])('%s is no code of gains, which are as predicted', (text) => {
    expect(gainsCodeLength(EXAMPLE_GAINS, EXAMPLE_GAINS)).toBe(0);
    const bits = readerOf(text);
    expect(readGains(bits, EXAMPLE_GAINS)).toBe(EXAMPLE_GAINS);
    expect(bits.position).toBe(0);
  });

  // A file may be cut within the prefix, too: whole bytes are cut, so the bits before it fill up the last one.
  test('a code that ends early is no damage', () => {
    for (let length = 9; length < EXAMPLE.length; length++) {
      const start = (8 - (length % 8)) % 8;
      const bits = readerOf('1'.repeat(start) + EXAMPLE, start + length);
      bits.position = start;
      expect(readGains(bits, NO_GAINS), `${length} bits`).toBeUndefined();
    }
  });

  test.each([
    ['a number with 17 leading zeros', `0000000001${'0'.repeat(17)}1`],
    ['193 single changes', '0000000001' + '11' + '000000011000010'],
    ['a class above 191', '0000000001' + '11' + '010' + '000000011000001' + '1'],
    ['an exponent of 12', '0000000001' + '000011000' + '11'],
    ['an exponent of -5', '0000000001' + '1' + '0001011' + '1'],
  ])('%s are damage', (_, text) => {
    expect(readGains(readerOf(text + '1'.repeat(64)), NO_GAINS)).toBe('damaged');
  });

  test('a gain of 4 is two octaves of the spectrum', () => {
    const spectrum = Int32Array.from({ length: 192 }, (_, i) => i);
    expect([...gainedSpectrum(spectrum, EXAMPLE_GAINS)].slice(62, 66)).toEqual([62, 63 + 32, 64 + 96, 65]);
  });
});
