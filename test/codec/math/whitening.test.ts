import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BLOCK,
  BLOCK_COEFFICIENTS,
  DCT_MATRIX,
  unwhitenBlock,
  whitenBlock,
} from '../../../src/codec/math/whitening.ts';

const block = fc
  .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: BLOCK_COEFFICIENTS, maxLength: BLOCK_COEFFICIENTS })
  .map((values) => Float64Array.from(values));

/** docs/design/codec.md, section 4: rows of the colour rotation. */
const COLOUR = [
  [1, 1, 1].map((x) => x / Math.sqrt(3)),
  [1, -1, 0].map((x) => x / Math.sqrt(2)),
  [1, 1, -2].map((x) => x / Math.sqrt(6)),
];

/**
 * Orthonormal DCT-II by its formula, cos(pi (2x + 1) u / 16); the angle is reduced in integers, where nothing is
 * rounded.
 */
function cosine(u: number, x: number): number {
  const turn = ((2 * x + 1) * u) % 32;
  const half = Math.min(turn, 32 - turn);
  const value = half <= 8 ? Math.cos((Math.PI * half) / 16) : -Math.cos((Math.PI * (16 - half)) / 16);
  return (u === 0 ? Math.sqrt(1 / 8) : 1 / 2) * value;
}

/** The basis vector of colour j and band (u, v), as a block of three planes. */
function basisVector(j: number, u: number, v: number): Float64Array {
  return Float64Array.from({ length: BLOCK_COEFFICIENTS }, (_, i) => {
    const [c, y, x] = [i >> 6, (i >> 3) & 7, i & 7];
    return COLOUR[j][c] * cosine(u, y) * cosine(v, x);
  });
}

const BASIS = Array.from({ length: BLOCK_COEFFICIENTS }, (_, i) => basisVector(i >> 6, (i >> 3) & 7, i & 7));

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

test('DCT_MATRIX is the cosine formula', () => {
  for (let u = 0; u < BLOCK; u++) {
    for (let x = 0; x < BLOCK; x++) {
      expect(Math.abs(DCT_MATRIX[u * BLOCK + x] - cosine(u, x)), `row ${u}, column ${x}`).toBeLessThanOrEqual(1e-15);
    }
  }
});

describe('whitenBlock', () => {
  test('is the product with the basis', () => {
    fc.assert(
      fc.property(block, (values) => {
        const whitened = values.slice();
        whitenBlock(whitened);
        for (let i = 0; i < BLOCK_COEFFICIENTS; i++) {
          expect(Math.abs(whitened[i] - dot(BASIS[i], values))).toBeLessThan(2e-14);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('keeps the energy, and unwhitenBlock undoes it', () => {
    fc.assert(
      fc.property(block, (values) => {
        const work = values.slice();
        whitenBlock(work);
        expect(Math.abs(dot(work, work) - dot(values, values))).toBeLessThanOrEqual(1e-14 * (1 + dot(values, values)));
        unwhitenBlock(work);
        for (let i = 0; i < BLOCK_COEFFICIENTS; i++) expect(Math.abs(work[i] - values[i])).toBeLessThan(1e-14);
      }),
      { numRuns: 50 },
    );
  });

  test('unwhitenBlock gives each basis vector, so bands are (colour, vertical, horizontal)', () => {
    for (let i = 0; i < BLOCK_COEFFICIENTS; i++) {
      const unit = new Float64Array(BLOCK_COEFFICIENTS);
      unit[i] = 1;
      unwhitenBlock(unit);
      for (let k = 0; k < BLOCK_COEFFICIENTS; k++) expect(Math.abs(unit[k] - BASIS[i][k])).toBeLessThan(1e-15);
    }
  });

  test('a constant grey block has one coefficient', () => {
    const grey = new Float64Array(BLOCK_COEFFICIENTS).fill(0.5);
    whitenBlock(grey);
    expect(grey[0]).toBeCloseTo(0.5 * Math.sqrt(192), 14);
    expect(Math.max(...grey.subarray(1).map(Math.abs))).toBeLessThan(1e-15);
  });
});
