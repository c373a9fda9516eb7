import { describe, expect, test } from 'vitest';
import { compareImages } from '../../src/image/compare-images.ts';
import type { RawImage } from '../../src/image/raw-image.ts';
import { noisePicture } from '../support/pictures.ts';

const SIDE = 192;

/** Noise around a smooth middle; alpha hides all but the middle where `hidden`. */
function framed(
  channels: 2 | 4,
  { surround, middle, hidden }: Record<'surround' | 'middle' | 'hidden', number>,
): RawImage {
  const noise = noisePicture(SIDE, SIDE, 1).data;
  const data = new Uint8Array(SIDE * SIDE * channels);
  for (let p = 0; p < SIDE * SIDE; p++) {
    const inside = Math.max(Math.abs((p % SIDE) - SIDE / 2), Math.abs(Math.floor(p / SIDE) - SIDE / 2)) < SIDE / 3;
    const colour = inside ? middle + (noise[p] >> 3) : (noise[p] * surround) % 256;
    data.fill(colour, p * channels, (p + 1) * channels);
    data[p * channels + channels - 1] = inside ? 200 : hidden;
  }
  return { data, width: SIDE, height: SIDE, channels };
}

describe.each([2, 4] as const)('pictures of %d channels', (channels) => {
  const a = framed(channels, { surround: 1, middle: 60, hidden: 0 });

  test('hidden colours do not count', () => {
    const same = compareImages(a, framed(channels, { surround: 7, middle: 60, hidden: 0 }));
    expect(same).toMatchObject({ mse: 0, psnr: Number.POSITIVE_INFINITY, alphaRmse: 0 });
    expect(same.ssim).toBeCloseTo(1, 10);
    expect(same.msSsim).toBeCloseTo(1, 10);
  });

  test('the mean is over visible pixels', () => {
    const brighter = compareImages(a, framed(channels, { surround: 3, middle: 70, hidden: 0 }));
    expect(brighter.rmse).toBe(10);
    expect(brighter.alphaRmse).toBe(0);
    expect(brighter.ssim).toBeLessThan(0.999);
  });

  test('colours that only one of the two hides count, and so does alpha, apart', () => {
    const shown = compareImages(a, framed(channels, { surround: 7, middle: 60, hidden: 255 }));
    expect(shown.psnr).toBeLessThan(15);
    expect(shown.ssim).toBeLessThan(0.9);
    expect(shown.alphaRmse).toBeGreaterThan(100);
  });

  test('pictures of which nothing is visible are equal, without structure', () => {
    const nothing = (value: number): RawImage => ({
      ...a,
      data: Uint8Array.from(a.data, (_, i) => (i % channels === channels - 1 ? 0 : value)),
    });
    expect(compareImages(nothing(3), nothing(99))).toEqual({
      mse: 0,
      rmse: 0,
      psnr: Number.POSITIVE_INFINITY,
      ssim: null,
      msSsim: null,
      msSsimLuma: null,
      alphaRmse: 0,
    });
  });

  test('opaque alpha changes nothing', () => {
    const opaque = (image: RawImage): RawImage => ({
      ...image,
      data: Uint8Array.from(image.data, (value, i) => (i % channels === channels - 1 ? 255 : value)),
    });
    const plain = (image: RawImage): RawImage => ({
      ...image,
      channels: channels === 4 ? 3 : 1,
      data: Uint8Array.from(image.data).filter((_, i) => i % channels !== channels - 1),
    });
    const b = framed(channels, { surround: 7, middle: 66, hidden: 0 });
    expect(compareImages(opaque(a), opaque(b))).toEqual({ ...compareImages(plain(a), plain(b)), alphaRmse: 0 });
    expect(compareImages(plain(a), plain(b)).alphaRmse).toBeNull();
  });
});
