import { expect, test } from 'vitest';
import { bytesAt, positionOf, STEPS } from '../../app/src/state/byte-scale.ts';

test('the ends of the slider are the ends of the file, and doublings take equal ways', () => {
  expect(bytesAt(0, 66, 60_000)).toBe(66);
  expect(bytesAt(STEPS, 66, 60_000)).toBe(60_000);
  expect(bytesAt(STEPS / 2, 100, 10_000)).toBe(1000);
});

test('places and bytes belong together', () => {
  for (let place = 0; place <= STEPS; place += 25) {
    expect(Math.abs(positionOf(bytesAt(place, 1000, 1e6), 1000, 1e6) - place)).toBeLessThanOrEqual(1);
  }
  expect(positionOf(8, 8, 8)).toBe(STEPS);
});
