import { describe, expect, test } from 'vitest';
import { distortion } from '../../src/image/distortion.ts';

describe('distortion', () => {
  test('equal pictures have none, and an infinite PSNR', () => {
    const a = Uint8Array.of(0, 17, 255);
    expect(distortion(a, a.slice())).toEqual({ mse: 0, rmse: 0, psnr: Number.POSITIVE_INFINITY });
  });

  test('black against white is the largest: mse 255^2, 0 dB', () => {
    expect(distortion(new Uint8Array(12), new Uint8Array(12).fill(255))).toEqual({ mse: 65025, rmse: 255, psnr: 0 });
  });

  test('a constant offset d has rmse d and psnr 20 log10(255 / d)', () => {
    const a = new Uint8Array(1000).fill(100);
    for (const d of [1, 5, 50]) {
      const { mse, rmse, psnr } = distortion(
        a,
        a.map((v) => v + d),
      );
      expect(mse).toBe(d * d);
      expect(rmse).toBe(d);
      expect(psnr).toBeCloseTo(20 * Math.log10(255 / d), 10);
    }
  });

  test('one wrong sample of four counts a quarter, in either direction and array type', () => {
    const a = Uint8Array.of(1, 2, 3, 4);
    const b = Uint8ClampedArray.of(1, 2, 3, 14);
    expect(distortion(a, b).mse).toBe(25);
    expect(distortion(b, a).mse).toBe(25);
  });

  test('wrong arguments are refused by name', () => {
    expect(() => distortion(new Uint8Array(3), new Uint8Array(4))).toThrow(
      new RangeError('"b" expected 3 samples as in "a", got 4'),
    );
    expect(() => distortion(new Uint8Array(0), new Uint8Array(0))).toThrow(RangeError);
    expect(() => distortion([1] as unknown as Uint8Array, new Uint8Array(1))).toThrow(TypeError);
  });
});
