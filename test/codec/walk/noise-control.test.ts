import { expect, test } from 'vitest';
import { nextDebt } from '../../../src/codec/walk/noise-control.ts';

const N = 196_608;

test('noise within chance leaves the debt as it is', () => {
  expect(nextDebt(0, { noiseRatio: 1.015 }, N, 1000)).toBe(0);
  expect(nextDebt(0.3, { noiseRatio: 0.99 }, N, 1000)).toBe(0.3);
  expect(nextDebt(0.3, {}, N, 1000)).toBe(0.3);
  expect(nextDebt(0, { noiseRatio: 1.3 }, 192, 100)).toBe(0);
});

test('twice the noise in the active coefficients asks for half a bit more for each', () => {
  expect(nextDebt(0, { noiseRatio: 2 }, N, N)).toBeCloseTo(0.5, 9);
  // A tenth of the coefficients has all of the excess.
  expect(nextDebt(0.25, { noiseRatio: 1.1 }, N, N / 10)).toBeCloseTo(0.75, 9);
});

test('debts are paid back, never negative, and limited', () => {
  expect(nextDebt(0.5, { noiseRatio: 0.5 }, N, N)).toBeCloseTo(0, 9);
  expect(nextDebt(0, { noiseRatio: 0.5 }, N, N)).toBe(0);
  expect(nextDebt(1, { noiseRatio: 1e6 }, N, N)).toBe(2);
});
