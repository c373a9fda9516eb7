/**
 * Makes the pictures for bench/speed.ts: CIFAR-10 test images, and a Kodak photograph as it is, cropped, or repeated.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RawImage, readImage, writeImage } from 'ddpm-codec';
import { readCifar, repeated } from '../pictures.js';

const IMAGES = fileURLToPath(new URL('test/images/', import.meta.resolve('ddpm-codec/package.json')));
/** A photograph with much detail that takes an average time. */
const PHOTOGRAPH = 'kodim05.png';

async function kodak(name: string): Promise<RawImage> {
  return readImage(readFileSync(join(IMAGES, 'kodak', name)), { source: name });
}

/**
 * Copies `from` into `to` with its upper left corner at (left, top), which may be outside of `to`; crops what does not
 * fit.
 */
function paste(from: RawImage, to: RawImage, left: number, top: number): void {
  const firstColumn = Math.max(-left, 0);
  const columns = Math.min(from.width, to.width - left) - firstColumn;
  for (let row = Math.max(-top, 0); row < Math.min(from.height, to.height - top); row++) {
    const at = (row * from.width + firstColumn) * 3;
    const target = ((top + row) * to.width + left + firstColumn) * 3;
    (to.data as Uint8Array).set(from.data.subarray(at, at + columns * 3), target);
  }
}

function blank(width: number, height: number): RawImage {
  return { data: new Uint8Array(width * height * 3), width, height, channels: 3 };
}

async function middleOfPhotograph(width: number, height: number): Promise<RawImage> {
  const photograph = await kodak(PHOTOGRAPH);
  const picture = blank(width, height);
  paste(photograph, picture, (width - photograph.width) >> 1, (height - photograph.height) >> 1);
  return picture;
}

/**
 * Makes the pictures of a size and writes them to a folder as PNG files.
 *
 * @returns their paths
 */
export async function writePictures(folder: string, width: number, height: number, count: number): Promise<string[]> {
  let pictures: RawImage[];
  if (width === 32) pictures = readCifar(join(IMAGES, 'cifar10-test-128.bin'), count);
  else
    pictures = [
      width <= 768 ? await middleOfPhotograph(width, height) : repeated(await kodak(PHOTOGRAPH), width, height),
    ];
  if (pictures.length !== count)
    throw new Error(`${count} pictures of ${width}x${height} wanted, ${pictures.length} there`);
  const paths = pictures.map((_, i) => join(folder, `${width}x${height}-${i}.png`));
  for (const [i, picture] of pictures.entries()) writeFileSync(paths[i] as string, await writeImage(picture, 'png'));
  return paths;
}

/** The photograph of 768x512. */
export function photograph(): Promise<RawImage> {
  return kodak(PHOTOGRAPH);
}
