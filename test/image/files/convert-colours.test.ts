import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { imageToSrgb } from '../../../src/image/files/convert-colours.ts';
import { losesProfile } from '../../../src/image/files/image-format.ts';
import { readImage } from '../../../src/image/files/read-image.ts';
import { writeImage } from '../../../src/image/files/write-image.ts';
import type { RawImage } from '../../../src/image/raw-image.ts';

const file = (name: string): Uint8Array => readFileSync(`test/images/cases/${name}`);
const FORMATS = ['png', 'jpeg', 'webp', 'avif', 'tiff', 'ppm', 'pgm'] as const;

/** Level of sRGB of linear light 0..255. */
function encoded(level: number): number {
  const light = level / 255;
  return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
}

/** Mean difference of the levels of two pictures; grey counts as three equal channels. */
function difference(one: RawImage, other: RawImage): number {
  const at = ({ data, channels }: RawImage, pixel: number, c: number): number =>
    data[pixel * channels + (channels > 2 ? c : 0)];
  let sum = 0;
  const pixels = one.width * one.height;
  for (let i = 0; i < pixels * 3; i++)
    sum += Math.abs(at(one, Math.floor(i / 3), i % 3) - at(other, Math.floor(i / 3), i % 3));
  return sum / (pixels * 3);
}

/** What the pictures of the cases look like: grey is linear light; of RGB, the profile calls the channels B, R and G. */
async function looks(name: string): Promise<{ kept: RawImage; srgb: RawImage }> {
  const { warnings: _, ...kept } = await readImage(file(name));
  const data = kept.data.map((value, i) =>
    kept.channels === 1 ? Math.round(encoded(value)) : kept.data[i - (i % 3) + (((i % 3) + 1) % 3)],
  );
  return { kept, srgb: { ...kept, data } };
}

describe('a profile that goes converts', () => {
  test.each(['g8-gray10.png', 'rgb8-brg.png'])('%s: every format shows the same', async (name) => {
    const { kept, srgb } = await looks(name);
    expect(kept.metadata?.icc).toBeDefined();
    expect(difference(await imageToSrgb(kept), srgb)).toBeLessThan(1);
    expect((await imageToSrgb(kept)).channels).toBe(kept.channels);
    for (const format of FORMATS) {
      if (format === 'pgm' && kept.channels === 3) continue;
      const written = await writeImage(kept, format);
      const shown = await readImage(written, { metadata: 'none' });
      expect(difference(shown, srgb), format).toBeLessThan(['jpeg', 'webp', 'avif'].includes(format) ? 2.5 : 1);
      const again = await readImage(written);
      expect(again.metadata === undefined, format).toBe(losesProfile(kept, format));
    }
  });

  test('16-bit grey, too, with more precision than 8 bits have in the dark', async () => {
    const { srgb } = await looks('g16-gray10.png');
    const shown = await readImage(file('g16-gray10.png'), { metadata: 'none' });
    expect(shown).toMatchObject({ channels: 1, width: 96, height: 64 });
    expect(difference(shown, srgb)).toBeLessThan(1);
  });

  test('grey with alpha keeps its alpha; other metadata stays', async () => {
    const { kept } = await looks('g8-gray10.png');
    const data = Uint8Array.from({ length: kept.data.length * 2 }, (_, i) =>
      i % 2 === 0 ? kept.data[i / 2] : i % 251,
    );
    const xmp = Uint8Array.of(60, 62);
    const converted = await imageToSrgb({ ...kept, data, channels: 2, metadata: { ...kept.metadata, xmp } });
    expect([converted.channels, converted.metadata]).toEqual([2, { xmp }]);
    for (const i of [0, 500, 6000]) {
      expect(converted.data[2 * i + 1]).toBe(data[2 * i + 1]);
      expect(Math.abs(converted.data[2 * i] - encoded(data[2 * i]))).toBeLessThanOrEqual(1);
    }
  });

  test('a profile that does not fit goes without a conversion', async () => {
    const { kept } = await looks('g8-gray10.png');
    const rgb: RawImage = {
      data: Uint8Array.of(9, 50, 200),
      width: 1,
      height: 1,
      channels: 3,
      metadata: { ...kept.metadata },
    };
    expect(await imageToSrgb(rgb)).toEqual({ data: rgb.data, width: 1, height: 1, channels: 3 });
    expect(losesProfile(rgb, 'ppm')).toBe(false);
  });

  test('which formats lose which profile', async () => {
    const lost = async (name: string): Promise<string[]> => {
      const { kept } = await looks(name);
      return FORMATS.filter((format) => losesProfile(kept, format));
    };
    expect(await lost('g8-gray10.png')).toEqual(['webp', 'avif', 'ppm', 'pgm']);
    expect(await lost('rgb8-brg.png')).toEqual(['ppm', 'pgm']);
  });
});
