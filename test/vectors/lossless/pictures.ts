import { readFileSync } from 'node:fs';
import type { RawImage } from '../../../src/entry/index.ts';
import { kodakCrop } from '../../support/pictures.ts';

/** Reads the first CIFAR-10 test image; the record is a label and three planes. */
function cifarImage(): RawImage {
  const record = readFileSync('test/images/cifar10-test-128.bin').subarray(1, 3073);
  const data = Uint8Array.from({ length: 3072 }, (_, i) => record[(i % 3) * 1024 + Math.floor(i / 3)]);
  return { data, width: 32, height: 32, channels: 3 };
}

/** Pictures of the lossless golden files, by name. */
export const PICTURES: Readonly<Record<string, () => RawImage | Promise<RawImage>>> = {
  '32x32': cifarImage,
  '17x5-grey': () => kodakCrop(17, 5, 1),
  '72x80': () => kodakCrop(72, 80),
};
