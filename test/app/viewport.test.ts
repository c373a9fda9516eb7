import { expect, test } from 'vitest';
import { clamped, fitScale, visibleSpan, zoomed } from '../../app/src/state/viewport.ts';

const WINDOW = { width: 600, height: 400 };

test('a large picture is made to fit; a small one is enlarged by a whole factor of device pixels', () => {
  expect(fitScale({ width: 1200, height: 400 }, WINDOW, 1)).toBe(0.5);
  expect(fitScale({ width: 64, height: 64 }, WINDOW, 1)).toBe(6);
  expect(fitScale({ width: 64, height: 64 }, WINDOW, 2)).toBe(6);
  expect(fitScale({ width: 100, height: 60 }, WINDOW, 1.5)).toBe(6);
});

test('a picture cannot be moved out of its window, and lies in the middle where it is smaller', () => {
  const picture = { width: 1000, height: 100 };
  expect(clamped({ x: 50, y: 7, scale: 1 }, picture, WINDOW)).toEqual({ x: 0, y: 150, scale: 1 });
  expect(clamped({ x: -5000, y: 7, scale: 1 }, picture, WINDOW)).toEqual({ x: -400, y: 150, scale: 1 });
  expect(clamped({ x: -30, y: 7, scale: 1 }, picture, WINDOW).x).toBe(-30);
});

test('zoom keeps the point under the pointer in its place', () => {
  const before = { x: -120, y: 30, scale: 0.75 };
  const after = zoomed(before, 3, 210, 95);
  expect((210 - after.x) / after.scale).toBeCloseTo((210 - before.x) / before.scale, 10);
  expect((95 - after.y) / after.scale).toBeCloseTo((95 - before.y) / before.scale, 10);
});

test('the divider goes from end to end of what is seen of the picture', () => {
  expect(visibleSpan({ x: 50, y: 0, scale: 1 }, { width: 500, height: 9 }, WINDOW)).toEqual([50, 550]);
  expect(visibleSpan({ x: -90, y: 0, scale: 2 }, { width: 500, height: 9 }, WINDOW)).toEqual([0, 600]);
});
