import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { RangeDecoder } from '../../../src/codec/entropy/range-decoder.ts';
import { RangeEncoder } from '../../../src/codec/entropy/range-encoder.ts';
import { StaticModel } from '../../../src/codec/entropy/static-model.ts';
import { seededPicks } from '../../support/seeded-picks.ts';

// The npm package does not export its classes, so their files are imported one by one.
const require = createRequire(import.meta.url);
const ArithmeticEncoder = require('arithmetic-coding/src/arithmetic-encoder.js');
const FrequencyTable = require('arithmetic-coding/src/frequency-table.js');
const STATE_BITS = 31;

/** Encodes with the oracle; returns its bits as bytes, the last one padded. */
function oracleBytes(counts: readonly number[], symbols: readonly number[]): number {
  let bits = 0;
  const sink = { write: () => void bits++, close: () => {} };
  const encoder = new ArithmeticEncoder(STATE_BITS, sink);
  const table = new FrequencyTable([...counts]);
  for (const symbol of symbols) encoder.write(table, symbol);
  encoder.finish();
  return Math.ceil(bits / 8);
}

const CASES: readonly (readonly [string, readonly number[], number])[] = [
  ['16 equal symbols', new Array(16).fill(1), 20_000],
  ['a geometric distribution', Array.from({ length: 12 }, (_, i) => 2 ** (12 - i)), 20_000],
  ['extreme skew', [65535, 1], 50_000],
  ['256 symbols', Array.from({ length: 256 }, (_, i) => 1 + ((i * 37) % 200)), 10_000],
  ['one symbol', [7], 100],
  ['a short message', [3, 5, 8], 3],
];

describe('against the npm package arithmetic-coding', () => {
  it.each(CASES)('%s: at most 4 bytes more with the same frequencies', (name, counts, length) => {
    const model = new StaticModel(counts);
    const symbols = seededPicks(name, length, (u) => model.lookup(Math.floor(u * model.total)));
    const encoder = new RangeEncoder();
    for (const symbol of symbols) encoder.encode(model, symbol);
    const bytes = encoder.finish();
    const decoder = new RangeDecoder(bytes);
    for (const symbol of symbols) if (decoder.decode(model) !== symbol) throw new Error('not the same message');
    expect(bytes.length).toBeLessThanOrEqual(oracleBytes(counts, symbols) + 4);
  });
});
