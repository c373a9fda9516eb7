/** Makes image files in the tests, without an image library. */
import { deflateSync } from 'node:zlib';
import { PNG_SIGNATURE, type PngChunk, pngChunkBytes } from '../../src/image/png-chunks.ts';

/** Samples of 8 or 16 bits, with their size. */
export interface FilePixels {
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

const PNG_COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;

/** A PNG of the pixels, with further chunks before them. */
export function pngFile({ data, width, height, channels }: FilePixels, chunks: readonly PngChunk[] = []): Uint8Array {
  const bytes = data.BYTES_PER_ELEMENT;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bytes * 8, PNG_COLOUR_TYPES[channels]], 8);
  const stride = width * channels * bytes + 1;
  const rows = Buffer.alloc(stride * height);
  data.forEach((value, i) => {
    const row = Math.floor(i / (width * channels));
    const at = row * stride + 1 + (i - row * width * channels) * bytes;
    if (bytes === 2) rows.writeUInt16BE(value, at);
    else rows[at] = value;
  });
  const all = [{ type: 'IHDR', data: header }, ...chunks, { type: 'IDAT', data: deflateSync(rows) }];
  return Buffer.concat([
    PNG_SIGNATURE,
    ...all.map(pngChunkBytes),
    pngChunkBytes({ type: 'IEND', data: new Uint8Array(0) }),
  ]);
}

/** A PNG chunk of 32-bit numbers. */
export function numberChunk(type: string, ...numbers: readonly number[]): PngChunk {
  const data = Buffer.alloc(numbers.length * 4);
  numbers.forEach((value, i) => {
    data.writeUInt32BE(value, i * 4);
  });
  return { type, data };
}

/** What a TIFF holds: samples as bytes of the file, in little-endian order, and its tags. */
export interface TiffContent {
  readonly samples: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 float, 6 complex. */
  readonly format: number;
  readonly photometric: number;
  /** Values of the tag ExtraSamples. */
  readonly extra?: readonly number[];
}

/** A TIFF of one strip, not compressed; its samples follow its directory. */
export function tiffFile({
  samples,
  width,
  height,
  channels,
  bits,
  format,
  photometric,
  extra = [],
}: TiffContent): Buffer {
  const each = (value: number): number[] => new Array<number>(channels).fill(value);
  const tags: [tag: number, values: readonly number[]][] = [
    [256, [width]],
    [257, [height]],
    [258, each(bits)],
    [259, [1]],
    [262, [photometric]],
    [273, [0]],
    [277, [channels]],
    [278, [height]],
    [279, [samples.length]],
    ...(extra.length > 0 ? ([[338, extra]] as [number, readonly number[]][]) : []),
    [339, each(format)],
  ];
  const directory = 8;
  let end = directory + 2 + tags.length * 12 + 4;
  const start = end + tags.reduce((sum, [, values]) => sum + (values.length > 1 ? values.length * 4 : 0), 0);
  const file = Buffer.alloc(start + samples.length);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(directory, 4);
  file.writeUInt16LE(tags.length, directory);
  tags.forEach(([tag, values], i) => {
    const at = directory + 2 + i * 12;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(4, at + 2); // LONG
    file.writeUInt32LE(values.length, at + 4);
    if (values.length === 1) {
      file.writeUInt32LE(tag === 273 ? start : values[0], at + 8);
      return;
    }
    file.writeUInt32LE(end, at + 8);
    for (const value of values) end = file.writeUInt32LE(value, end);
  });
  file.set(samples, start);
  return file;
}
