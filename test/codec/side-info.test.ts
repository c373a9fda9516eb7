import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitReader, BitWriter } from '../../src/codec/bits.ts';
import { ladder } from '../../src/codec/ladder.ts';
import {
  type BudgetHistory,
  gridBudget,
  nearestBudget,
  nearestGridIndex,
  readBudget,
  typicalBits16,
  writeBudget,
} from '../../src/codec/side-info.ts';

/** Above the largest budget of a tile, 256 * 256 * 3 * 16 bits. */
const GRID = Array.from({ length: 185 }, (_, index) => gridBudget(index));

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
    expect(GRID[GRID.length - 1]).toBeGreaterThan(256 * 256 * 3 * 16);
  });

  test('nearestGridIndex inverts gridBudget', () => {
    for (const [index, budget] of GRID.entries()) expect(nearestGridIndex(budget)).toBe(index);
  });

  test('nearestBudget is the nearest point, the lower of two as near', () => {
    const bits = fc.oneof(
      fc.integer({ min: 0, max: 4_000_000 }),
      fc.double({ min: 0, max: 4e6, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.nat(GRID.length - 2).map((i) => (GRID[i] + GRID[i + 1]) / 2),
    );
    fc.assert(
      fc.property(bits, (value) => {
        const expected = GRID.reduce((best, point) =>
          Math.abs(point - value) < Math.abs(best - value) ? point : best,
        );
        // Adding 0 makes no difference between 0 and -0.
        expect(nearestBudget(value) + 0).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('no bits are 0, not -0', () => {
    expect(nearestBudget(0)).toBe(0);
  });
});

describe('typicalBits16', () => {
  test('is a whole number, in proportion to the coefficients', () => {
    for (const levels of [0, 4]) {
      for (const step of ladder(levels, 12, -2048)) {
        const one = typicalBits16(192, step);
        expect(Number.isSafeInteger(one)).toBe(true);
        expect(one).toBeGreaterThanOrEqual(0);
        expect(Math.abs(typicalBits16(192 * 1024, step) - 1024 * one)).toBeLessThanOrEqual(1024);
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
    const record = fc.record({ index: budgetIndex, typical: typical16, history });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        const writer = new BitWriter();
        for (const { index, typical, history: past } of records) writeBudget(writer, GRID[index], typical, past);
        const reader = new BitReader(writer.bytes());
        for (const { index, typical, history: past } of records) {
          expect(readBudget(reader, typical, past)).toBe(GRID[index]);
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
          const pasts: (BudgetHistory | undefined)[] = [];
          for (const [i, step] of steps.entries()) {
            const previous = i > 0 ? { bits: budgets[i - 1], typical16: typicalBits16(3072, steps[i - 1]) } : undefined;
            pasts.push(previous);
            writeBudget(writer, budgets[i], typicalBits16(3072, step), previous);
          }
          const reader = new BitReader(writer.bytes());
          const read = steps.map((step, i) => readBudget(reader, typicalBits16(3072, step), pasts[i]));
          expect(read).toEqual(budgets);
        },
      ),
    );
  });

  test('a budget as predicted costs one bit, its neighbours three', () => {
    const past = { bits: 640, typical16: 8000 };
    const cost = (budget: number): number => {
      const writer = new BitWriter();
      writeBudget(writer, budget, 8000, past);
      return writer.length;
    };
    const index = nearestGridIndex(640);
    expect([-1, 0, 1].map((d) => cost(gridBudget(index + d)))).toEqual([3, 1, 3]);
  });

  test('hostile bits give a budget, NaN or undefined, and never throw', () => {
    const index = new Map(GRID.map((budget, i) => [budget, i]));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), typical16, history, (bytes, typical, past) => {
        const reader = new BitReader(bytes);
        for (let i = 0; i < 50; i++) {
          const budget = readBudget(reader, typical, past);
          if (budget === undefined || Number.isNaN(budget)) break;
          expect(Number.isSafeInteger(budget) && budget >= 0).toBe(true);
          if (budget <= GRID[GRID.length - 1]) expect(index.has(budget)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
    expect(readBudget(new BitReader(new Uint8Array(4)), 100)).toBeNaN();
    expect(readBudget(new BitReader(new Uint8Array(1)), 100)).toBeUndefined();
    expect(readBudget(new BitReader(new Uint8Array(0)), 100)).toBeUndefined();
  });
});
