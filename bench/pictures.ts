/** Reads test pictures for the benches: records of CIFAR-10 binary files, and image files. */
import { readdirSync, readFileSync } from 'node:fs';
import { type RawImage, readImage } from 'ddpm-codec';

/** The CIFAR-10 test images. */
export const CIFAR_PATH = 'test/images/cifar10-test-128.bin';
/** The Kodak photographs. */
export const KODAK_PATHS: readonly string[] = readdirSync('test/images/kodak')
  .sort()
  .map((name) => `test/images/kodak/${name}`);

const RECORD_BYTES = 3073;
const SIDE = 32;

/** Reads the first `count` pictures of a CIFAR-10 binary file (records of 1 label byte and 3072 bytes CHW). */
export function readCifar(path: string, count: number): RawImage[] {
  const bytes = readFileSync(path);
  const records = Math.min(count, Math.floor(bytes.length / RECORD_BYTES));
  return Array.from({ length: records }, (_, r) => {
    const data = new Uint8Array(SIDE * SIDE * 3);
    const first = r * RECORD_BYTES + 1;
    for (let p = 0; p < SIDE * SIDE; p++) {
      for (let c = 0; c < 3; c++) data[p * 3 + c] = bytes[first + c * SIDE * SIDE + p];
    }
    return { data, width: SIDE, height: SIDE, channels: 3 };
  });
}

/** Reads at most `limit` pictures from files: `.bin` files are CIFAR-10, all others image files. */
export async function readPictures(paths: readonly string[], limit: number): Promise<RawImage[]> {
  const pictures: RawImage[] = [];
  for (const path of paths) {
    if (path.endsWith('.bin')) pictures.push(...readCifar(path, limit));
    else pictures.push(await readImage(readFileSync(path), { source: path }));
  }
  return pictures.slice(0, limit);
}

/** A rectangle in pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A part of a picture, which must lie within it. */
export function cropOf(picture: RawImage, { left, top, width, height }: Region): RawImage {
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * channels;
    data.set(picture.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { data, width, height, channels };
}

/** The middle of a picture, of at most `side` x `side` pixels. */
export function middleOf(picture: RawImage, side: number): RawImage {
  const width = Math.min(picture.width, side);
  const height = Math.min(picture.height, side);
  return cropOf(picture, { left: (picture.width - width) >> 1, top: (picture.height - height) >> 1, width, height });
}

/** A picture at half its size: each sample is the rounded mean of 2x2. Odd columns and rows at the end are left out. */
export function halvedPicture(picture: RawImage): RawImage {
  const { channels } = picture;
  const width = picture.width >> 1;
  const height = picture.height >> 1;
  const row = picture.width * channels;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++, to++) {
        const at = 2 * y * row + 2 * x * channels + c;
        const corners = [at, at + channels, at + row, at + row + channels];
        data[to] = (corners.reduce((sum, i) => sum + (picture.data[i] as number), 0) + 2) >> 2;
      }
    }
  }
  return { data, width, height, channels };
}

/** Number of different colours of a picture. */
export function colourCount({ data, channels }: RawImage): number {
  const colours = new Set<number>();
  for (let at = 0; at < data.length; at += channels) {
    let colour = 0;
    for (let c = 0; c < channels; c++) colour = colour * 256 + (data[at + c] as number);
    colours.add(colour);
  }
  return colours.size;
}

/** Maps 0, 1, 2, ... to 0 .. side - 1, side - 1 .. 0, and so on. */
function mirrorAt(i: number, side: number): number {
  const at = i % (2 * side);
  return at < side ? at : 2 * side - 1 - at;
}

/**
 * Repeats an RGB picture, with every other copy mirrored. The larger picture has the same content and takes as many layers, so that
 * times per pixel can be compared.
 */
export function repeated(picture: RawImage, width: number, height: number): RawImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    const row = mirrorAt(y, picture.height) * picture.width;
    for (let x = 0; x < width; x++, to += 3) {
      const from = (row + mirrorAt(x, picture.width)) * 3;
      for (let c = 0; c < 3; c++) data[to + c] = picture.data[from + c] as number;
    }
  }
  return { data, width, height, channels: 3 };
}
