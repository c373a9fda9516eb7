import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeDecoder } from '../../../src/codec/entropy/range-decoder.ts';
import { RangeEncoder } from '../../../src/codec/entropy/range-encoder.ts';
import { StaticModel } from '../../../src/codec/entropy/static-model.ts';
import { decodeReference } from '../../support/range-reference.ts';

/** Frequencies of 1 to 40 symbols whose sum is at most 2^16, often extremely skewed. */
const frequencies = fc
  .array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1600 })), { minLength: 1, maxLength: 40 })
  .chain((counts) =>
    fc.boolean().map((fill) => {
      const sum = counts.reduce((a, b) => a + b, 0);
      // One symbol gets nearly the whole range, so that the total is the largest possible.
      return fill ? [...counts.slice(1), counts[0] + 65536 - sum] : counts;
    }),
  );
const messages = fc
  .tuple(frequencies, fc.array(fc.nat(), { maxLength: 300 }))
  .map(([counts, picks]) => ({ counts, symbols: picks.map((pick) => pick % counts.length) }));

function encode(model: StaticModel, symbols: readonly number[]): Uint8Array {
  const encoder = new RangeEncoder();
  for (const symbol of symbols) encoder.encode(model, symbol);
  return encoder.finish();
}

describe('range coder', () => {
  it('decodes the symbols, and reads no byte beyond the message', () => {
    fc.assert(
      fc.property(messages, ({ counts, symbols }) => {
        const model = new StaticModel(counts);
        const bytes = encode(model, symbols);
        const decoder = new RangeDecoder(bytes);
        expect(symbols.map(() => decoder.decode(model))).toEqual(symbols);
        expect(decoder.truncated).toBe(false);
        const ideal = symbols.reduce((sum, symbol) => sum - Math.log2(counts[symbol] / model.total), 0);
        expect(bytes.length).toBeLessThanOrEqual(Math.ceil(ideal / 8) + 2);
      }),
      { numRuns: 300 },
    );
  });

  it('writes what a decoder written from the documentation reads', () => {
    fc.assert(
      fc.property(messages, ({ counts, symbols }) => {
        const model = new StaticModel(counts);
        const intervals = counts.map((size, symbol) => [model.start(symbol), size] as const);
        const models = symbols.map(() => ({ intervals, total: model.total }));
        expect(decodeReference(encode(model, symbols), models)).toEqual(symbols);
      }),
      { numRuns: 150 },
    );
  });

  it('carries through a run of ff bytes', () => {
    const encoder = new RangeEncoder();
    // low stays just below a carry while the last of 65536 equal symbols is coded; then the first symbol causes the
    // carry.
    for (let i = 0; i < 40; i++) encoder.encodeInterval(65535, 1, 65536);
    encoder.encodeInterval(65534, 2, 65536);
    for (let i = 0; i < 3; i++) encoder.encodeInterval(65535, 1, 65536);
    const decoder = new RangeDecoder(encoder.finish());
    const raw = Array.from({ length: 40 }, () => decoder.decodeRaw(16));
    expect(raw).toEqual(raw.map(() => 65535));
  });

  it('codes carries at random places', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 65533, 65534, 65535), { maxLength: 400 }), (values) => {
        const encoder = new RangeEncoder();
        for (const value of values) encoder.encodeRaw(value, 16);
        const decoder = new RangeDecoder(encoder.finish());
        expect(values.map(() => decoder.decodeRaw(16))).toEqual(values);
      }),
    );
  });

  it('codes binary decisions with any probability, mixed with raw bits', () => {
    const decision = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 65535 }), fc.nat(2 ** 31 - 1));
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 300 }), (decisions) => {
        const encoder = new RangeEncoder();
        for (const [bit, probability, raw] of decisions) {
          encoder.encodeBit(bit, probability);
          encoder.encodeRaw(raw, 32);
          encoder.encodeRaw(raw, 0);
          encoder.encodeRaw(raw & 31, 5);
        }
        const decoder = new RangeDecoder(encoder.finish());
        for (const [bit, probability, raw] of decisions) {
          expect(decoder.decodeBit(probability)).toBe(bit);
          expect(decoder.decodeRaw(32)).toBe(raw);
          expect(decoder.decodeRaw(0)).toBe(0);
          expect(decoder.decodeRaw(5)).toBe(raw & 31);
        }
      }),
    );
  });

  it('spends the entropy on a long message, to within a hundredth of a percent', () => {
    const model = new StaticModel([60000, 5000, 500, 36]);
    const symbols = Array.from({ length: 200_000 }, (_, i) =>
      i % 13 === 0 ? 1 : i % 131 === 0 ? 2 : i % 1999 ? 0 : 3,
    );
    const ideal = symbols.reduce<number>((sum, symbol) => sum - Math.log2(model.size(symbol) / model.total), 0);
    expect(encode(model, symbols).length * 8).toBeLessThan(ideal * 1.0001 + 16);
  });

  it('takes no byte for an empty message', () => {
    expect(new RangeEncoder().finish()).toHaveLength(0);
  });

  it('decodes any bytes to symbols of the model, and reports when the bytes are used up', () => {
    fc.assert(
      fc.property(frequencies, fc.uint8Array({ maxLength: 60 }), (counts, bytes) => {
        const model = new StaticModel(counts);
        const decoder = new RangeDecoder(bytes);
        for (let i = 0; i < 200; i++) {
          const symbol = decoder.decode(model);
          expect(symbol).toBeGreaterThanOrEqual(0);
          expect(symbol).toBeLessThan(model.symbols);
          expect([0, 1]).toContain(decoder.decodeBit(1 + ((i * 7919) % 65535)));
        }
        expect(decoder.truncated).toBe(true);
      }),
    );
  });
});
