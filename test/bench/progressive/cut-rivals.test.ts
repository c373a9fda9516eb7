import { describe, expect, test } from 'vitest';
import { CUT_RIVALS, type CutRival, rivalOf } from '../../../bench/progressive/cut-rivals.ts';
import { distortion } from '../../../src/image/distortion.ts';
import { kodakCrop } from '../../support/pictures.ts';

const crop = await kodakCrop(256, 192);
const image = { ...crop, channels: 3 } as const;

/** PSNR in dB of the first bytes of a file. */
async function psnrOf({ decodePrefix }: CutRival, file: Uint8Array, bytes: number): Promise<number | undefined> {
  const picture = await decodePrefix(file.subarray(0, bytes));
  if (picture === undefined) return undefined;
  expect([picture.width, picture.height, picture.channels]).toEqual([image.width, image.height, 3]);
  return distortion(picture.data, image.data).psnr;
}

describe.each(CUT_RIVALS)('$name', (cut) => {
  test('a whole file is what its own decoder makes of it, and more bytes are a better picture', async () => {
    const file = await cut.rival.encode(image, 80);
    const whole = await cut.rival.decode(file, 3);
    expect(await psnrOf(cut, file, file.length)).toBeCloseTo(distortion(whole.data, image.data).psnr, 1);
    const curve: number[] = [];
    for (const share of [0.2, 0.5, 0.8, 1]) {
      curve.push((await psnrOf(cut, file, Math.floor(file.length * share))) ?? Number.NaN);
    }
    for (let i = 1; i < curve.length; i++) expect(curve[i]).toBeGreaterThan(curve[i - 1]);
  });

  test('the first bytes alone are no picture', async () => {
    const file = await cut.rival.encode(image, 80);
    for (const bytes of [0, 1, 12]) expect(await cut.decodePrefix(file.subarray(0, bytes))).toBeUndefined();
  });

  test('what is no such file is an error, not an early cut', async () => {
    await expect(cut.decodePrefix(new Uint8Array(2000).fill(7))).rejects.toThrow();
  });
});

test('what no scan of a JPEG has brought is grey', async () => {
  const file = await rivalOf('jpeg').encode(image, 80);
  const scan = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xda);
  const { decodePrefix } = CUT_RIVALS[0];
  const picture = await decodePrefix(file.subarray(0, scan + 20));
  expect(new Set(picture?.data.subarray(-3 * 64))).toEqual(new Set([128]));
});
