import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bandShapeAt } from '../../../src/codec/calibration/band-variance.ts';
import { canvasSize, coarsestLevel } from '../../../src/codec/grid/geometry.ts';
import { pictureOf, planeOf } from '../../../src/codec/grid/picture.ts';
import {
  double,
  gather,
  gatherSeen,
  halve,
  newPlane,
  type Plane,
  resizeCanvas,
} from '../../../src/codec/grid/plane.ts';
import { streamKey } from '../../../src/codec/math/gaussian-table.ts';
import { refine } from '../../../src/codec/walk/reverse-walk.ts';
import { gaussians, moments } from '../../support/gaussian.ts';
import { imagePyramid } from '../../support/pyramid.ts';

/** A plane whose samples are a function of position and colour. */
function planeBy(width: number, height: number, value: (x: number, y: number, c: number) => number): Plane {
  const plane = newPlane({ width, height });
  for (let i = 0; i < plane.data.length; i++) {
    const pixel = Math.floor(i / 3);
    plane.data[i] = value(pixel % width, Math.floor(pixel / width), i % 3);
  }
  return plane;
}

function at(plane: Plane, x: number, y: number, c: number): number {
  return plane.data[(y * plane.width + x) * 3 + c];
}

function clamp(value: number, side: number): number {
  return Math.min(Math.max(value, 0), side - 1);
}

const side = fc.integer({ min: 1, max: 12 });
/** Distinct small integers. They and the means of four of them are exact in float32. */
const numbered = (width: number, height: number): Plane => planeBy(width, height, (x, y, c) => x + 16 * y + 256 * c);

describe('gather and resizeCanvas', () => {
  test('repeat the nearest pixel outside', () => {
    fc.assert(
      fc.property(side, side, fc.nat(11), fc.nat(11), side, side, (width, height, x, y, w, h) => {
        const plane = numbered(width, height);
        const rect = { x: x % width, y: y % height, width: w, height: h };
        const out = { width: w, height: h, data: gather(plane, rect, new Float32Array(w * h * 3)) };
        const expected = planeBy(w, h, (i, j, c) => at(plane, clamp(rect.x + i, width), clamp(rect.y + j, height), c));
        expect(out).toEqual(expected);
        if (rect.x === 0 && rect.y === 0) expect(resizeCanvas(plane, { width: w, height: h })).toEqual(expected);
      }),
    );
  });
});

describe('gatherSeen', () => {
  test('mirrors the plane at its right and lower edge, as often as needed', () => {
    fc.assert(
      fc.property(side, side, fc.nat(11), fc.nat(11), side, side, (width, height, x, y, w, h) => {
        const plane = numbered(width, height);
        const rect = { x: x % width, y: y % height, width: 3 * w, height: 3 * h };
        const there = (from: number, length: number): number[] =>
          Array.from({ length: 40 }, () => Array.from({ length }, (_, i) => i))
            .flatMap((run, i) => (i % 2 ? run.reverse() : run))
            .slice(from);
        const [columns, rows] = [there(rect.x, width), there(rect.y, height)];
        const expected = planeBy(rect.width, rect.height, (i, j, c) => at(plane, columns[i], rows[j], c));
        expect(gatherSeen(plane, rect)).toEqual(expected.data);
      }),
    );
  });
});

describe('halve', () => {
  test('is the mean of 2x2 pixels, with repeated edges', () => {
    fc.assert(
      fc.property(side, side, fc.nat(3), fc.nat(3), (width, height, moreX, moreY) => {
        const plane = numbered(width, height);
        const size = { width: Math.ceil(width / 2) + moreX, height: Math.ceil(height / 2) + moreY };
        const expected = planeBy(size.width, size.height, (x, y, c) => {
          let sum = 0;
          for (const i of [2 * x, 2 * x + 1]) {
            for (const j of [2 * y, 2 * y + 1]) sum += at(plane, clamp(i, width), clamp(j, height), c);
          }
          return sum / 4;
        });
        expect(halve(plane, size)).toEqual(expected);
      }),
    );
  });

  test('a pyramid keeps the mean of an image of whole blocks, and a constant anywhere', () => {
    const image = { width: 128, height: 256, data: gaussians(128 * 256 * 3, 'pyramid') };
    const pyramid = imagePyramid(image, 2);
    expect(pyramid.map(({ width, height }) => [width, height])).toEqual([
      [128, 256],
      [64, 128],
      [32, 64],
    ]);
    for (const level of pyramid) expect(moments(level.data).mean).toBeCloseTo(moments(image.data).mean, 7);
    const grey = planeBy(133, 71, () => 0.25);
    for (const [level, plane] of imagePyramid(grey, coarsestLevel(grey)).entries()) {
      expect(plane).toMatchObject(canvasSize(grey, level));
      expect(plane.data.every((value) => value === 0.25)).toBe(true);
    }
  });
});

describe('double', () => {
  test('keeps a constant', () => {
    fc.assert(
      fc.property(side, side, fc.integer({ min: -256, max: 256 }), (width, height, n) => {
        const doubled = double(planeBy(width, height, () => n / 256));
        expect(doubled).toEqual(planeBy(2 * width, 2 * height, () => n / 256));
      }),
    );
  });

  test('keeps a linear ramp in the interior, so the pixel centres are right', () => {
    const ramp = planeBy(12, 9, (x, y, c) => x + 2 * y + 100 * c);
    const doubled = double(ramp);
    for (let y = 4; y < 14; y++) {
      for (let x = 4; x < 20; x++) {
        // Pixel x of the doubled plane lies at (x + 1/2) / 2 - 1/2 of the plane.
        for (let c = 0; c < 3; c++) {
          expect(at(doubled, x, y, c)).toBeCloseTo((x + 0.5) / 2 - 0.5 + 2 * ((y + 0.5) / 2 - 0.5) + 100 * c, 4);
        }
      }
    }
  });

  test('is the cubic convolution of Keys with a = -1/2', () => {
    const kernel = (s: number): number => {
      const t = Math.abs(s);
      if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
      return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
    };
    const plane = { width: 7, height: 5, data: gaussians(105, 'cubic') };
    const doubled = double(plane);
    for (let y = 0; y < 10; y++) {
      for (let x = 0; x < 14; x++) {
        const [fx, fy] = [(x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5];
        let sum = 0;
        for (let j = -4; j < 10; j++) {
          for (let i = -4; i < 12; i++) sum += kernel(fx - i) * kernel(fy - j) * at(plane, clamp(i, 7), clamp(j, 5), 1);
        }
        expect(at(doubled, x, y, 1)).toBeCloseTo(sum, 5);
      }
    }
  });

  test('halve inverts it except for the finest detail', () => {
    const ramp = planeBy(12, 12, (x, y) => x - y);
    const back = halve(double(ramp), ramp);
    for (let y = 2; y < 10; y++) {
      for (let x = 2; x < 10; x++) expect(at(back, x, y, 0)).toBeCloseTo(x - y, 5);
    }
  });
});

describe('refine', () => {
  const coarse = { width: 64, height: 48, data: gaussians(64 * 48 * 3, 'refine') };
  const sigma = 0.5;
  const key = streamKey(1, 2, 0, 0);

  test('its 2x2 means are the coarse plane', () => {
    const fine = refine(coarse, { width: 128, height: 96 }, sigma, key);
    const back = halve(fine, coarse);
    for (let i = 0; i < back.data.length; i++) expect(Math.abs(back.data[i] - coarse.data[i])).toBeLessThan(1e-6);
  });

  test('with noise sigma in the coarse state, its noise is white with 2 sigma', () => {
    const noise = { ...coarse, data: coarse.data.map((value) => value * sigma) };
    const fine = refine(noise, { width: 128, height: 96 }, sigma, key);
    const n = fine.data.length;
    const bound = 5 / Math.sqrt(n);
    const { mean, deviation } = moments(fine.data);
    expect(Math.abs(mean)).toBeLessThan(bound);
    expect(Math.abs(deviation - 2 * sigma)).toBeLessThan(bound);
    for (const lag of [1, 3, 6, 384, 387]) {
      const products = fine.data.subarray(lag).map((value, i) => value * fine.data[i]);
      expect(Math.abs(moments(products).mean), `lag ${lag}`).toBeLessThan(bound);
    }
  });

  test('of a smaller canvas is the corner of the larger one, in its means', () => {
    const fine = refine(coarse, { width: 120, height: 88 }, sigma, key);
    expect(fine).toMatchObject({ width: 120, height: 88 });
    const back = halve(fine, { width: 60, height: 44 });
    for (let y = 0; y < 44; y++) {
      for (let x = 0; x < 60; x++) expect(at(back, x, y, 2)).toBeCloseTo(at(coarse, x, y, 2), 5);
    }
  });
});

describe('bandShapeAt', () => {
  const sigma = Float32Array.of(0.25, 1, 4);
  const bandShape = Float32Array.from({ length: 3 * 192 }, (_, i) => 1 + Math.floor(i / 192) * 10 + (i % 192) / 256);

  test('is the table at its points, linear in log sigma between, constant beyond', () => {
    for (const [noise, place] of [
      [0.001, 0],
      [0.25, 0],
      [0.5, 0.5],
      [1, 1],
      [2 ** 0.5, 1.25],
      [2, 1.5],
      [4, 2],
      [50, 2],
    ]) {
      const shape = bandShapeAt({ sigma, bandShape }, noise);
      expect(shape).toHaveLength(192);
      for (let i = 0; i < 192; i++) expect(shape[i]).toBeCloseTo(1 + place * 10 + i / 256, 12);
    }
  });
});

describe('pictures', () => {
  test('every byte survives the way to a plane and back', () => {
    for (const channels of [1, 3] as const) {
      const data = Uint8Array.from({ length: 256 * 3 }, (_, i) => (i * 7) & 255);
      const picture = { data, width: channels === 3 ? 16 : 48, height: 16, channels };
      const plane = planeOf(picture);
      expect(Math.min(...plane.data)).toBe(-1);
      expect(Math.max(...plane.data)).toBe(1);
      expect(pictureOf(plane, 0, picture, channels)).toEqual(picture);
    }
  });

  test('are clamped and rounded, cut to the image, and doubled through the levels', () => {
    const plane = planeBy(8, 8, (x) => [-2, -1, -0.999, 0, 0.003, 0.999, 1, 7][x]);
    const { data } = pictureOf(plane, 0, { width: 8, height: 1 }, 3);
    expect([...data].filter((_, i) => i % 3 === 0)).toEqual([0, 0, 0, 128, 128, 255, 255, 255]);
    const small = pictureOf(
      planeBy(8, 8, () => 0.2),
      2,
      { width: 29, height: 31 },
      1,
    );
    expect(small).toMatchObject({ width: 29, height: 31, channels: 1 });
    expect(small.data).toEqual(new Uint8Array(29 * 31).fill(153));
  });

  test('grey is the mean of the colours', () => {
    const plane = planeBy(1, 1, (_x, _y, c) => [-1, 0.5, 0.5][c]);
    expect(pictureOf(plane, 0, plane, 1).data).toEqual(Uint8Array.of(128));
  });
});
