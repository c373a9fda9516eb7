import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canvasSize,
  canvasWindows,
  coarsestLevel,
  cutCanvas,
  HALO,
  LARGEST_SEEN,
  TILE,
} from '../../../src/codec/grid/geometry.ts';

const side = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20000 }));
const size = fc.record({ width: side, height: side });

describe('coarsestLevel', () => {
  test.each([
    [1, 1, 0],
    [32, 32, 0],
    [63, 63, 0],
    [64, 63, 0],
    [64, 64, 1],
    [127, 4000, 1],
    [128, 128, 2],
    [500, 333, 3],
    [768, 512, 4],
    [16384, 16384, 9],
    [2 ** 31 - 1, 1, 0],
  ])('of %i x %i is %i', (width, height, level) => {
    expect(coarsestLevel({ width, height })).toBe(level);
    expect(coarsestLevel({ width: height, height: width })).toBe(level);
  });

  test('keeps the shorter side of the coarsest level at 32..63, unless the image is smaller', () => {
    fc.assert(
      fc.property(size, (image) => {
        const shorter = Math.min(image.width, image.height);
        const coarsest = Math.floor(shorter / 2 ** coarsestLevel(image));
        expect(coarsest).toBeLessThan(64);
        expect(coarsest).toBeGreaterThanOrEqual(Math.min(32, shorter));
      }),
    );
  });
});

describe('canvasSize', () => {
  test('is the image in whole blocks', () => {
    expect(canvasSize({ width: 1, height: 37 }, 0)).toEqual({ width: 8, height: 40 });
    expect(canvasSize({ width: 768, height: 512 }, 4)).toEqual({ width: 48, height: 32 });
    expect(canvasSize({ width: 500, height: 333 }, 3)).toEqual({ width: 64, height: 48 });
    expect(canvasSize({ width: 2 ** 31 - 1, height: 9 }, 0)).toEqual({ width: 2 ** 31, height: 16 });
  });

  test('of a level, doubled, covers the next finer level with less than a block of excess', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 9 }), (image, level) => {
        const coarse = canvasSize(image, level);
        const fine = canvasSize(image, level - 1);
        for (const key of ['width', 'height'] as const) {
          expect(coarse[key] % 8).toBe(0);
          expect(coarse[key] * 2 ** level).toBeGreaterThanOrEqual(image[key]);
          expect(fine[key]).toBeLessThanOrEqual(2 * coarse[key]);
          expect(fine[key]).toBeGreaterThan(2 * coarse[key] - 16);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('cutCanvas', () => {
  test('covers the canvas exactly, row by row, with even parts of whole blocks', () => {
    const blocks = fc.integer({ min: 1, max: 64 });
    fc.assert(
      fc.property(blocks, blocks, fc.constantFrom(64, 72, TILE, 2 * TILE), (wide, high, most) => {
        const canvas = { width: wide * 8, height: high * 8 };
        const rects = cutCanvas(canvas, most);
        const columns = Math.ceil(canvas.width / most);
        expect(rects).toHaveLength(columns * Math.ceil(canvas.height / most));
        for (const [i, { x, y, width, height }] of rects.entries()) {
          for (const value of [x, y, width, height]) expect(value % 8).toBe(0);
          expect(Math.min(width, height)).toBeGreaterThanOrEqual(8);
          expect(Math.max(width, height)).toBeLessThanOrEqual(most);
          // Neighbouring parts have no gap or overlap, and the last ones end at the edge.
          const right = rects[i + 1];
          const below = rects[i + columns];
          const endsRow = i % columns === columns - 1;
          expect(x + width).toBe(endsRow ? canvas.width : right.x);
          expect(y + height).toBe(below ? below.y : canvas.height);
          if (!endsRow) expect([right.y, right.height]).toEqual([y, height]);
          if (below) expect([below.x, below.width]).toEqual([x, width]);
        }
        expect([rects[0].x, rects[0].y]).toEqual([0, 0]);
        for (const key of ['width', 'height'] as const) {
          const sides = rects.map((rect) => rect[key]);
          expect(Math.max(...sides) - Math.min(...sides)).toBeLessThanOrEqual(8);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('known cuts', () => {
    expect(cutCanvas({ width: 264, height: 8 }, TILE)).toEqual([
      { x: 0, y: 0, width: 128, height: 8 },
      { x: 128, y: 0, width: 136, height: 8 },
    ]);
    expect(cutCanvas({ width: 768, height: 512 }, TILE)).toHaveLength(6);
    expect(cutCanvas({ width: 256, height: 256 }, TILE)).toEqual([{ x: 0, y: 0, width: 256, height: 256 }]);
  });
});

describe('canvasWindows', () => {
  const RULE = { sizeMultiple: 16 };
  const sides = fc.integer({ min: 1, max: 500 }).map((blocks) => blocks * 8);

  /** Network pixels along a side: what the denoiser sees in all. */
  const seenAlong = (side: number): number =>
    canvasWindows({ width: side, height: 8 }, RULE).reduce((sum, { seen }) => sum + seen.width, 0);

  test('are the fewest whose seen part is no larger than the limit, cover the canvas, and see a halo', () => {
    fc.assert(
      fc.property(sides, (side) => {
        const windows = canvasWindows({ width: side, height: 8 }, RULE);
        let end = 0;
        for (const { window, seen } of windows) {
          expect(window).toMatchObject({ x: end, y: 0, height: 8 });
          end += window.width;
          expect(window.width % 8).toBe(0);
          expect(window.width).toBeGreaterThan(0);
          expect(seen.x).toBe(Math.max(window.x - HALO, 0));
          expect(seen.width).toBeLessThanOrEqual(LARGEST_SEEN);
          // No padding but at the right edge, to the next multiple.
          const right = Math.ceil(Math.min(end + HALO, side) / 16) * 16;
          expect(seen.x + seen.width).toBe(right);
        }
        expect(end).toBe(side);
        const widths = windows.map(({ seen }) => seen.width);
        expect(Math.max(...widths) - Math.min(...widths)).toBeLessThanOrEqual(16);
        // One window less could not see all of the side with its halos.
        const fewer = windows.length - 1;
        if (fewer > 0) expect(fewer * (LARGEST_SEEN - 2 * HALO) + 2 * HALO).toBeLessThan(Math.ceil(side / 16) * 16);
        expect(seenAlong(side)).toBe(Math.ceil(side / 16) * 16 + 2 * HALO * fewer);
      }),
      { numRuns: 500 },
    );
  });

  test('known windows', () => {
    const widths = (side: number): number[] =>
      canvasWindows({ width: side, height: 8 }, RULE).map(({ window }) => window.width);
    expect(widths(LARGEST_SEEN)).toEqual([576]);
    expect(widths(584)).toEqual([288, 296]);
    expect(widths(768)).toEqual([384, 384]);
    expect(widths(1112)).toEqual([560, 552]);
    expect(widths(1920)).toEqual([480, 480, 464, 496]);
    expect(canvasWindows({ width: 1000, height: 1104 }, RULE)[2]).toEqual({
      window: { x: 0, y: 544, width: 496, height: 560 },
      seen: { x: 0, y: 528, width: 512, height: 576 },
    });
  });
});
