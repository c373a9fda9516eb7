import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canvasSize, type Size } from '../../../src/codec/grid/geometry.ts';
import { ImagePyramid } from '../../../src/codec/grid/image-pyramid.ts';
import { pictureOf, planeOf, type SourcePicture, squaredError } from '../../../src/codec/grid/picture.ts';
import { double, gather, newPlane, type Plane } from '../../../src/codec/grid/plane.ts';
import { gaussians, randomBytes } from '../../support/gaussian.ts';

// Straightforward implementations for comparison with src/codec, which uses other orders of loops: whole planes, sample
// by sample.

const CUBIC = [-9 / 128, 111 / 128, 29 / 128, -3 / 128];

/** Indices of the four source samples for sample i of a doubled side; the second is the sample that contains i. */
function taps(i: number, side: number): number[] {
  const own = Math.floor(i / 2);
  const direction = i % 2 === 0 ? 1 : -1;
  return [own + direction, own, own - direction, own - 2 * direction].map((tap) =>
    Math.min(Math.max(tap, 0), side - 1),
  );
}

/** Doubles the height. Adds the taps in the order of the weights, and rounds each sample to float32 once. */
function plainDoubleDown({ width, height, data }: Plane): Plane {
  const out = newPlane({ width, height: height * 2 });
  const row = width * 3;
  for (let i = 0; i < out.data.length; i++) {
    const [a, b, c, d] = taps(Math.floor(i / row), height).map((tap) => data[tap * row + (i % row)]);
    out.data[i] = CUBIC[0] * a + CUBIC[1] * b + CUBIC[2] * c + CUBIC[3] * d;
  }
  return out;
}

function transposed({ width, height, data }: Plane): Plane {
  const out = newPlane({ width: height, height: width });
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    out.data[((pixel % width) * height + Math.floor(pixel / width)) * 3 + (i % 3)] = data[i];
  }
  return out;
}

function plainDouble(plane: Plane): Plane {
  return transposed(plainDoubleDown(transposed(plainDoubleDown(plane))));
}

function plainByte(x: number): number {
  return Math.min(Math.max(Math.floor((x + 1) * 127.5 + 0.5), 0), 255);
}

function plainPicture(mean: Plane, level: number, { width, height }: Size, channels: 1 | 3): Uint8Array {
  let plane = mean;
  for (let i = 0; i < level; i++) plane = plainDouble(plane);
  const out = new Uint8Array(width * height * channels);
  for (let i = 0; i < out.length; i++) {
    const pixel = Math.floor(i / channels);
    const at = (Math.floor(pixel / width) * plane.width + (pixel % width)) * 3;
    const [r, g, b] = plane.data.subarray(at, at + 3);
    out[i] = plainByte(channels === 3 ? plane.data[at + (i % 3)] : (r + g + b) / 3);
  }
  return out;
}

function randomPlane(size: Size, seed: string): Plane {
  return { ...size, data: gaussians(size.width * size.height * 3, seed).map((value) => value * 0.6) };
}

const side = fc.integer({ min: 1, max: 41 });
const channelCount = fc.constantFrom<1 | 3>(1, 3);

describe('pictureOf and squaredError', () => {
  test('are, to the bit, what plain loops over whole planes give', () => {
    fc.assert(
      fc.property(side, side, fc.nat(4), channelCount, fc.string(), (width, height, level, channels, seed) => {
        const size = { width, height };
        const mean = randomPlane(canvasSize(size, level), seed);
        const expected = plainPicture(mean, level, size, channels);
        expect(pictureOf(mean, level, size, channels)).toEqual({ ...size, channels, data: expected });
        const data = randomBytes(expected.length, seed);
        const error = expected.reduce((sum, byte, i) => sum + (byte - data[i]) ** 2, 0);
        expect(squaredError(mean, level, { ...size, channels, data })).toBe(error);
        expect(squaredError(mean, level, { ...size, channels, data: Uint8ClampedArray.from(data) })).toBe(error);
        const alpha = randomBytes(width * height, seed).map((byte) => (byte < 140 ? 0 : byte));
        const visible = expected.reduce(
          (sum, byte, i) => sum + (alpha[Math.floor(i / channels)] === 0 ? 0 : (byte - data[i]) ** 2),
          0,
        );
        expect(squaredError(mean, level, { ...size, channels, data, alpha })).toBe(visible);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test('round half up, at and next to every tie, and clamp what is beyond the range', () => {
    const beyond = [
      0,
      -0,
      2 ** -140,
      -(2 ** -140),
      1.001,
      -1.001,
      1.004,
      -1.004,
      1.01,
      -1.01,
      3,
      -3,
      2 ** 24,
      -(2 ** 24),
    ];
    const values = [...beyond, 2 ** 30, -(2 ** 30), 3e38, -3e38, Infinity, -Infinity];
    const ties = Float32Array.from({ length: 256 }, (_, byte) => (byte + 0.5) / 127.5 - 1);
    const bits = new Int32Array(ties.buffer);
    for (let ulp = -3; ulp <= 3; ulp++) values.push(...new Float32Array(bits.map((tie) => tie + ulp).buffer));
    const size = { width: values.length, height: 1 };
    const mean = {
      ...size,
      data: Float32Array.from({ length: values.length * 3 }, (_, i) => values[Math.floor(i / 3)]),
    };
    for (const channels of [1, 3] as const) {
      const expected = plainPicture(mean, 0, size, channels);
      expect(new Set(expected).size).toBe(256);
      expect(pictureOf(mean, 0, size, channels).data).toEqual(expected);
      expect(squaredError(mean, 0, { ...size, channels, data: expected })).toBe(0);
    }
    // The only tie that float32 can represent.
    expect(pictureOf({ width: 1, height: 1, data: new Float32Array(3) }, 0, { width: 1, height: 1 }, 1).data[0]).toBe(
      128,
    );
  });

  test('errors beyond 2^31 in a row are exact', () => {
    const size = { width: 40_000, height: 2 };
    const mean = { ...size, data: new Float32Array(240_000).fill(1) };
    for (const channels of [1, 3] as const) {
      const data = new Uint8Array(80_000 * channels);
      expect(squaredError(mean, 0, { ...size, channels, data })).toBe(data.length * 255 ** 2);
    }
  });
});

describe('double', () => {
  test('is, to the bit, four taps down the columns, then along the rows', () => {
    for (const [width, height] of [
      [1, 1],
      [1, 2],
      [2, 1],
      [3, 5],
      [17, 5],
      [8, 23],
    ]) {
      const plane = randomPlane({ width, height }, `${width}x${height}`);
      expect(double(plane)).toEqual(plainDouble(plane));
    }
  });
});

describe('a picture of bytes', () => {
  const picture = fc.tuple(side, side, channelCount).map(([width, height, channels]): SourcePicture => {
    return { width, height, channels, data: randomBytes(width * height * channels, `${width}x${height}`) };
  });

  test('is byte / 127.5 - 1 as a plane', () => {
    fc.assert(
      fc.property(picture, (source) => {
        const { width, height, channels, data } = source;
        const level = (i: number): number => data[channels === 3 ? i : Math.floor(i / 3)] / 127.5 - 1;
        const expected = Float32Array.from({ length: width * height * 3 }, (_, i) => level(i));
        expect(planeOf(source)).toEqual({ width, height, data: expected });
      }),
      { seed: 2 },
    );
  });

  test('copies its hidden pixels, and those that repeat one beyond the edge', () => {
    fc.assert(
      fc.property(picture, fc.nat(40), fc.nat(40), side, side, (source, x, y, width, height) => {
        const rect = { x: x % source.width, y: y % source.height, width, height };
        const alpha = randomBytes(source.width * source.height, 'alpha').map((byte) => (byte < 140 ? 0 : byte));
        const [from, to] = ['from', 'to'].map((seed) => gaussians(width * height * 3, seed));
        const expected = to.map((value, i) => {
          const column = Math.min(rect.x + (Math.floor(i / 3) % width), source.width - 1);
          const row = Math.min(rect.y + Math.floor(i / 3 / width), source.height - 1);
          return alpha[row * source.width + column] === 0 ? from[i] : value;
        });
        const untouched = to.slice();
        new ImagePyramid(source).copyHidden(rect, from, untouched);
        expect(untouched).toEqual(to);
        new ImagePyramid({ ...source, alpha }).copyHidden(rect, from, to);
        expect(to).toEqual(expected);
      }),
      { seed: 4 },
    );
  });

  test('names the blocks of which all pixels are hidden', () => {
    fc.assert(
      fc.property(picture, fc.nat(40), fc.nat(40), fc.nat(40), fc.nat(40), (source, left, top, right, bottom) => {
        const { width, height } = source;
        const alpha = Uint8Array.from({ length: width * height }, (_, p) => {
          const [x, y] = [p % width, Math.floor(p / width)];
          return x >= left && x <= right && y >= top && y <= bottom ? 1 : 0;
        });
        const rect = { x: 0, y: 0, ...canvasSize(source, 0) };
        const isHidden = (block: number): boolean => {
          const [x, y] = [(block % (rect.width / 8)) * 8, Math.floor(block / (rect.width / 8)) * 8];
          return Array.from({ length: 64 }, (_, i) => {
            const [column, row] = [Math.min(x + (i % 8), width - 1), Math.min(y + (i >> 3), height - 1)];
            return alpha[row * width + column] === 0;
          }).every(Boolean);
        };
        const expected = Uint8Array.from({ length: (rect.width * rect.height) / 64 }, (_, i) => (isHidden(i) ? 1 : 0));
        const found = new ImagePyramid({ ...source, alpha }).hiddenBlocks(rect);
        expect(found ?? new Uint8Array(expected.length)).toEqual(expected);
        expect(new ImagePyramid(source).hiddenBlocks(rect)).toBeUndefined();
      }),
      { seed: 5 },
    );
  });

  test('is a target as its plane is', () => {
    fc.assert(
      fc.property(picture, fc.nat(40), fc.nat(40), side, side, (source, x, y, width, height) => {
        const rect = { x: x % source.width, y: y % source.height, width, height };
        const expected = gather(planeOf(source), rect, new Float32Array(width * height * 3));
        expect(new ImagePyramid(source).pixels(0, rect)).toEqual(expected);
      }),
      { seed: 3 },
    );
  });
});
