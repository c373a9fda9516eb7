import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOf } from '../../../../bench/format-examples/float-bits.ts';
import { dot32, exp32, f32, log32, squash32, squeeze32 } from '../../../../src/codec/tail/reference/float32.ts';

const float = (min: number, max: number) => fc.float({ min: f32(min), max: f32(max), noNaN: true });

describe('functions in binary32', () => {
  it('have the values of docs/format.md, "Tail arithmetic"', () => {
    expect([1, -0.5, -20, 80, 88].map((x) => bitsOf(exp32(x)))).toEqual([
      '402df854',
      '3f1b4598',
      '310da433',
      '792abbce',
      '792abbce',
    ]);
    expect([10, f32(0.3), f32(1e-30)].map((x) => bitsOf(log32(x)))).toEqual(['40135d8e', 'bf9a1bc8', 'c28a27b5']);
    expect([1, -3].map((z) => bitsOf(squash32(z)))).toEqual(['3f3b26a8', '3d4241a2']);
    expect(bitsOf(squeeze32(5))).toBe('4087ae03');
  });

  it('exp32 is e^x within 2e-7 of it, and itself a binary32', () => {
    fc.assert(
      fc.property(float(-80, 80), (x) => {
        expect(exp32(x)).toBe(f32(exp32(x)));
        expect(Math.abs(exp32(x) / Math.exp(x) - 1)).toBeLessThan(2e-7);
      }),
    );
    expect(exp32(Number.POSITIVE_INFINITY)).toBe(exp32(80));
  });

  it('log32 is ln x within 2e-7 of it, or of 1', () => {
    fc.assert(
      fc.property(float(1e-30, 1e30), (x) => {
        const exact = Math.log(x);
        expect(Math.abs(log32(x) - exact)).toBeLessThan(2e-7 * Math.max(1, Math.abs(exact)));
      }),
    );
    expect(log32(1)).toBe(0);
  });

  it('squash32 is the logistic function; squeeze32 keeps small ratios and stays within -8..8', () => {
    fc.assert(
      fc.property(float(-60, 60), (z) => {
        expect(Math.abs(squash32(z) * (1 + Math.exp(-z)) - 1)).toBeLessThan(1e-6);
        expect(Math.abs(squeeze32(z))).toBeLessThanOrEqual(8);
        expect(squeeze32(f32(z / 1e4))).toBeCloseTo(z / 1e4, 6);
      }),
    );
    expect(squeeze32(1e9)).toBe(8);
  });

  it('dot32 adds in four lanes', () => {
    const a = Float32Array.of(2 ** 24, 1, 1, 1, 1, 1, 1, 1);
    const ones = new Float32Array(8).fill(1);
    // The first lane loses its second 1, since 2^24 + 1 is no binary32.
    expect(dot32(a, 0, ones, 0, 8)).toBe(2 ** 24 + 6);
    expect(dot32(a, 0, ones, 4, 8)).toBe(4);
    expect(dot32(a, 0, ones, 8, 8)).toBe(0);
  });
});
