/** Many different pictures in files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RawImage, writeImage } from 'ddpm-codec';
import { CIFAR_PATH, cropOf, KODAK_PATHS, readPictures } from '../pictures.ts';

/** Records of the CIFAR-10 test images. */
const RECORDS = 128;
const CROP = 256;

/** Writes pictures of 32x32: the CIFAR-10 test images, each further round of them with other grey levels. */
export async function writeSmallPictures(folder: string, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const records = await readPictures([CIFAR_PATH], RECORDS);
  for (let i = 0; i < count; i++) {
    const picture = records[i % records.length] as RawImage;
    const shift = 5 * Math.floor(i / records.length);
    const data = picture.data.map((value) => (value + shift) & 255);
    await writePicture(folder, i, { ...picture, data });
  }
}

/** Writes pictures of 256x256: parts of the Kodak photographs, up to six of each. */
export async function writeCrops(folder: string, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const photographs = await readPictures(KODAK_PATHS, KODAK_PATHS.length);
  const places = [0, 1, 2].flatMap((x) => [0, 1].map((y) => ({ left: x * CROP, top: y * CROP })));
  const crops = places.flatMap(({ left, top }) =>
    photographs
      .filter(({ width, height }) => left + CROP <= width && top + CROP <= height)
      .map((photograph) => cropOf(photograph, { left, top, width: CROP, height: CROP })),
  );
  for (let i = 0; i < Math.min(count, crops.length); i++) await writePicture(folder, i, crops[i] as RawImage);
}

async function writePicture(folder: string, index: number, picture: RawImage): Promise<void> {
  writeFileSync(join(folder, `${String(index).padStart(5, '0')}.png`), await writeImage(picture, 'png'));
}
