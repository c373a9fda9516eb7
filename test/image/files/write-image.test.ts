import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { distortion } from '../../../src/image/distortion.ts';
import { assertHolds, IMAGE_FORMATS, imageFormat } from '../../../src/image/files/image-format.ts';
import { readImage } from '../../../src/image/files/read-image.ts';
import { writeImage } from '../../../src/image/files/write-image.ts';
import type { RawImage } from '../../../src/image/raw-image.ts';
import { kodakCrop } from '../../support/pictures.ts';
import { gradient } from '../pictures.ts';

function alphaOf({ data, channels }: RawImage): Uint8Array {
  return Uint8Array.from({ length: data.length / channels }, (_, i) => data[i * channels + channels - 1]);
}

describe('writeImage', () => {
  test('png, tiff, ppm and pgm preserve every sample, in all sizes', async () => {
    for (const [width, height] of [
      [1, 1],
      [1, 7],
      [33, 2],
      [64, 65],
    ]) {
      for (const channels of [1, 3] as const) {
        const image = gradient(width, height, channels);
        for (const format of ['png', 'tiff', channels === 1 ? 'pgm' : 'ppm'] as const) {
          const read = await readImage(await writeImage(image, format));
          expect([read.width, read.height, read.channels], format).toEqual([width, height, channels]);
          expect(distortion(read.data, image.data).mse).toBe(0);
        }
      }
    }
  });

  test('jpeg, webp and avif have the right format and are close to the original', async () => {
    const data = gradient(64, 48, 3).data.map((_, i) => 40 + (((i / 3) % 64) | 0) * 2 + (i % 3) * 30);
    for (const format of ['jpeg', 'webp', 'avif'] as const) {
      const bytes = await writeImage({ data, width: 64, height: 48, channels: 3 }, format);
      expect((await sharp(bytes).metadata()).format).toBe(format === 'avif' ? 'heif' : format);
      expect(distortion((await readImage(bytes)).data, data).psnr).toBeGreaterThan(38);
    }
  });

  test('quality and effort: fewer bytes, colours at half their resolution below 90', async () => {
    const image = await kodakCrop(128, 96);
    for (const format of ['jpeg', 'webp', 'avif'] as const) {
      const files = await Promise.all([95, 89, 30].map((quality) => writeImage(image, format, { quality })));
      expect(files[0]).toEqual(await writeImage(image, format));
      expect(files[2].length).toBeLessThan(files[1].length / 2);
      const chroma = await Promise.all(files.map(async (bytes) => (await sharp(bytes).metadata()).chromaSubsampling));
      if (format === 'jpeg') expect(chroma).toEqual(['4:4:4', '4:2:0', '4:2:0']);
    }
    const [fast, slow] = await Promise.all([0, 4].map((avifEffort) => writeImage(image, 'avif', { avifEffort })));
    expect(slow).toEqual(await writeImage(image, 'avif'));
    expect(fast).not.toEqual(slow);
    await expect(writeImage(image, 'jpeg', { quality: 0 })).rejects.toThrow('"quality" expected integer 1..100, got 0');
    await expect(writeImage(image, 'avif', { avifEffort: 10 })).rejects.toThrow('"avifEffort" expected integer 0..9');
    await expect(writeImage(image, 'png', { level: 9 } as object)).rejects.toThrow('"level" expected no such option');
  });

  test('grey as ppm has three equal channels', async () => {
    const bytes = await writeImage(gradient(3, 2, 1), 'ppm');
    expect(Buffer.from(bytes).subarray(0, 11).toString()).toBe('P6\n3 2\n255\n');
    expect([...bytes.subarray(11, 17)]).toEqual([0, 0, 0, 11, 11, 11]);
  });

  test('pgm and ppm comments and any white space are read', async () => {
    const read = await readImage(Buffer.from('P5 # one\n# two\n 2\t1\r255\nab'));
    expect(read).toMatchObject({ width: 2, height: 1, channels: 1 });
    expect(Buffer.from(read.data).toString()).toBe('ab');
  });

  test('alpha comes back from png, tiff, webp and avif; jpeg, ppm and pgm refuse it by name', async () => {
    for (const channels of [2, 4] as const) {
      const data = Uint8Array.from({ length: 16 * 16 * channels }, (_, i) =>
        i % channels === channels - 1 ? (i / channels) & 0xff : 90,
      );
      const image = { data, width: 16, height: 16, channels };
      for (const format of ['png', 'tiff', 'webp', 'avif'] as const) {
        const read = await readImage(await writeImage(image, format));
        const keepsGrey = format === 'png' || format === 'tiff';
        expect(read.channels, format).toBe(keepsGrey ? channels : 4);
        if (keepsGrey) expect(distortion(read.data, data).mse).toBe(0);
        else expect(distortion(alphaOf(read), alphaOf(image)).rmse).toBeLessThan(3);
      }
      for (const format of ['jpeg', 'ppm', 'pgm'] as const) {
        await expect(writeImage(image, format)).rejects.toMatchObject({
          code: 'ERR_DDPM_OUTPUT',
          message: `cannot write 16 x 16 pixels as ${format}: the picture has an alpha channel, which ${format} cannot hold. Choose png, webp, avif or tiff`,
        });
      }
    }
  });

  test('a PNG is filtered where that makes it shorter: in photographs, and not in drawings', async () => {
    const photo = await readImage(readFileSync('test/images/kodak/kodim23.png'));
    const drawing = { width: 256, height: 256, channels: 3 as const, data: new Uint8Array(256 * 256 * 3) };
    for (let i = 0; i < drawing.data.length; i++) drawing.data[i] = (((i / 3) & 24) === 8 ? 200 : 30) + (i % 3);
    for (const [image, isPhoto] of [
      [photo, true],
      [drawing, false],
    ] as const) {
      const { data, width, height, channels } = image;
      const plain = await sharp(data, { raw: { width, height, channels } }).png().toBuffer();
      const bytes = await writeImage({ data, width, height, channels }, 'png');
      expect(bytes.length).toBeLessThanOrEqual(plain.length * (isPhoto ? 0.75 : 1));
      expect(distortion((await readImage(bytes)).data, data).mse).toBe(0);
    }
  });

  test('refuses pictures that cannot be written', async () => {
    await expect(writeImage({ ...gradient(4, 4, 3), width: 5 }, 'png')).rejects.toThrow(RangeError);
    await expect(writeImage(gradient(4, 4, 3), 'pgm')).rejects.toMatchObject({
      code: 'ERR_DDPM_OUTPUT',
      message: 'cannot write 4 x 4 pixels as pgm: the picture has colours, which pgm cannot hold. Choose ppm or png',
    });
  });
});

describe('imageFormat', () => {
  test.each([
    ['a.png', 'png'],
    ['a.b/photo.JPG', 'jpeg'],
    ['a.jpeg', 'jpeg'],
    ['a.webp', 'webp'],
    ['a.avif', 'avif'],
    ['a.tif', 'tiff'],
    ['a.tiff', 'tiff'],
    ['a.ppm', 'ppm'],
    ['a.pgm', 'pgm'],
    ['dir.jpg/plain', 'png'],
    ['C:\\dir.jpg\\plain', 'png'],
    ['-', 'png'],
    ['.hidden', 'png'],
  ])('%s is %s', (name, format) => {
    expect(imageFormat(name)).toBe(format);
  });

  test('unknown extensions are refused by name', () => {
    expect(() => imageFormat('x.bmp')).toThrow(
      /^"fileName" expected one of the extensions png, .* got bmp \(x\.bmp\)$/,
    );
    expect(() => imageFormat('x.')).toThrow(RangeError);
  });
});

describe('assertHolds', () => {
  test('the largest sides are those that the library writes', async () => {
    for (const [format, side] of [
      ['jpeg', 65_500],
      ['webp', 16_383],
      ['avif', 16_384],
    ] as const) {
      for (const tall of [false, true]) {
        const size = (length: number): { width: number; height: number; channels: 1 } => {
          return { width: tall ? 1 : length, height: tall ? length : 1, channels: 1 };
        };
        expect((await writeImage(gradient(size(side).width, size(side).height, 1), format)).length).toBeGreaterThan(0);
        const { width, height } = size(side + 1);
        expect(() => assertHolds(format, size(side + 1), 'a.x')).toThrow(
          `cannot write a.x: the picture has ${width} x ${height} pixels, ${format} holds at most ${side} a side. Choose png or tiff`,
        );
      }
    }
  });

  test.each(IMAGE_FORMATS)(
    '%s: what it accepts in alpha and colours can be written, what it refuses cannot',
    async (format) => {
      for (const channels of [1, 2, 3, 4] as const) {
        const image = { ...gradient(8, 8, 1), data: new Uint8Array(64 * channels).fill(9), channels };
        let refused = false;
        try {
          assertHolds(format, image, 'a.x');
        } catch {
          refused = true;
        }
        const written = await writeImage(image, format).then(
          () => true,
          () => false,
        );
        expect([channels, written]).toEqual([channels, !refused]);
      }
    },
  );
});
