import { readFile } from 'node:fs/promises';
import { decode as decodeBlurhash, encode as encodeBlurhash } from 'blurhash';
import fc from 'fast-check';
import sharp from 'sharp';
import { rgbaToThumbHash, thumbHashToRGBA } from 'thumbhash';
import { beforeAll, describe, expect, test } from 'vitest';
import { placeholder, placeholderToDataURL, placeholderToImage } from '../../src/api/placeholder.ts';
import { DdpmError } from '../../src/base/errors.ts';
import {
  PLACEHOLDER_ENDS,
  PlaceholderWriter,
  parsePlaceholder,
  placeholderSize,
} from '../../src/codec/placeholder/placeholder-stream.ts';
import { type RawImage, readImage } from '../../src/entry/index.ts';
import { areaAverage } from '../../src/image/area-average.ts';
import { distortion } from '../../src/image/distortion.ts';
import { gradientPicture, kodakCrop, noisePicture } from '../support/pictures.ts';

/** PSNR of a placeholder with respect to the picture at the placeholder's size. */
async function psnrOf(bytes: Uint8Array, picture: RawImage): Promise<number> {
  const decoded = await placeholderToImage(bytes);
  return distortion(decoded.data, areaAverage(picture, decoded).data).psnr;
}

describe('size and quality', () => {
  let picture: RawImage;
  let data: Uint8Array;

  beforeAll(async () => {
    picture = await readImage(await readFile('test/images/kodak/kodim23.png'));
    data = await placeholder(picture);
  });

  test('64 bytes by default, the aspect kept, as good as documented', async () => {
    expect(data.length).toBeLessThanOrEqual(64);
    expect(data.length).toBeGreaterThanOrEqual(62);
    const decoded = await placeholderToImage(data);
    expect(decoded).toMatchObject({ width: 32, height: 21, channels: 3 });
    expect(await psnrOf(data, picture)).toBeGreaterThan(21);
  });

  test('the bytes of the file give the same placeholder as its pixels', async () => {
    const file = await readFile('test/images/kodak/kodim23.png');
    expect(await placeholder(file)).toEqual(data);
  });

  test('better than blurhash and thumbhash', async () => {
    const small = areaAverage(picture, { width: 32, height: 21 });
    const rgba = new Uint8ClampedArray(32 * 21 * 4).fill(255);
    for (let p = 0; p < 32 * 21; p++) rgba.set(small.data.subarray(p * 3, p * 3 + 3), p * 4);
    const blurred = decodeBlurhash(encodeBlurhash(rgba, 32, 21, 6, 5), 32, 21);
    const { w, h, rgba: thumb } = thumbHashToRGBA(rgbaToThumbHash(32, 21, rgba));
    const raw = sharp(thumb, { raw: { width: w, height: h, channels: 4 } });
    const fitted = await raw.resize(32, 21, { fit: 'fill' }).raw().toBuffer();
    const ours = await psnrOf(data, picture);
    for (const rival of [blurred, new Uint8Array(fitted)]) {
      const rgb = new Uint8Array(small.data.length).map((_, i) => rival[Math.floor(i / 3) * 4 + (i % 3)]);
      expect(ours).toBeGreaterThan(distortion(rgb, small.data).psnr + 1);
    }
  });

  test('more bytes give a better picture, and the size is never exceeded', async () => {
    let before = 0;
    for (const bytes of [16, 32, 128, 1024]) {
      const longer = await placeholder(picture, { bytes });
      expect(longer.length).toBeLessThanOrEqual(bytes);
      expect(longer.length).toBeGreaterThan(bytes * 0.9);
      const psnr = await psnrOf(longer, picture);
      expect(psnr).toBeGreaterThan(before);
      before = psnr;
    }
    expect(before).toBeGreaterThan(34);
  });

  test('every prefix is a picture, and cuts inside a layer change nothing', async () => {
    const seen = new Set<string>();
    for (let length = 2; length <= data.length; length++) {
      const parsed = parsePlaceholder(data.subarray(0, length));
      seen.add(String(parsed.layers.length));
      expect(parsed.steps.length).toBe(parsePlaceholder(data).steps.length);
    }
    expect(seen.size).toBeGreaterThan(3);
    for (const length of [2, 3, 10, 40]) {
      expect((await placeholderToImage(data.subarray(0, length))).data).toHaveLength(32 * 21 * 3);
    }
  });

  test('a data URL holds the same picture as PNG', async () => {
    const url = await placeholderToDataURL(data);
    expect(url).toMatch(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/);
    const png = await readImage(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
    expect([...png.data]).toEqual([...(await placeholderToImage(data)).data]);
  });
});

describe('pictures of every kind', () => {
  const white: RawImage = { data: new Uint8Array(64 * 64 * 3).fill(255), width: 64, height: 64, channels: 3 };
  const kinds: [string, () => RawImage | Promise<RawImage>][] = [
    ['one pixel', () => noisePicture(1, 1, 3)],
    ['a line', () => gradientPicture(300, 1, 3)],
    ['a column', () => gradientPicture(1, 300, 1)],
    ['portrait', () => kodakCrop(50, 70)],
    ['grey', () => kodakCrop(40, 40, 1)],
    ['noise', () => noisePicture(33, 31, 3)],
    ['white', () => white],
  ];
  for (const [name, make] of kinds) {
    for (const bytes of [16, 64, 1024]) {
      test(`${name}, ${bytes} bytes`, async () => {
        const picture = await make();
        const data = await placeholder(picture, { bytes });
        expect(data.length).toBeLessThanOrEqual(bytes);
        const decoded = await placeholderToImage(data);
        const { width, height } = placeholderSize(picture);
        expect(decoded).toMatchObject({ width, height, channels: 3 });
        expect(Math.max(width, height)).toBe(32);
      });
    }
  }

  test("the decoder shows the encoder's picture", async () => {
    expect(await psnrOf(await placeholder(white, { bytes: 64 }), white)).toBeGreaterThan(35);
  });

  test.each(['g8-gray10.png', 'g16-gray10.png', 'gama10-8.png'])(
    'of %s shows the colours of its profile',
    async (name) => {
      const bytes = await readFile(`test/images/cases/${name}`);
      const mean = ({ data }: RawImage): number => [...data].reduce((sum, value) => sum + value, 0) / data.length;
      const srgb = await readImage(bytes, { metadata: 'none' });
      for (const source of [bytes, await readImage(bytes)]) {
        const shown = await placeholderToImage(await placeholder(source));
        expect(Math.abs(mean(shown) - mean(srgb))).toBeLessThan(3);
      }
    },
  );

  test('alpha is laid over white, and hidden colours have no influence', async () => {
    const hidden = Uint8Array.from({ length: 8 * 8 * 4 }, (_, i) => (i % 4 === 3 ? 0 : (i * 37) % 256));
    const clear: RawImage = { data: hidden, width: 8, height: 8, channels: 4 };
    expect(areaAverage(clear, { width: 32, height: 32 }).data.every((value) => value === 255)).toBe(true);
    const half: RawImage = { data: Uint8Array.of(0, 128), width: 1, height: 1, channels: 2 };
    expect([...areaAverage(half, { width: 1, height: 1 }).data]).toEqual([127, 127, 127]);
  });

  test('the area average weights pixels by the covered area', () => {
    const three: RawImage = { data: Uint8Array.of(0, 90, 240), width: 3, height: 1, channels: 1 };
    const { data } = areaAverage(three, { width: 2, height: 1 });
    // (0 + 90 / 2) / 1.5 and (90 / 2 + 240) / 1.5.
    expect([...data]).toEqual([30, 30, 30, 190, 190, 190]);
  });
});

describe('the format', () => {
  test('header: orientation, shorter side, seed, end', () => {
    const bytes = new PlaceholderWriter({ width: 21, height: 32 }).bytes({
      width: 21,
      height: 32,
      seed: 5,
      endPosition: PLACEHOLDER_ENDS[61],
    });
    // 1 10100 101 0111101
    expect([...bytes]).toEqual([0b11010010, 0b10111101]);
    const { header, layers } = parsePlaceholder(bytes);
    expect(header).toEqual({ width: 21, height: 32, seed: 5, endPosition: 576 - 18 * 61 });
    expect(layers).toHaveLength(0);
  });

  test('hostile bytes are refused with an error code or give a picture', () => {
    const anything = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          const { header, steps, layers } = parsePlaceholder(bytes);
          expect(Math.max(header.width, header.height)).toBe(32);
          expect(layers.length).toBeLessThanOrEqual(steps.length);
        } catch (error) {
          expect(error).toBeInstanceOf(DdpmError);
          expect(error).toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('hostile bytes that parse decode to bytes', async () => {
    const bytes = new Uint8Array(200).map((_, i) => (i * 167 + 91) & 255);
    for (let from = 0; from < 40; from++) {
      const part = bytes.subarray(from, from + 60);
      try {
        parsePlaceholder(part);
      } catch {
        await expect(placeholderToImage(part)).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
        continue;
      }
      const { data, width, height } = await placeholderToImage(part);
      expect(data).toHaveLength(width * height * 3);
    }
  });

  test('too few, too many, trailing bytes', async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(1), new Uint8Array(1025)]) {
      await expect(placeholderToImage(bytes)).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    }
    // A placeholder may end within a layer, to which a byte more belongs, or be followed by a layer that cannot be; not all of these are.
    const refusals: string[] = [];
    for (const bytes of [32, 40, 48, 56, 64]) {
      const whole = await placeholder(gradientPicture(32, 32, 3), { bytes });
      const error = await placeholderToImage(Uint8Array.of(...whole, 0)).catch((reason: DdpmError) => reason);
      if (error instanceof DdpmError) refusals.push(`${error.code}: ${error.message}`);
    }
    const found = ['1 bytes after the last layer', 'the budget at bit 501 is out of range'];
    expect(new Set(refusals)).toEqual(new Set(found.map((what) => `ERR_DDPM_CORRUPT: bad placeholder: ${what}`)));
  });
});

describe('options', () => {
  const picture = gradientPicture(8, 8, 3);

  test('are checked', async () => {
    await expect(placeholder(picture, { bytes: 15 })).rejects.toThrow('"bytes" expected integer 16..1024, got 15');
    await expect(placeholder(picture, { bytes: 1025 })).rejects.toThrow(RangeError);
    await expect(placeholder(picture, { size: 64 } as object)).rejects.toThrow('"size" expected no such option');
    await expect(placeholderToImage('abc' as unknown as Uint8Array)).rejects.toThrow(TypeError);
    await expect(placeholderToDataURL(new Uint8Array(2), { bytes: 64 } as object)).rejects.toThrow(TypeError);
    await expect(placeholder({ ...picture, width: 9 })).rejects.toThrow(RangeError);
  });

  test('an abort stops encoding and decoding', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(placeholder(picture, { signal })).rejects.toThrow('enough');
    await expect(placeholderToImage(new Uint8Array(2), { signal })).rejects.toThrow('enough');
  });
});
