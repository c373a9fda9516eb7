import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import {
  compareImages,
  decode,
  type EncodeOptions,
  encode,
  type RawImage,
  readImage,
} from '../../../src/entry/index.ts';
import { measured } from '../../support/measured.ts';
import { kodakCrop, noisePicture, withAlpha } from '../../support/pictures.ts';

/** Decodes to a picture that can be compared with the input. */
async function decoded(data: Uint8Array): Promise<RawImage> {
  const { data: pixels, info } = await decode(data);
  return { ...info, data: pixels };
}

/** The picture with other colours where alpha is 0. */
function recoloured(image: RawImage): RawImage {
  const { channels, width, height } = image;
  const noise = noisePicture(width, height, 3).data;
  const isHidden = (i: number): boolean => image.data[i - (i % channels) + channels - 1] === 0;
  const data = Uint8Array.from(image.data, (value, i) =>
    isHidden(i) && i % channels < channels - 1 ? noise[i] : value,
  );
  return { ...image, data };
}

/** A disc of a photograph with a soft edge, on nothing. */
async function disc(side: number, channels: 1 | 3 = 3): Promise<RawImage> {
  return withAlpha(await kodakCrop(side, side, channels), (x, y) => {
    const distance = Math.hypot(x + 0.5 - side / 2, y + 0.5 - side / 2);
    return Math.round(Math.min(Math.max((side * 0.4 - distance) / 3, 0), 1) * 255);
  });
}

describe('pixels that cannot be seen', () => {
  const options: [string, EncodeOptions][] = [
    ['the default end', { reportPsnr: true }],
    ['bytes', { bytes: 900, reportPsnr: true }],
    ['psnr', { psnr: 32 }],
    ['the transport dithered', { transport: 'dithered', endSigma: 0.2, reportPsnr: true }],
  ];

  test.each(options)('have no influence on the file: %s', async (_, option) => {
    for (const image of [await disc(72), await disc(33, 1)]) {
      const { data, info } = await encode(image, option);
      expect((await encode(recoloured(image), option)).data).toEqual(data);
      const picture = await decoded(data);
      expect(picture.channels).toBe(image.channels);
      const { psnr, alphaRmse } = compareImages(image, picture);
      expect(alphaRmse).toBe(0);
      expect(info.psnr).toBeCloseTo(psnr, 10);
    }
  });

  test('cost less than any one colour would', async () => {
    const image = await disc(96);
    const flat = (colour: number): RawImage => ({
      ...image,
      data: Uint8Array.from(image.data, (value, i) => (image.data[i | 3] === 0 && i % 4 < 3 ? colour : value)),
    });
    const { data, info } = await encode(image, { psnr: 36, effort: 2 });
    expect(Math.abs(measured(info.psnr) - 36)).toBeLessThanOrEqual(0.1);
    for (const colour of [0, 128, 255]) {
      const exact = await encode(flat(colour), { bytes: data.length, exactAlpha: true, effort: 2 });
      expect(compareImages(image, await decoded(exact.data)).psnr).toBeLessThan(measured(info.psnr) - 0.5);
    }
  });

  test('of three files that look the same give the same file', async () => {
    const images = await Promise.all(
      ['noise', 'green', 'black'].map(async (kind) => readImage(await readFile(`test/images/cases/al-${kind}.png`))),
    );
    const files = [];
    for (const image of images) files.push(await encode(image, { bytes: 3000, effort: 2, reportPsnr: true }));
    expect(files[1].data).toEqual(files[0].data);
    expect(files[2].data).toEqual(files[0].data);
    // What cwebp -size 3000 gives of the best of the three.
    expect(files[0].info.psnr).toBeGreaterThan(44.4);
  });

  test('count with exactAlpha', async () => {
    const image = await disc(40);
    const { data, info } = await encode(image, { exactAlpha: true, reportPsnr: true });
    const { channels, data: pixels } = await decoded(data);
    const opaque = (samples: RawImage['data']): RawImage => ({
      ...image,
      data: Uint8Array.from(samples, (value, i) => (i % channels === channels - 1 ? 255 : value)),
    });
    expect(info.psnr).toBeCloseTo(compareImages(opaque(image.data), opaque(pixels)).psnr, 10);
    expect((await encode(recoloured(image), { exactAlpha: true })).data).not.toEqual(data);
    await expect(encode(image, { exactAlpha: 1 as unknown as boolean })).rejects.toThrow(
      /^"exactAlpha" expected true or false/,
    );
  });

  test('are exact in a lossless file', async () => {
    for (const image of [await disc(72), await disc(33, 1)]) {
      const { data } = await encode(recoloured(image), { lossless: true, effort: 1 });
      expect((await decoded(data)).data).toEqual(recoloured(image).data);
    }
  });
});

describe('a picture of which nothing can be seen', () => {
  const nothing = withAlpha(noisePicture(70, 66, 3), () => 0);

  test('is a small file with a PSNR of Infinity, whose alpha is kept', async () => {
    const { data, info } = await encode(nothing, { reportPsnr: true });
    expect(info).toMatchObject({ rmse: 0, psnr: Number.POSITIVE_INFINITY, channels: 4 });
    expect(data.length - info.headerBytes).toBeLessThan(300);
    const { data: pixels, info: found } = await decode(data);
    expect(found.channels).toBe(4);
    expect(pixels.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 0)).toBe(true);
  });

  test('has every PSNR in the smallest file', async () => {
    const { data, info } = await encode(nothing, { psnr: 60 });
    expect(info.layers).toHaveLength(1);
    expect(data.length - info.headerBytes).toBeLessThan(4);
  });
});
