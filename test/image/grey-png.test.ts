import { deflateSync, inflateSync } from 'node:zlib';
import seedrandom from 'seedrandom';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type GreyImage, openGreyPng, type PngTools, writeGreyPng } from '../../src/image/grey-png.ts';

const TOOLS: PngTools = {
  deflate: async (bytes) => deflateSync(bytes),
  // Pieces of 7 bytes: rows end within them.
  async *inflate(bytes) {
    const inflated = inflateSync(bytes);
    for (let at = 0; at < inflated.length; at += 7) yield inflated.subarray(at, at + 7);
  },
};

/** Reads all rows of a PNG. */
async function readGreyPng(bytes: Uint8Array, limitPixels: number, tools: PngTools): Promise<GreyImage> {
  const { width, height, rows } = openGreyPng(bytes, limitPixels, tools);
  const data: number[] = [];
  for await (const row of rows) data.push(...row);
  return { data: Uint8Array.from(data), width, height };
}

function plane(width: number, height: number): { data: Uint8Array; width: number; height: number } {
  const random = seedrandom(`grey-png/${width}x${height}`);
  // Smooth, striped and noisy parts, for each of which another PNG filter is best.
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (3 * x < width) return 2 * x + y;
    return 3 * x < 2 * width ? (y % 2) * 200 : Math.floor(random() * 256);
  });
  return { data, width, height };
}

const SIZES = [
  [1, 1],
  [1, 9],
  [53, 31],
  [90, 64],
] as const;

describe('grey PNG', () => {
  test.each(SIZES)('%i x %i: sharp reads what is written, and what sharp writes is read', async (width, height) => {
    const picture = plane(width, height);
    const written = await writeGreyPng(picture, TOOLS);
    const bySharp = await sharp(written).toColourspace('b-w').raw().toUint8Array();
    expect(bySharp.info.channels).toBe(1);
    expect(Buffer.compare(bySharp.data, picture.data)).toBe(0);
    expect(await readGreyPng(written, width * height, TOOLS)).toEqual(picture);
    const raw = { width, height, channels: 1 as const };
    const png = await sharp(picture.data, { raw }).toColourspace('b-w').png({ adaptiveFiltering: true }).toBuffer();
    expect(await readGreyPng(png, width * height, TOOLS)).toEqual(picture);
  });

  test('refuses files that are cut, damaged, too large or not plain grey', async () => {
    const png = await writeGreyPng(plane(9, 7), TOOLS);
    for (let length = 0; length < png.length; length++) {
      await expect(readGreyPng(png.subarray(0, length), 63, TOOLS)).rejects.toThrow(/PNG/);
    }
    for (let at = 0; at < png.length; at++) {
      const damaged = png.slice();
      damaged[at] ^= 16;
      await expect(readGreyPng(damaged, 63, TOOLS)).rejects.toThrow(/PNG/);
    }
    await expect(readGreyPng(png, 62, TOOLS)).rejects.toThrow('PNG of 9 x 7 pixels');
    const rgb = await sharp({ create: { width: 3, height: 3, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await expect(readGreyPng(rgb, 63, TOOLS)).rejects.toThrow('plain grey');
  });

  test('a PNG that inflates to more than its pixels is refused', async () => {
    const liar = { ...TOOLS, deflate: async (bytes: Uint8Array) => deflateSync(new Uint8Array(bytes.length + 1)) };
    await expect(readGreyPng(await writeGreyPng(plane(9, 7), liar), 63, TOOLS)).rejects.toThrow('too many pixels');
    const short = { ...TOOLS, deflate: async (bytes: Uint8Array) => deflateSync(bytes.subarray(0, -1)) };
    await expect(readGreyPng(await writeGreyPng(plane(9, 7), short), 63, TOOLS)).rejects.toThrow('too few pixels');
  });
});
