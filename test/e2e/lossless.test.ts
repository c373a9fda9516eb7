import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/api/decode.ts';
import { decodeProgressive } from '../../src/api/decode-progressive.ts';
import { encode } from '../../src/api/encode.ts';
import { inspect } from '../../src/coding/inspect.ts';
import { truncate } from '../../src/coding/truncate.ts';
import type { Channels, RawImage } from '../../src/image/raw-image.ts';
import { kodakCrop } from '../support/pictures.ts';
import { seededPicks } from '../support/seeded-picks.ts';

function picture(width: number, height: number, channels: Channels, of: (x: number, y: number, c: number) => number) {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return of(pixel % width, Math.floor(pixel / width), i % channels);
  });
  return { data, width, height, channels };
}

async function roundTrip(image: RawImage): Promise<number> {
  const { data, info } = await encode(image, { lossless: true, effort: 1 });
  const decoded = await decode(data);
  expect(decoded.info.lossless).toBe(true);
  expect(decoded.info.channels).toBe(image.channels);
  expect(Buffer.compare(Buffer.from(decoded.data), Buffer.from(image.data))).toBe(0);
  expect(info.psnr).toBe(Number.POSITIVE_INFINITY);
  expect(info.bytes).toBe(data.length);
  return data.length;
}

const FAST = { trellis: { effort: 1 }, dithered: {} } as const;
const noise = seededPicks('noise', 4096, (u) => Math.floor(u * 256));
const CASES: readonly (readonly [string, RawImage, number])[] = [
  ['1x1', picture(1, 1, 3, () => 77), 30],
  ['flat', picture(32, 32, 3, () => 200), 250],
  ['gradient', picture(40, 30, 3, (x, y, c) => 3 * x + 2 * y + c), 500],
  ['grey', picture(33, 17, 1, (x, y) => x * 5 + y), 300],
  ['grey and alpha', picture(16, 16, 2, (x, y, c) => (c ? 255 - x : y * 9)), 600],
  ['alpha', picture(20, 20, 4, (x, y, c) => (c === 3 ? y * 12 : x * 3 + y)), 700],
  ['text', picture(48, 40, 3, (x, y) => ((x * 7 + (y >> 3) * 13) % 11 < 4 && y % 10 < 7 ? 20 : 250)), 48 * 40 * 3],
  ['noise: little above raw', picture(32, 32, 3, (x, y, c) => noise[(y * 32 + x) * 3 + c]), 3500],
];

describe('lossless', () => {
  it.each(CASES)('%s: exact, and not too large', async (_, image, most) => {
    expect(await roundTrip(image)).toBeLessThan(most);
  });

  it('random pictures: exact', async () => {
    const images = fc
      .record({
        width: fc.integer({ min: 1, max: 24 }),
        height: fc.integer({ min: 1, max: 24 }),
        channels: fc.constantFrom<Channels>(1, 2, 3, 4),
      })
      .chain((shape) => {
        const length = shape.width * shape.height * shape.channels;
        return fc.uint8Array({ minLength: length, maxLength: length }).map((data) => ({ ...shape, data }));
      });
    await fc.assert(
      fc.asyncProperty(images, async (image) => {
        await roundTrip(image);
      }),
      { numRuns: 8 },
    );
  });

  it('a photograph: exact, far smaller than PNG, and a picture at every cut', async () => {
    const area = { left: 300, top: 200, width: 96, height: 72 };
    const { data, info } = await sharp('test/images/kodak/kodim23.png')
      .extract(area)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const image = { data, width: info.width, height: info.height, channels: 3 as const };
    const png = await sharp(data, { raw: image }).png({ compressionLevel: 9 }).toBuffer();
    const file = await encode(image, { lossless: true, effort: 1 });
    expect(file.data.length).toBeLessThan(0.8 * png.length);
    const { tail, layers, lossless } = inspect(file.data);
    expect(lossless).toBe(true);
    expect(tail?.cumulativeBytes).toBe(file.data.length);
    expect(tail?.bytes).toBe(file.data.length - (layers.at(-1)?.cumulativeBytes ?? 0));
    const cut = await decode(file.data.subarray(0, file.data.length - 1));
    expect(cut.info.truncated).toBe(true);
    expect(cut.info.lossless).toBe(false);
    expect(cut.info.layers).toHaveLength(layers.length);
    expect(cut.info.exactRows).toBeGreaterThan(image.height - 3);
    const layersOnly = await decode(file.data, { layers: layers.length });
    expect(layersOnly.info).toMatchObject({ truncated: false, exactRows: 0 });
    const exactBytes = cut.info.exactRows * image.width * 3;
    const expected = Buffer.concat([data.subarray(0, exactBytes), layersOnly.data.subarray(exactBytes)]);
    expect(Buffer.compare(cut.data, expected)).toBe(0);
    await expect(decode(file.data.subarray(0, file.data.length - 1), { failOn: 'truncated' })).rejects.toMatchObject({
      code: 'ERR_DDPM_TRUNCATED',
    });
  });

  it('CIFAR-10 pictures: smaller than WebP lossless', async () => {
    const records = readFileSync('test/images/cifar10-test-128.bin');
    let ours = 0;
    let webp = 0;
    for (let r = 0; r < 6; r++) {
      const image = picture(32, 32, 3, (x, y, c) => records[r * 3073 + 1 + c * 1024 + y * 32 + x]);
      ours += await roundTrip(image);
      webp += (await sharp(image.data, { raw: image }).webp({ lossless: true, effort: 6 }).toBuffer()).length;
    }
    expect(ours).toBeLessThan(0.9 * webp);
  });

  it('reports damage, or gives the picture of the layers', async () => {
    const image = picture(24, 24, 3, (x, y, c) => 5 * x + 3 * y + 20 * c);
    const { data } = await encode(image, { lossless: true, effort: 1 });
    const damaged = data.slice();
    damaged[damaged.length - 4] ^= 0x10;
    await expect(decode(damaged)).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    const { info } = await decode(damaged, { failOn: 'none' });
    expect(info.lossless).toBe(false);
    expect(info.damage).toMatch(/checksum of its pixels/);
    const longer = Uint8Array.of(...data, 0);
    expect((await decode(longer)).info).toMatchObject({ lossless: true, damage: null, trailingBytes: 1 });
    expect(truncate(longer, { bytes: longer.length })).toEqual(data);
  });

  it('needs the portable backend: others refuse to encode, and decode only the layers and report why', async () => {
    const image = picture(8, 8, 3, (x) => x * 20);
    await expect(encode(image, { lossless: true, backend: 'cpu' })).rejects.toMatchObject({ code: 'ERR_DDPM_BACKEND' });
    const { data } = await encode(image, { lossless: true, effort: 1 });
    const { info } = await decode(data, { backend: 'cpu' });
    expect(info.lossless).toBe(false);
    expect(info.lossyBecause).toMatch(/needs the backend wasm/);
    const portable = { portable: true, backend: 'cpu' } as const;
    for (const call of [encode(image, portable), decode(data, portable)]) {
      await expect(call).rejects.toMatchObject({ code: 'ERR_DDPM_BACKEND' });
    }
    await expect(decode(data, { backend: 'cpu', failOn: 'truncated' })).rejects.toMatchObject({
      code: 'ERR_DDPM_TRUNCATED',
    });
  });

  it('ends a progressive decoding with the exact frame', async () => {
    const image = picture(24, 16, 3, (x, y, c) => 9 * x + 4 * y + c);
    const { data, info } = await encode(image, { lossless: true, effort: 1 });
    async function* arrive() {
      for (let at = 0; at < data.length; at += 40) yield data.subarray(at, at + 40);
    }
    const all = [];
    for await (const frame of decodeProgressive(arrive())) all.push(frame);
    // On a slow machine frames of rows come between the last layer and the exact picture.
    const frames = all.filter(({ info: { exactRows, lossless } }) => exactRows === 0 || lossless);
    expect(frames).toHaveLength(info.layers.length + 1);
    expect(frames.map((frame) => frame.info.lossless)).toEqual([...info.layers.map(() => false), true]);
    expect(frames.map((frame) => frame.info.complete)).toEqual([...info.layers.map(() => false), true]);
    expect(frames.at(-1)?.info.bytes).toBe(data.length);
    expect(Buffer.compare(Buffer.from(frames.at(-1)?.data ?? []), Buffer.from(image.data))).toBe(0);
  });

  it.each([
    ['trellis', 40, 1],
    ['trellis', 1, 1],
    ['dithered', 40, 1],
    ['trellis', 0.9, 0.9],
  ] as const)(
    'of a picture with a pyramid, %s, asked to end at sigma %f, starts its tail at full size',
    async (transport, endSigma, sigma) => {
      const image = await kodakCrop(72, 64);
      const { data, info } = await encode(image, { lossless: true, endSigma, transport, ...FAST[transport] });
      expect(info.tail?.sigma).toBeCloseTo(sigma, 3);
      const decoded = await decode(data);
      expect(decoded.info.lossless).toBe(true);
      expect(Buffer.compare(Buffer.from(decoded.data), Buffer.from(image.data))).toBe(0);
    },
  );

  it('accepts compatible options, and refuses others', async () => {
    const image = picture(16, 16, 3, (x, y) => x * y);
    const { data } = await encode(image, { quality: 100, effort: 1 });
    expect((await decode(data)).info.lossless).toBe(true);
    const later = await encode(image, { lossless: true, endSigma: 0.05, effort: 1 });
    expect(later.info.tail?.sigma).toBeCloseTo(0.05, 3);
    expect(Buffer.compare(Buffer.from((await decode(later.data)).data), Buffer.from(image.data))).toBe(0);
    for (const other of [{ bytes: 500 }, { bpp: 2 }, { psnr: 30 }, { quality: 50 }]) {
      await expect(encode(image, { lossless: true, ...other })).rejects.toThrow(/"lossless" expected without/);
    }
    await expect(encode(image, { lossless: 'yes' as unknown as boolean })).rejects.toThrow(/"lossless" expected true/);
  });
});
