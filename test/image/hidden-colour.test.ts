import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countVisible, fillHidden } from '../../src/image/hidden-colour.ts';
import type { ColourImage } from '../../src/image/raw-image.ts';

/** Pictures of all small sizes with their alpha, hidden in many places. */
const picture = fc
  .record({
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
    channels: fc.constantFrom<1 | 3>(1, 3),
  })
  .chain(({ width, height, channels }) =>
    fc.record({
      image: fc
        .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
        .map((data): ColourImage => ({ data, width, height, channels })),
      alpha: fc
        .array(fc.constantFrom(0, 0, 1, 255), { minLength: width * height, maxLength: width * height })
        .map((values) => Uint8Array.from(values)),
      other: fc.nat(255),
    }),
  );

describe('fillHidden', () => {
  test('keeps visible pixels, and its result depends on nothing else', () => {
    fc.assert(
      fc.property(picture, ({ image, alpha, other }) => {
        const isHidden = (i: number): boolean => alpha[Math.floor(i / image.channels)] === 0;
        const before = image.data.slice();
        const { data } = fillHidden(image, alpha);
        expect(image.data).toEqual(before);
        expect(Array.from(data).filter((_, i) => !isHidden(i))).toEqual(
          Array.from(image.data).filter((_, i) => !isHidden(i)),
        );
        const changed = Uint8Array.from(image.data, (value, i) => (isHidden(i) ? other : value));
        expect(fillHidden({ ...image, data: changed }, alpha).data).toEqual(data);
      }),
    );
  });

  test('stays within the range of the visible colours', () => {
    fc.assert(
      fc.property(picture, ({ image, alpha }) => {
        fc.pre(countVisible(alpha) > 0);
        const { channels } = image;
        const filled = fillHidden(image, alpha).data;
        for (let c = 0; c < channels; c++) {
          const visible = Array.from(alpha.keys())
            .filter((p) => alpha[p] !== 0)
            .map((p) => image.data[p * channels + c]);
          const [low, high] = [Math.min(...visible), Math.max(...visible)];
          for (const p of alpha.keys()) {
            expect(filled[p * channels + c]).toBeGreaterThanOrEqual(low);
            expect(filled[p * channels + c]).toBeLessThanOrEqual(high);
          }
        }
      }),
    );
  });

  test('continues a flat colour exactly, and is smooth between two of them', () => {
    const [width, height] = [33, 9];
    const alpha = new Uint8Array(width * height);
    const data = new Uint8Array(width * height).fill(7);
    for (let y = 0; y < height; y++) {
      alpha[y * width] = 255;
      data[y * width] = 40;
    }
    const image = { data, width, height, channels: 1 } as const;
    expect(new Set(fillHidden(image, alpha).data)).toEqual(new Set([40]));
    for (let y = 0; y < height; y++) {
      alpha[y * width + width - 1] = 1;
      data[y * width + width - 1] = 240;
    }
    const row = Array.from(fillHidden(image, alpha).data.subarray(4 * width, 5 * width));
    const steps = row.slice(1).map((value, i) => value - row[i]);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...steps)).toBeLessThan(60);
  });

  test('a picture of which nothing is visible is grey', () => {
    const image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 1, channels: 3 } as const;
    expect(Array.from(fillHidden(image, new Uint8Array(2)).data)).toEqual(new Array(6).fill(128));
  });
});
