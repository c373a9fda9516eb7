import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitReader, BitWriter } from '../../../src/codec/format/bits.ts';
import {
  type Gains,
  gainedSpectrum,
  gainGroup,
  gainsCodeLength,
  LEAST_GAIN,
  MOST_GAIN,
  NO_GAINS,
  predictGains,
  readGains,
  writeGains,
} from '../../../src/codec/format/variance-gains.ts';

const exponent = fc.integer({ min: LEAST_GAIN, max: MOST_GAIN });
/** Gains as encoders make them: one for each group, and some classes apart. */
const gains: fc.Arbitrary<Gains> = fc
  .tuple(exponent, exponent, fc.array(fc.tuple(fc.nat(191), exponent), { maxLength: 12 }))
  .map(([means, others, singles]) => {
    const all = NO_GAINS.map((_, i) => (gainGroup(i) === 0 ? means : others));
    for (const [i, value] of singles) all[i] = value;
    return all;
  });

/** The written bits as text. */
function written(of: Gains, predicted: Gains): string {
  const out = new BitWriter();
  writeGains(out, of, predicted);
  const bytes = out.bytes();
  return Array.from({ length: out.length }, (_, i) => (bytes[i >>> 3] >>> (7 - (i & 7))) & 1).join('');
}

function packed(bits: string): Uint8Array {
  const out = new BitWriter();
  for (const bit of bits) out.write(Number(bit), 1);
  return out.bytes();
}

describe('the code of gains', () => {
  test('is read as it was written, has the length that is told, and is empty if nothing changes', () => {
    fc.assert(
      fc.property(gains, gains, (some, predicted) => {
        const bits = written(some, predicted);
        expect(bits).toHaveLength(gainsCodeLength(some, predicted));
        expect(written(some, some)).toBe('');
        const reader = new BitReader(packed(`${bits}1`));
        expect(readGains(reader, predicted)).toEqual(some);
        expect(reader.position).toBe(bits.length);
      }),
    );
  });

  test('is that of the example in docs/format.md', () => {
    const example = NO_GAINS.map((_, i) => (i === 63 ? 1 : gainGroup(i) === 0 ? 3 : 0));
    expect(written(example, NO_GAINS)).toBe('0000000001' + '00110' + '1' + '010' + '0000001000000' + '1');
  });

  test('leaves what is no prefix to the budget', () => {
    for (const bits of ['1', '00000000110000000', '010000000001']) {
      const reader = new BitReader(packed(bits));
      expect(readGains(reader, NO_GAINS)).toBe(NO_GAINS);
      expect(reader.position).toBe(0);
    }
  });

  test('waits for more bits wherever it is cut, and is never taken for damage', () => {
    fc.assert(
      fc.property(gains, fc.nat(), (some, at) => {
        const bits = written(some, NO_GAINS);
        fc.pre(bits.length >= 24);
        // From 2 bytes on it is a prefix for sure; before, the code of a budget may begin so, and ends early, too.
        const bytes = packed(bits).subarray(0, 2 + (at % (Math.floor(bits.length / 8) - 1)));
        const whole = bytes.length * 8 >= bits.length;
        expect(readGains(new BitReader(bytes), NO_GAINS)).toEqual(whole ? some : undefined);
      }),
    );
  });

  test.each([
    ['an exponent above the largest', `0000000001${'00000000100000000'}1`],
    ['more classes than there are', `0000000001110000000${'11000010'}`],
    ['a class beyond the last', `000000000111${'010'}${'000000011000001'}1`],
    ['a number of too many zeros', `0000000001${'0'.repeat(17)}1${'0'.repeat(20)}`],
  ])('is damaged by %s', (_, bits) => {
    expect(readGains(new BitReader(packed(`${bits}${'1'.repeat(40)}`)), NO_GAINS)).toBe('damaged');
  });
});

describe('predictGains', () => {
  const one = NO_GAINS.map(() => 1);

  test('is nothing at first, then the layer before', () => {
    const image = { width: 600, height: 300 };
    expect(predictGains(image, 0, undefined)).toEqual(new Array(6).fill(NO_GAINS));
    const tiles = [one, NO_GAINS, one, one, NO_GAINS, one];
    expect(predictGains(image, 0, { level: 0, tiles })).toBe(tiles);
  });

  test('takes over the tile at the same place of a coarser level', () => {
    const image = { width: 600, height: 300 }; // 3 x 2 tiles at level 0, 2 x 1 at level 1
    const [left, right] = [one, NO_GAINS];
    const fine = predictGains(image, 0, { level: 1, tiles: [left, right] });
    expect(fine).toEqual([left, left, right, left, left, right]);
  });
});

test('gains lift the spectrum by two octaves each', () => {
  const spectrum = Int32Array.from({ length: 192 }, (_, i) => -i);
  expect(gainedSpectrum(spectrum, NO_GAINS)).toBe(spectrum);
  const lifted = gainedSpectrum(
    spectrum,
    NO_GAINS.map((_, i) => (i === 5 ? -2 : 1)),
  );
  expect([lifted[4], lifted[5], lifted[191]]).toEqual([28, -69, -159]);
});
