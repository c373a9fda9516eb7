import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { qualityIndex } from '../../../src/coding/encoder/goals/quality-scale.ts';
import { decode, encode, type RawImage, readImage } from '../../../src/entry/index.ts';
import { noisePicture } from '../../support/pictures.ts';

describe('graphics in saturated colours', () => {
  const read = async (name: string): Promise<RawImage> => readImage(await readFile(`test/images/cases/${name}.png`));

  test.each([
    ['icon-green64', 500, 40],
    ['brand-twitch', 3300, 40],
    ['ui', 17_000, 40],
  ])('%s takes at most %i bytes at %i dB and more', async (name, bytes, psnr) => {
    const picture = await read(name);
    for (const options of [{}, { quality: 90 }, { effort: 1 }]) {
      const { data, info } = await encode(picture, { ...options, reportPsnr: true });
      const isDefault = Object.keys(options).length === 0;
      expect(info.psnr).toBeGreaterThan(isDefault ? psnr : 38);
      if (isDefault) expect(data.length).toBeLessThan(bytes);
      expect(data.length).toBeLessThan(picture.data.length / 4);
    }
  });
});

describe('noise', () => {
  const noise = noisePicture(40, 24, 3);
  const raw = noise.data.length;
  let stored: Uint8Array;

  beforeAll(async () => {
    stored = (await encode(noise, { lossless: true })).data;
  });

  test('is stored where nothing predicts it, exactly, and every prefix is a picture', async () => {
    expect(stored.length).toBeLessThanOrEqual(1.02 * raw + 64);
    const { data, info } = await decode(stored);
    expect(info.lossless).toBe(true);
    expect(data).toEqual(noise.data);
    const cut = await decode(stored.subarray(0, stored.length - 1));
    expect(cut.info.lossless).toBe(false);
    expect(cut.data).toHaveLength(raw);
  });

  test('takes no more at any quality', async () => {
    for (const options of [{ quality: 99 }, { endSigma: 0.004 }, { psnr: 52 }]) {
      const { data, info } = await encode(noise, { ...options, effort: 1 });
      expect(data.length).toBeLessThanOrEqual(1.02 * raw + 64);
      const { data: pixels } = await decode(data);
      expect(pixels).toHaveLength(raw);
      if (info.psnr === Number.POSITIVE_INFINITY) expect(pixels).toEqual(noise.data);
    }
  });

  test('loses layers on a backend that makes no tails', async () => {
    const { data, info } = await encode(noise, { endSigma: 0.004, effort: 1, backend: 'cpu' });
    expect(data.length).toBeLessThanOrEqual(1.02 * raw + 64);
    expect(info.tail).toBeNull();
    expect(info.layers.at(-1)?.sigma).toBeGreaterThan(0.004);
    const { info: decoded } = await decode(data, { backend: 'cpu', failOn: 'truncated' });
    expect(decoded.layers).toHaveLength(info.layers.length);
  });
});

test('quality falls with the noise index, on the scale of WebP', () => {
  expect([30, 80, 95].map(qualityIndex)).toEqual([-610, -950, -1306]);
  for (let quality = 0; quality < 100; quality++) {
    expect(qualityIndex(quality + 1)).toBeLessThan(qualityIndex(quality));
  }
});
