import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveBits } from '../../../src/codec/entropy/adaptive-bit.ts';
import type { EntropyModel } from '../../../src/codec/entropy/entropy-model.ts';
import { FenwickModel } from '../../../src/codec/entropy/fenwick-model.ts';
import { RangeDecoder } from '../../../src/codec/entropy/range-decoder.ts';
import { RangeEncoder } from '../../../src/codec/entropy/range-encoder.ts';
import { StaticModel } from '../../../src/codec/entropy/static-model.ts';

/** Checks the requirements of docs/design/range-coder.md for models. */
function checkEntropyModel(model: EntropyModel): void {
  let sum = 0;
  for (let symbol = 0; symbol < model.symbols; symbol++) {
    expect(model.start(symbol)).toBe(sum);
    expect(model.size(symbol)).toBeGreaterThanOrEqual(1);
    for (const quantile of [sum, sum + model.size(symbol) - 1]) expect(model.lookup(quantile)).toBe(symbol);
    sum += model.size(symbol);
  }
  expect(model.total).toBe(sum);
  expect(sum).toBeLessThanOrEqual(65536);
}

describe('StaticModel', () => {
  it('is a model for any frequencies, also of totals above its table', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 70 }), (counts) =>
        checkEntropyModel(new StaticModel(counts)),
      ),
    );
    checkEntropyModel(new StaticModel([65536]));
    checkEntropyModel(new StaticModel([1, 65534, 1]));
  });

  it('refuses frequencies that cannot be coded', () => {
    expect(() => new StaticModel([3, 0])).toThrow(/"frequencies" expected integers >= 1, got 0/);
    expect(() => new StaticModel([65536, 1])).toThrow(/"total"/);
    expect(() => new StaticModel([])).toThrow(/"total"/);
  });
});

describe('FenwickModel', () => {
  it('fulfils the requirements while it learns, also when it halves its counts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(), { maxLength: 200 }), (symbols, picks) => {
        const model = new FenwickModel(symbols, 30, 2 * symbols + 300);
        for (const pick of picks) model.update(pick % symbols);
        checkEntropyModel(model);
      }),
    );
  });

  it('codes a skewed message in fewer bytes than its symbols at equal frequencies', () => {
    const symbols = Array.from({ length: 5000 }, (_, i) => (i % 7 === 0 ? i % 200 : 3));
    const model = new FenwickModel(200);
    const encoder = new RangeEncoder();
    for (const symbol of symbols) {
      encoder.encode(model, symbol);
      model.update(symbol);
    }
    const bytes = encoder.finish();
    expect(bytes.length).toBeLessThan((symbols.length * Math.log2(200)) / 8 / 3);
    const decoder = new RangeDecoder(bytes);
    const other = new FenwickModel(200);
    for (const symbol of symbols) {
      expect(decoder.decode(other)).toBe(symbol);
      other.update(symbol);
    }
  });

  it('refuses a limit that its symbols do not fit', () => {
    expect(() => new FenwickModel(100, 32, 231)).toThrow(/"limit" expected 232/);
    expect(() => new FenwickModel(0)).toThrow(RangeError);
  });
});

describe('AdaptiveBits', () => {
  it('learns the share of 1s, and keeps away from 0 and 1', () => {
    const bits = new AdaptiveBits(2, 255);
    for (let i = 0; i < 4000; i++) {
      bits.update(0, i % 4 === 0 ? 1 : 0);
      bits.update(1, 1);
    }
    expect(bits.probability(0) / 65536).toBeGreaterThan(0.22);
    expect(bits.probability(0) / 65536).toBeLessThan(0.28);
    expect(bits.probability(1)).toBeGreaterThan(65000);
    expect(bits.probability(1)).toBeLessThanOrEqual(65504);
  });
});
