import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { DdpmError } from '../../../src/base/errors.ts';
import { distortion } from '../../../src/image/distortion.ts';
import { readImage } from '../../../src/image/files/read-image.ts';
import { writeImage } from '../../../src/image/files/write-image.ts';
import { gradient, withAlpha } from '../pictures.ts';

const rgb = gradient(23, 17, 3);
const grey = gradient(23, 17, 1);
const rawOptions = { width: 23, height: 17 };

async function failure(bytes: Uint8Array, options = {}): Promise<DdpmError> {
  const error = await readImage(bytes, { source: 'some/in.png', ...options }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DdpmError);
  expect((error as DdpmError).message).toMatch(/^some\/in\.png: /);
  expect((error as DdpmError).message).not.toContain('\n');
  return error as DdpmError;
}

describe('readImage', () => {
  test('grey stays one channel, as PNG, JPEG and TIFF', async () => {
    for (const format of ['png', 'jpeg', 'tiff'] as const) {
      const read = await readImage(await writeImage(grey, format));
      expect([read.channels, read.width, read.height], format).toEqual([1, 23, 17]);
      expect(distortion(read.data, grey.data).rmse).toBeLessThan(format === 'jpeg' ? 3 : 1e-9);
    }
  });

  test('EXIF orientation is applied: 6 turns the picture clockwise by 90 degrees', async () => {
    const jpeg = await sharp(rgb.data, { raw: { ...rawOptions, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    expect((await sharp(jpeg).metadata()).orientation).toBe(6);
    const read = await readImage(jpeg);
    expect([read.width, read.height]).toEqual([17, 23]);
    const turned = new Uint8Array(rgb.data.length);
    for (let y = 0; y < 23; y++) {
      for (let x = 0; x < 17; x++) {
        const from = ((16 - x) * 23 + y) * 3;
        turned.set(rgb.data.subarray(from, from + 3), (y * 17 + x) * 3);
      }
    }
    // The gradient wraps from 255 to 0, where JPEG has ringing; a wrongly rotated picture would differ by 40 and more.
    expect(distortion(read.data, turned).rmse).toBeLessThan(8);
  });

  test('converts 16 bits to 8: v * 257 gives v, in grey and RGB', async () => {
    for (const image of [grey, rgb]) {
      const wide = Uint16Array.from(image.data, (v) => v * 257);
      const png = await sharp(wide, { raw: { ...rawOptions, channels: image.channels } })
        .toColourspace(image.channels === 1 ? 'grey16' : 'rgb16')
        .png()
        .toBuffer();
      expect((await sharp(png).metadata()).depth).toBe('ushort');
      const read = await readImage(png);
      expect(read.warnings).toEqual(['samples that are integers of 16 bits were reduced to 8 bits']);
      expect(read.channels).toBe(image.channels);
      expect(distortion(read.data, image.data).mse).toBe(0);
    }
  });

  test('10 bits of an AVIF: white stays white, and the warning names the bits', async () => {
    for (const level of [0, 128, 255]) {
      const background = { r: level, g: level, b: level };
      const flat = sharp({ create: { width: 16, height: 16, channels: 3, background } });
      const read = await readImage(await flat.avif({ bitdepth: 10, quality: 95 }).toBuffer());
      expect(Math.abs(read.data[0] - level)).toBeLessThanOrEqual(1);
      expect(read.warnings).toEqual(['samples that are integers of 10 bits were reduced to 8 bits']);
    }
  });

  test('opaque alpha is dropped, in grey and RGB', async () => {
    for (const image of [grey, rgb]) {
      const channels = image.channels === 1 ? 2 : 4;
      const pixels = sharp(
        withAlpha(image, () => 255),
        { raw: { ...rawOptions, channels } },
      );
      const png = await pixels
        .toColourspace(image.channels === 1 ? 'b-w' : 'srgb')
        .png()
        .toBuffer();
      expect((await sharp(png).metadata()).hasAlpha).toBe(true);
      const read = await readImage(png);
      expect(read.channels).toBe(image.channels);
      expect(distortion(read.data, image.data).mse).toBe(0);
    }
  });

  test('one pixel that is not opaque keeps the alpha channel, in grey and RGB', async () => {
    for (const image of [grey, rgb]) {
      const channels = image.channels === 1 ? 2 : 4;
      const data = withAlpha(image, (pixel) => (pixel === 390 ? 254 : 255));
      const read = await readImage(await writeImage({ ...rawOptions, data, channels }, 'png'));
      expect(read.channels).toBe(channels);
      expect(distortion(read.data, data).mse).toBe(0);
    }
  });

  test('CMYK is converted to sRGB, with a warning and without its profile', async () => {
    const flat = { create: { width: 8, height: 8, channels: 3, background: { r: 150, g: 120, b: 110 } } } as const;
    const jpeg = await sharp(flat).toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect(await sharp(jpeg).metadata()).toMatchObject({ space: 'cmyk', icc: expect.anything() });
    const read = await readImage(jpeg);
    expect(read.warnings).toEqual(['the colours were converted from cmyk to sRGB; a profile is dropped']);
    expect(read.metadata).toBeUndefined();
    expect(read.channels).toBe(3);
    // The conversion to CMYK and back changes a few levels; interpreting ink as light would change more than 50.
    const colour = [...read.data.subarray(0, 3)];
    expect(Math.max(...[150, 120, 110].map((v, i) => Math.abs(v - colour[i])))).toBeLessThan(12);
  });

  test('reads the first frame of an animation, with a warning', async () => {
    const frames = Buffer.alloc(8 * 16 * 3, 200).fill(40, 8 * 8 * 3);
    const pages = sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } });
    for (const bytes of [
      await pages.clone().gif().toBuffer(),
      await pages.clone().webp({ lossless: true }).toBuffer(),
    ]) {
      const read = await readImage(bytes);
      expect(read).toMatchObject({ width: 8, height: 8, channels: 3 });
      expect(read.data[0]).toBe(200);
      expect(read.warnings).toEqual(['only the first of 2 frames or pages was taken']);
    }
  });

  test('of an animated PNG, too', async () => {
    const read = await readImage(readFileSync('test/images/cases/apng.png'));
    expect(read).toMatchObject({ width: 48, height: 32, channels: 3 });
    expect(read.warnings).toEqual(['only the first of 2 frames or pages was taken']);
  });

  test('the error for too many pixels names size, limit and option; a picture at the limit is read', async () => {
    for (const format of ['png', 'ppm'] as const) {
      const bytes = await writeImage(rgb, format);
      const error = await failure(bytes, { limitInputPixels: 390 });
      expect(error.code).toBe('ERR_DDPM_LIMIT');
      expect(error.message).toContain('23 x 17 = 391 pixels, more than limitInputPixels = 390');
      expect((await readImage(bytes, { limitInputPixels: 391 })).width).toBe(23);
    }
  });

  test('refuses empty input, text and random bytes', async () => {
    const inputs = [
      '',
      'not an image, but a text',
      'P6',
      'P5\n1\n',
      'P5\n0 1\n255\n',
      'P6\n1 1\n65536\nabc',
      'P6\n2 2\n255\nabc',
    ];
    for (const text of inputs) expect((await failure(Buffer.from(text))).code, text).toBe('ERR_DDPM_INPUT');
    expect((await failure(Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) >> 3))).code).toBe('ERR_DDPM_INPUT');
  });

  test('a PNG, JPEG, WebP, TIFF or PPM cut anywhere is an error', async () => {
    for (const format of ['png', 'jpeg', 'webp', 'tiff', 'ppm'] as const) {
      const bytes = await writeImage(gradient(64, 64, 3), format);
      for (const length of [1, 10, 60, bytes.length >> 1, bytes.length - 30, bytes.length - 4, bytes.length - 1]) {
        const read = await readImage(bytes.subarray(0, length), { source: 'x' }).catch((e: unknown) => e);
        expect(read, `${format} cut to ${length}`).toBeInstanceOf(DdpmError);
        expect((read as DdpmError).code).toBe('ERR_DDPM_INPUT');
      }
    }
  });

  const photo = 'test/images/kodak/kodim23.png';
  test('reads a photograph; a truncated or damaged one is an error', async () => {
    const bytes = readFileSync(photo);
    const whole = await readImage(bytes);
    expect([whole.width, whole.height, whole.channels]).toEqual([768, 512, 3]);
    for (const length of [100, 1000, bytes.length >> 1, bytes.length - 12]) {
      expect((await failure(bytes.subarray(0, length))).code).toBe('ERR_DDPM_INPUT');
    }
    const damaged = Uint8Array.from(bytes, (v, i) => (i >= 5000 && i < 5100 ? v ^ 0xff : v));
    expect((await failure(damaged)).code).toBe('ERR_DDPM_INPUT');
  });

  test('wrong arguments are TypeError and RangeError', async () => {
    await expect(readImage('in.png' as unknown as Uint8Array)).rejects.toThrow(TypeError);
    await expect(readImage(new Uint8Array(1), { limitInputPixels: 0 })).rejects.toThrow(RangeError);
    await expect(readImage(new Uint8Array(1), { limitInputPixels: 1.5 })).rejects.toThrow(RangeError);
  });
});
