/** Reads pictures of netpbm: PBM, PGM and PPM, as text or binary, and PAM. */

import { isPnm, type PnmHeader, PnmWords, readPnmHeader } from './pnm-header.ts';
import { reductionWarning } from './sample-types.ts';
import { type ByteSamples, dropOpaqueAlpha } from './samples.ts';

/**
 * Reads a picture; samples are scaled to 8 bits, each to the nearest. Opaque alpha is dropped. Of several pictures in a
 * file, the first is read.
 *
 * @param checkSize - called before memory for the pixels is taken; throws to refuse
 * @returns pixels, and one line for each thing that is lost
 * @throws Error if the file breaks the format or ends early
 */
export function readPnm(
  bytes: Uint8Array,
  checkSize: (width: number, height: number) => void,
): ByteSamples & { readonly warnings: readonly string[] } {
  const header = readPnmHeader(bytes);
  const { width, height, channels, maximum } = header;
  checkSize(width, height);
  const { data, end } = readSamples(bytes, header);
  const reduction = maximum > 255 ? reductionWarning('ushort') : undefined;
  const next = new PnmWords(bytes, end);
  next.peek();
  const isFirst = isPnm(bytes.subarray(next.offset, next.offset + 3));
  const warnings = [
    ...(reduction ? [reduction] : []),
    ...(isFirst ? ['only the first of several pictures was taken'] : []),
  ];
  return { ...dropOpaqueAlpha({ data, width, height, channels }), warnings };
}

/** Samples of 8 bits, and the offset after them. */
interface ReadSamples {
  readonly data: Uint8Array;
  readonly end: number;
}

/** Bytes that the samples take in the file; of text, the least that they can. */
function fileBytes({ width, height, channels, coding }: PnmHeader): number {
  const samples = width * height * channels;
  if (coding === 'bits') return Math.ceil(width / 8) * height;
  return coding === 'words' ? samples * 2 : samples;
}

function readSamples(bytes: Uint8Array, header: PnmHeader): ReadSamples {
  const { width, height, channels, maximum, coding, offset } = header;
  const length = fileBytes(header);
  const available = bytes.length - offset;
  if (available < length) throw new Error(`truncated: ${available} of ${length} bytes of pixels`);
  const count = width * height * channels;
  if (coding === 'text') return readText(bytes, header, count);
  const end = offset + length;
  if (coding === 'bits') return { data: readBits(bytes.subarray(offset, end), header), end };
  if (maximum === 255) return { data: Uint8Array.from(bytes.subarray(offset, end)), end };
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
  const data = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    data[i] = scaled(coding === 'words' ? view.getUint16(i * 2) : view.getUint8(i), maximum);
  }
  return { data, end };
}

/** A sample as 8 bits. */
function scaled(value: number, maximum: number): number {
  if (value > maximum) throw new Error(`a sample is ${value}, above the largest value ${maximum} of the header`);
  return Math.round((value * 255) / maximum);
}

function readText(bytes: Uint8Array, { maximum, blackIsOne, offset }: PnmHeader, count: number): ReadSamples {
  const words = new PnmWords(bytes, offset);
  const data = new Uint8Array(count);
  for (let i = 0; i < count; i++)
    data[i] = blackIsOne ? textBit(bytes, words) : scaled(words.number('a sample'), maximum);
  return { data, end: words.offset };
}

/** A pixel of a PBM as text: a digit, which need not stand apart from the next. */
function textBit(bytes: Uint8Array, words: PnmWords): number {
  const digit = words.peek();
  if (digit === undefined) throw new Error(`truncated: the file ends after ${bytes.length} bytes`);
  if (digit !== 0x30 && digit !== 0x31) throw new Error(`byte ${words.offset} is ${digit} where 0 or 1 should be`);
  words.offset++;
  return digit === 0x31 ? 0 : 255;
}

function readBits(bytes: Uint8Array, { width, height }: PnmHeader): Uint8Array {
  const stride = Math.ceil(width / 8);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isBlack = (bytes[y * stride + (x >> 3)] >> (7 - (x & 7))) & 1;
      data[y * width + x] = isBlack ? 0 : 255;
    }
  }
  return data;
}
