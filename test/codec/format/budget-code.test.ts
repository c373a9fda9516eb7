import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitReader, BitWriter } from '../../../src/codec/format/bits.ts';
import {
  type BudgetHistory,
  budgetCodeLength,
  fineBudget,
  gridBudget,
  nearestGridIndex,
  predictedIndex,
  readBudget,
  typicalBits16,
  writeBudget,
} from '../../../src/codec/format/budget-code.ts';
import { ladder } from '../../../src/codec/format/noise-ladder.ts';

/** Above the largest budget of a tile, 256 * 256 * 3 * 4 bits. */
const GRID = Array.from({ length: 169 }, (_, index) => gridBudget(index));

const typical16 = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 2 ** 26 }));
const history = fc.option(
  fc.record({ bits: fc.integer({ min: 0, max: 2 ** 30 }), typical16: fc.integer({ min: 0, max: 2 ** 30 }) }),
  { nil: undefined },
);
const budgetIndex = fc.nat(GRID.length - 1);

describe('the grid of budgets', () => {
  test('counts one by one to 16, then 8 an octave', () => {
    expect(GRID.slice(0, 17)).toEqual(Array.from({ length: 17 }, (_, i) => i));
    expect(GRID.slice(16, 26)).toEqual([16, 18, 20, 22, 24, 26, 28, 30, 32, 36]);
    for (let i = 16; i + 8 < GRID.length; i++) expect(GRID[i + 8]).toBe(2 * GRID[i]);
    for (let i = 1; i < GRID.length; i++) expect(GRID[i]).toBeGreaterThan(GRID[i - 1]);
    expect(GRID[GRID.length - 1]).toBeGreaterThan(256 * 256 * 3 * 4);
  });

  test('nearestGridIndex inverts gridBudget', () => {
    for (const [index, budget] of GRID.entries()) expect(nearestGridIndex(budget)).toBe(index);
  });

  test('nearestGridIndex gives the nearest point, the lower of two equally near ones', () => {
    const bits = fc.oneof(
      fc.integer({ min: 0, max: 800_000 }),
      fc.double({ min: 0, max: 8e5, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.nat(GRID.length - 2).map((i) => (GRID[i] + GRID[i + 1]) / 2),
    );
    fc.assert(
      fc.property(bits, (value) => {
        const expected = GRID.reduce((best, point) =>
          Math.abs(point - value) < Math.abs(best - value) ? point : best,
        );
        expect(gridBudget(nearestGridIndex(value))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('gives 0 and not -0 for no bits', () => {
    expect(nearestGridIndex(0)).toBe(0);
  });
});

describe('typicalBits16', () => {
  test('is a whole number, in proportion to the coefficients', () => {
    for (const levels of [0, 4]) {
      for (const step of ladder(levels, 12, -2048)) {
        const one = typicalBits16(192, step);
        expect(Number.isSafeInteger(one)).toBe(true);
        expect(one).toBeGreaterThanOrEqual(0);
        // The values of each octave are rounded down.
        const octaves = Math.ceil((step.fromIndex - step.toIndex) / 256);
        expect(Math.abs(typicalBits16(192 * 1024, step) - 1024 * one)).toBeLessThanOrEqual(1024 * octaves);
      }
    }
  });

  test('grows as the noise falls', () => {
    const step = (fromIndex: number) => ({ level: 0, fromIndex, toIndex: fromIndex - 256, sigmaFrom: 0, sigmaTo: 0 });
    let previous = 0;
    for (let from = 2000; from >= -2500; from -= 10) {
      const bits = typicalBits16(1 << 20, step(from));
      expect(bits).toBeGreaterThanOrEqual(previous);
      previous = bits;
    }
    // log2 of the rate is -5/16 at the low end: 2^20 coefficients * 16 * 2^(-5/16).
    expect(previous / (2 ** 24 * 2 ** (-5 / 16))).toBeCloseTo(1, 4);
  });
});

describe('writeBudget and readBudget', () => {
  test('round trip for any prediction, one after the other', () => {
    const record = fc.record({ index: budgetIndex, typical: typical16, history, fine: fc.boolean() });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        const writer = new BitWriter();
        for (const { index, typical, history: past, fine } of records) {
          const before = writer.length;
          const predicted = predictedIndex(typical, past);
          writeBudget(writer, GRID[index], predicted, fine);
          expect(budgetCodeLength(GRID[index], predicted, fine)).toBe(writer.length - before);
        }
        const reader = new BitReader(writer.bytes());
        for (const { index, typical, history: past, fine } of records) {
          expect(readBudget(reader, predictedIndex(typical, past), fine)).toBe(GRID[index]);
        }
        expect(reader.position).toBe(writer.length);
      }),
      { numRuns: 500 },
    );
  });

  test('round trip along real ladders', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8, 12, 16, 1, 255),
        fc.integer({ min: -2048, max: 1439 }),
        fc.infiniteStream(budgetIndex),
        (eighths, end, indices) => {
          const steps = ladder(0, eighths, end);
          const budgets = steps.map(() => GRID[indices.next().value as number]);
          const writer = new BitWriter();
          const predictions: number[] = [];
          let past: BudgetHistory | undefined;
          for (const [i, step] of steps.entries()) {
            const typical = typicalBits16(3072, step);
            predictions.push(predictedIndex(typical, past));
            writeBudget(writer, budgets[i], predictions[i], false);
            past = { bits: budgets[i], typical16: typical };
          }
          const reader = new BitReader(writer.bytes());
          const read = predictions.map((predicted) => readBudget(reader, predicted, false));
          expect(read).toEqual(budgets);
        },
      ),
    );
  });

  test('a fine budget is the largest of the 16 in each grid step that does not exceed the requested one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 8e5, noNaN: true }), budgetIndex, (wish, predicted) => {
        const budget = fineBudget(wish);
        expect(budget).toBeLessThanOrEqual(wish);
        const index = GRID.findLastIndex((point) => point <= wish);
        const width = gridBudget(index + 1) - gridBudget(index);
        expect(budget).toBeGreaterThan(wish - width / 16 - 1);
        expect(budget).toBeGreaterThanOrEqual(GRID[index]);
        const writer = new BitWriter();
        writeBudget(writer, budget, predicted, true);
        expect(readBudget(new BitReader(writer.bytes()), predicted, true)).toBe(budget);
        expect(writer.length).toBe(budgetCodeLength(GRID[index], predicted, false) + 4);
      }),
      { numRuns: 1000 },
    );
  });

  test('the predicted budget costs one bit, its neighbours cost three', () => {
    const index = nearestGridIndex(640);
    expect(predictedIndex(8000, { bits: 640, typical16: 8000 })).toBe(index);
    const cost = (budget: number): number => {
      const writer = new BitWriter();
      writeBudget(writer, budget, index, false);
      return writer.length;
    };
    expect([-2, -1, 0, 1, 2].map((d) => cost(gridBudget(index + d)))).toEqual([5, 3, 1, 3, 5]);
  });

  test('hostile bits give a budget, NaN or undefined, and never throw', () => {
    const index = new Map(GRID.map((budget, i) => [budget, i]));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), typical16, history, fc.boolean(), (bytes, typical, past, fine) => {
        const reader = new BitReader(bytes);
        for (let i = 0; i < 50; i++) {
          const budget = readBudget(reader, predictedIndex(typical, past), fine);
          if (budget === undefined || Number.isNaN(budget)) break;
          expect(Number.isSafeInteger(budget) && budget >= 0).toBe(true);
          if (!fine && budget <= GRID[GRID.length - 1]) expect(index.has(budget)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
    expect(readBudget(new BitReader(new Uint8Array(4)), 100, false)).toBeNaN();
    expect(readBudget(new BitReader(new Uint8Array(1)), 100, false)).toBeUndefined();
    expect(readBudget(new BitReader(new Uint8Array(0)), 100, false)).toBeUndefined();
  });
});
