import { expect, test } from 'vitest';
import { encode, type RawImage } from '../../../../src/entry/index.ts';
import { kodakCrop } from '../../../support/pictures.ts';

/** A photograph in the middle of a smooth surround. */
async function framedPhotograph(): Promise<RawImage> {
  const [width, height, side] = [384, 320, 224];
  const photograph = await kodakCrop(side, side);
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => 100 + ((Math.floor(i / 3) % width) >> 3));
  for (let y = 0; y < side; y++) {
    const row = photograph.data.subarray(y * side * 3, (y + 1) * side * 3);
    data.set(row, ((y + ((height - side) >> 1)) * width + ((width - side) >> 1)) * 3);
  }
  return { data, width, height, channels: 3 };
}

test('the tail of a large picture starts where the file is smallest, also if its middle is unlike the rest', async () => {
  const image = await framedPhotograph();
  const size = async (endSigma?: number): Promise<number> =>
    (await encode(image, { lossless: true, effort: 1, ...(endSigma !== undefined && { endSigma }) })).data.length;
  const others = [await size(0.6), await size(0.2)];
  expect(await size()).toBeLessThan(1.01 * Math.min(...others));
});
