import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { type Box, fitInside } from '../../src/image/fit-inside.ts';

/** The size that sharp itself makes of a picture. */
async function bySharp(size: { width: number; height: number }, box: Box): Promise<[number, number]> {
  const target = { width: box.maxWidth, height: box.maxHeight, fit: 'inside' as const, withoutEnlargement: true };
  const picture = sharp({ create: { ...size, channels: 3, background: 'red' } });
  const { info } = await picture.resize(target).raw().toBuffer({ resolveWithObject: true });
  return [info.width, info.height];
}

const side = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 900 }));
/** Where two of the sides have common factors, the third may end on a half. */
const round = side.chain((base) => fc.integer({ min: 1, max: 8 }).map((times) => base * times));

test('the size is that of sharp, for any picture and box', { timeout: 120_000 }, async () => {
  const any = fc.oneof(side, round);
  const box = fc.record({
    maxWidth: fc.option(any, { nil: undefined }),
    maxHeight: fc.option(any, { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(any, any, box, async (width, height, limits) => {
      fc.pre(limits.maxWidth !== undefined || limits.maxHeight !== undefined);
      const { width: wide, height: high } = fitInside({ width, height }, limits);
      expect([wide, high]).toEqual(await bySharp({ width, height }, limits));
    }),
    { numRuns: 1000 },
  );
});

test('halves are rounded as sharp rounds them: up, or down where its division ends below', async () => {
  for (const [width, height, maxWidth, maxHeight] of [
    [200, 165, 140, 283],
    [125, 50, 294, 3],
    [10, 5, 5, 5],
    [1, 900, 40, 40],
  ]) {
    const { width: wide, height: high } = fitInside({ width, height }, { maxWidth, maxHeight });
    expect([wide, high]).toEqual(await bySharp({ width, height }, { maxWidth, maxHeight }));
  }
  expect(fitInside({ width: 200, height: 165 }, { maxWidth: 140 })).toEqual({ width: 140, height: 116 });
  expect(fitInside({ width: 125, height: 50 }, { maxHeight: 3 })).toEqual({ width: 7, height: 3 });
});

test('a box without limits, or one that is larger, leaves the picture as it is', () => {
  expect(fitInside({ width: 4000, height: 3000 }, {})).toEqual({ width: 4000, height: 3000 });
  expect(fitInside({ width: 40, height: 30 }, { maxWidth: 41, maxHeight: 1e9 })).toEqual({ width: 40, height: 30 });
});
