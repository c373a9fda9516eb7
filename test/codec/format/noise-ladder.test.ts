import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  firstPosition,
  LADDER_STEPS,
  LOWEST_POSITION,
  ladder,
  nearestIndex,
  nominalEnd,
  position,
  stepDistance,
} from '../../../src/codec/format/noise-ladder.ts';

/** Ladders that a header can specify. */
const request = fc
  .record({ levels: fc.integer({ min: 0, max: 9 }), eighths: fc.integer({ min: 1, max: 255 }) })
  .chain(({ levels, eighths }) =>
    fc.integer({ min: LOWEST_POSITION, max: firstPosition(levels) - 1 }).map((end) => [levels, eighths, end] as const),
  );

test('stepDistance is log-SNR / (2 ln 2) octaves of 256', () => {
  for (let eighths = 1; eighths <= 255; eighths++) {
    const exact = ((eighths / 8) * 256) / (2 * Math.LN2);
    expect(Math.abs(stepDistance(eighths) - exact)).toBeLessThanOrEqual(0.51);
  }
  expect(LADDER_STEPS.map((step) => stepDistance(8 * step))).toEqual([92, 138, 185, 277, 369]);
});

test('nearestIndex', () => {
  expect([1, 2, 0.5, 0.02].map(nearestIndex)).toEqual([0, 256, -256, -1445]);
});

describe('ladder', () => {
  test('descends without a gap from the first position to the end position', () => {
    fc.assert(
      fc.property(request, ([levels, eighths, end]) => {
        const steps = ladder(levels, eighths, end);
        const last = steps[steps.length - 1];
        expect(steps[0]).toMatchObject({ level: levels, fromIndex: 1440 });
        expect(position(last.level, last.toIndex)).toBe(end);
        for (const [i, { level, fromIndex, toIndex, sigmaFrom, sigmaTo }] of steps.entries()) {
          expect(toIndex).toBeLessThan(fromIndex);
          expect(sigmaTo).toBeLessThan(sigmaFrom);
          expect(sigmaFrom / 2 ** (fromIndex / 256)).toBeCloseTo(1, 13);
          expect(sigmaTo / 2 ** (toIndex / 256)).toBeCloseTo(1, 13);
          if (i === 0) continue;
          const before = steps[i - 1];
          expect(position(before.level, before.toIndex)).toBe(position(level, fromIndex));
          expect([0, 1]).toContain(before.level - level);
          // A level ends at sigma 1/2, which becomes 1 at the next level, because the noise of the detail is twice that
          // of the mean.
          if (before.level !== level) expect([before.sigmaTo, sigmaFrom]).toEqual([0.5, 1]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('every step is close to the nominal one', () => {
    fc.assert(
      fc.property(request, ([levels, eighths, end]) => {
        const nominal = stepDistance(eighths);
        const [first, ...steps] = ladder(levels, eighths, end);
        if (steps.length === 0) {
          expect(first.toIndex).toBeGreaterThanOrEqual(600);
          return;
        }
        expect([first.fromIndex, first.toIndex]).toEqual([1440, 600]);
        for (const { level, fromIndex, toIndex } of steps.slice(0, -1)) {
          // Rounding to whole steps stretches them by up to 1.5. A step that is larger than the range of a level is cut
          // to that range.
          expect(fromIndex - toIndex).toBeLessThanOrEqual(Math.ceil(1.5 * nominal));
          const range = level === levels ? 600 + 256 : 256;
          if (level > 0) expect(fromIndex - toIndex).toBeGreaterThanOrEqual(Math.floor(Math.min(nominal / 1.5, range)));
        }
        const last = steps[steps.length - 1];
        expect(last.fromIndex - last.toIndex).toBeLessThanOrEqual(Math.ceil(1.5 * nominal));
      }),
      { numRuns: 300 },
    );
  });

  test('the end position cuts the ladder and does not change earlier steps', () => {
    fc.assert(
      fc.property(request, ([levels, eighths, end]) => {
        const whole = ladder(levels, eighths, LOWEST_POSITION);
        const steps = ladder(levels, eighths, end);
        expect(steps.slice(0, -1)).toEqual(whole.slice(0, steps.length - 1));
        const last = steps[steps.length - 1];
        expect(last).toMatchObject({
          level: whole[steps.length - 1].level,
          fromIndex: whole[steps.length - 1].fromIndex,
        });
      }),
    );
  });

  test('nominalEnd is the end of a ladder with the given number of whole steps', () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 1, max: 63 }), ([levels, eighths], count) => {
        const end = nominalEnd(levels, eighths, count);
        if (count > 1) expect(end).toBeLessThan(nominalEnd(levels, eighths, count - 1));
        if (end < LOWEST_POSITION) return;
        const steps = ladder(levels, eighths, end);
        const last = steps[steps.length - 1];
        expect(position(last.level, last.toIndex)).toBe(end);
        expect(steps).toHaveLength(count);
      }),
      { numRuns: 1000 },
    );
  });

  test('of 32x32: one long step, then steps of 1 log-SNR to sigma 0.02', () => {
    const end = nearestIndex(0.02);
    const steps = ladder(0, 8, end);
    expect(steps.map(({ toIndex }) => toIndex)).toEqual([...Array.from({ length: 12 }, (_, i) => 600 - 185 * i), end]);
    expect(steps.every(({ level }) => level === 0)).toBe(true);
    expect(steps[0].sigmaFrom).toBeCloseTo(49.35, 2);
    expect(steps[0].sigmaTo).toBeCloseTo(5.08, 2);
    expect(steps[12].sigmaTo).toBeCloseTo(0.02, 4);
  });

  test('of 768x512: 4 levels above the image', () => {
    const steps = ladder(4, 12, nearestIndex(0.02));
    expect(steps.map(({ level }) => level).join('')).toBe('4444321000000');
    expect(steps.slice(0, 8).map(({ fromIndex, toIndex }) => [fromIndex, toIndex])).toEqual([
      [1440, 600],
      [600, 315],
      [315, 30],
      [30, -256],
      [0, -256],
      [0, -256],
      [0, -256],
      [0, -277],
    ]);
    expect(steps[steps.length - 1].toIndex).toBe(-1445);
  });
});
