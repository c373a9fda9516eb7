import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cubicResize } from '../../src/image/cubic-resize.ts';

interface ResizeCase {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly pixels: readonly number[];
  readonly resized: readonly number[];
}

/** Made by Pillow; see test/fixtures/fid/make_fid.py. */
const CASES: readonly ResizeCase[] = JSON.parse(
  readFileSync(new URL('../fixtures/fid/resize.json', import.meta.url), 'utf8'),
).cases;

describe('cubic resize', () => {
  test.each(CASES)('from $from to $to: as by Pillow in floating point', ({ from, to, pixels, resized }) => {
    const image = { data: Uint8Array.from(pixels), width: from[0], height: from[1], channels: 3 } as const;
    const out = cubicResize(image, { width: to[0], height: to[1] });
    expect(out).toHaveLength(resized.length);
    for (const [i, value] of resized.entries()) expect(Math.abs(out[i] - value)).toBeLessThan(2e-4);
  });

  test('a picture of that size stays as it is; grey becomes three channels, alpha is left out', () => {
    const grey = { data: Uint8Array.of(10, 255, 20, 0), width: 2, height: 1, channels: 2 } as const;
    expect([...cubicResize(grey, { width: 2, height: 1 })]).toEqual([10, 10, 10, 20, 20, 20]);
    const colour = { data: Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 9), width: 1, height: 2, channels: 4 } as const;
    expect([...cubicResize(colour, { width: 1, height: 2 })]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a plain picture stays plain', () => {
    const plain = { data: new Uint8Array(13 * 11).fill(77), width: 13, height: 11, channels: 1 } as const;
    for (const value of cubicResize(plain, { width: 29, height: 4 })) expect(value).toBeCloseTo(77, 4);
  });
});
