import { expect, test } from 'vitest';
import { imageSize } from '../../../src/image/files/image-size.ts';
import { writeImage } from '../../../src/image/files/write-image.ts';

const picture = { data: new Uint8Array(5 * 3 * 3), width: 5, height: 3, channels: 3 } as const;

test.each(['png', 'jpeg', 'webp', 'ppm'] as const)('tells the size of a %s file from its header', async (format) => {
  const bytes = await writeImage(picture, format);
  expect(await imageSize(bytes)).toEqual({ width: 5, height: 3 });
});

test('tells nothing of what is no picture', async () => {
  expect(await imageSize(Buffer.from('no picture'))).toBeUndefined();
  expect(await imageSize(Buffer.from('P6 x'))).toBeUndefined();
});
