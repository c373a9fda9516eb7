import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contactSheet } from '../../src/analysis/contact-sheet.ts';
import { pictureOfBatch, planeOfImage, readCifar10 } from '../../src/analysis/image-planes.ts';
import { randomBytes } from '../support/gaussian.ts';

describe('readCifar10', () => {
  test('records are a label and three planes', () => {
    const record = Uint8Array.from({ length: 3073 }, (_, i) =>
      i === 0 ? 255 : Math.floor((i - 1) / 1024) * 80 + (i % 7),
    );
    const [image, ...others] = readCifar10(record);
    expect(others).toEqual([]);
    expect([image.width, image.height, image.channels, image.data.length]).toEqual([32, 32, 3, 3072]);
    for (const pixel of [0, 1, 500, 1023]) {
      expect(Array.from(image.data.subarray(pixel * 3, pixel * 3 + 3))).toEqual(
        [0, 1, 2].map((c) => record[1 + c * 1024 + pixel]),
      );
    }
  });

  test('takes as many as asked for; refuses what is no such file', () => {
    const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, '../images/cifar10-test-128.bin')));
    expect(readCifar10(bytes)).toHaveLength(128);
    expect(readCifar10(bytes, { limit: 5 })).toEqual(readCifar10(bytes).slice(0, 5));
    for (const length of [0, 3072, 3074]) {
      expect(() => readCifar10(new Uint8Array(length), { source: 'x.bin' })).toThrow(
        expect.objectContaining({ code: 'ERR_DDPM_INPUT', message: expect.stringMatching(/^x\.bin: /) }),
      );
    }
  });
});

describe('planeOfImage', () => {
  const rgb = { data: randomBytes(20 * 9 * 3, 'rgb'), width: 20, height: 9, channels: 3 } as const;

  test('is the centre, and pictureOfBatch its inverse', () => {
    const plane = planeOfImage(rgb, 'x', 8);
    expect([plane.width, plane.height]).toEqual([16, 8]);
    const { data } = pictureOfBatch(plane.data, plane, 0);
    expect(Array.from(data.subarray(0, 48))).toEqual(Array.from(rgb.data.subarray(2 * 3, 18 * 3)));
    const whole = planeOfImage(rgb, 'x', 1);
    expect(pictureOfBatch(whole.data, whole, 0)).toEqual(rgb);
  });

  test('bytes are [-1, 1]; what is beyond is clamped', () => {
    const pair = { data: Uint8Array.of(0, 128, 255), width: 1, height: 1, channels: 3 } as const;
    expect(Array.from(planeOfImage(pair, 'x', 1).data)).toEqual([-1, Math.fround(128 / 127.5 - 1), 1]);
    const wild = Float32Array.of(0, 0, 0, -3, 0.001, 7);
    expect(Array.from(pictureOfBatch(wild, { width: 1, height: 1 }, 1).data)).toEqual([0, 128, 255]);
  });

  test('grey becomes RGB, alpha is left out', () => {
    const grey = { data: Uint8Array.of(10, 200), width: 2, height: 1, channels: 1 } as const;
    const greyAlpha = { data: Uint8Array.of(10, 5, 200, 6), width: 2, height: 1, channels: 2 } as const;
    const rgba = { data: Uint8Array.of(10, 10, 10, 5, 200, 200, 200, 6), width: 2, height: 1, channels: 4 } as const;
    const expected = planeOfImage(
      { data: Uint8Array.of(10, 10, 10, 200, 200, 200), width: 2, height: 1, channels: 3 },
      'x',
      1,
    );
    for (const image of [grey, greyAlpha, rgba]) expect(planeOfImage(image, 'x', 1)).toEqual(expected);
  });

  test('refuses what is smaller than the model takes', () => {
    expect(() => planeOfImage(rgb, 'tiny.png', 16)).toThrow(
      /tiny\.png: 20 x 9 pixels, smaller than the model's 16 x 16/,
    );
  });
});

describe('contactSheet', () => {
  const dot = (level: number): { data: Uint8Array; width: 1; height: 1; channels: 3 } => {
    return { data: new Uint8Array(3).fill(level), width: 1, height: 1, channels: 3 };
  };

  test('lays pictures out in reading order on white', () => {
    const sheet = contactSheet([dot(1), dot(2), dot(3)], { columns: 2, gap: 1 });
    expect([sheet.width, sheet.height, sheet.channels]).toEqual([5, 5, 3]);
    const red = Array.from({ length: 25 }, (_, i) => sheet.data[i * 3]);
    expect(red).toEqual([
      ...[255, 255, 255, 255, 255],
      ...[255, 1, 255, 2, 255],
      ...[255, 255, 255, 255, 255],
      ...[255, 3, 255, 255, 255],
      ...[255, 255, 255, 255, 255],
    ]);
  });

  test('enlarges pixels', () => {
    const pair = { data: Uint8Array.of(1, 1, 1, 2, 2, 2), width: 2, height: 1, channels: 3 } as const;
    const sheet = contactSheet([pair], { scale: 2, gap: 0 });
    expect([sheet.width, sheet.height]).toEqual([4, 2]);
    expect(Array.from({ length: 8 }, (_, i) => sheet.data[i * 3])).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });

  test('refuses none, several sizes, and wrong numbers', () => {
    expect(() => contactSheet([])).toThrow(/"pictures" expected at least one/);
    expect(() => contactSheet([dot(1), { ...dot(1), width: 2 as 1, data: new Uint8Array(6) }])).toThrow(
      /expected 1 x 1 x 3/,
    );
    for (const options of [{ columns: 0 }, { scale: 0.5 }, { gap: -1 }]) {
      expect(() => contactSheet([dot(1)], options)).toThrow(RangeError);
    }
  });
});
