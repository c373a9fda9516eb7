/** Estimates the part of a file that contains no information about its picture. docs/benchmark.md, "Fixed cost". */
import type { Rival } from './rivals.ts';

/** Side of the flat test picture: one block in JPEG, less than a block in the other formats. */
const FLAT_SIDE = 8;
const FLAT_LEVEL = 128;

const flatSizes = new Map<string, Promise<number>>();

/**
 * Fixed cost of a rival's file in bytes: the size of a flat grey picture of 8 x 8 pixels from the same encoder at the
 * same quality. It consists of signatures, boxes, sizes, tables and the smallest possible payload. For JPEG, the size
 * of all marker segments including Huffman and quantisation tables, if that is larger. At most the size of the file.
 */
export async function fixedBytesOf(rival: Rival, file: Uint8Array, channels: 1 | 3, quality: number): Promise<number> {
  const key = `${rival.format} ${channels} ${quality}`;
  let flat = flatSizes.get(key);
  if (!flat) {
    flat = flatSize(rival, channels, quality);
    flatSizes.set(key, flat);
  }
  const segments = rival.format === 'jpeg' ? jpegSegmentBytes(file) : 0;
  return Math.min(file.length, Math.max(await flat, segments));
}

async function flatSize(rival: Rival, channels: 1 | 3, quality: number): Promise<number> {
  const data = new Uint8Array(FLAT_SIDE * FLAT_SIDE * channels).fill(FLAT_LEVEL);
  return (await rival.encode({ data, width: FLAT_SIDE, height: FLAT_SIDE, channels }, quality)).length;
}

/** Whether a JPEG marker has no segment: start of image, end of image and restart markers (ITU-T T.81, table B.1). */
function standsAlone(marker: number): boolean {
  return marker === 0xd8 || marker === 0xd9 || (marker >= 0xd0 && marker <= 0xd7);
}

/** Number of bytes of a JPEG file outside the entropy-coded segments (ITU-T T.81, annex B). */
export function jpegSegmentBytes(file: Uint8Array): number {
  let bytes = 0;
  let at = 0;
  while (at + 1 < file.length) {
    const marker = file[at + 1];
    // 0xFF followed by 0 is a stuffed byte of entropy-coded data, not a marker.
    if (file[at] !== 0xff || marker === 0 || marker === 0xff) {
      at++;
      continue;
    }
    const length = standsAlone(marker) ? 2 : 2 + ((file[at + 2] << 8) | file[at + 3]);
    bytes += length;
    at += length;
  }
  return Math.min(bytes, file.length);
}
