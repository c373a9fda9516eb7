import type { RawImage } from './raw-image.ts';

/** Header of a PGM or PPM file; its samples start at byte `offset`. */
interface PnmHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly offset: number;
}

/** True for a binary PGM or PPM file (magic P5 or P6), which sharp cannot read. */
export function isPnm(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x50 && (bytes[1] === 0x35 || bytes[1] === 0x36) && isSpace(bytes[2]);
}

/**
 * Reads the header of a binary PGM or PPM picture of 8 bits (netpbm, pgm(5) and ppm(5)); the samples are not checked.
 *
 * @throws Error if the header breaks the format or the depth is not 8 bits
 */
export function readPnmHeader(bytes: Uint8Array): PnmHeader {
  const fields: number[] = [];
  let offset = 2;
  while (fields.length < 3) {
    offset = skipSpace(bytes, offset);
    const start = offset;
    while (offset < bytes.length && bytes[offset] >= 0x30 && bytes[offset] <= 0x39 && offset - start < 10) offset++;
    if (offset === start) throw new Error('broken PNM header');
    fields.push(Number(new TextDecoder().decode(bytes.subarray(start, offset))));
  }
  const [width, height, maximum] = fields;
  if (!isSpace(bytes[offset])) throw new Error('broken PNM header');
  if (width === 0 || height === 0) throw new Error('picture without pixels');
  if (maximum !== 255) throw new Error(`PNM with largest value ${maximum}; only 255 is supported`);
  return { width, height, channels: bytes[1] === 0x35 ? 1 : 3, offset: offset + 1 };
}

/**
 * Reads a binary PGM or PPM picture of 8 bits.
 *
 * @throws Error if the file breaks the format or ends early
 */
export function readPnm(bytes: Uint8Array): RawImage {
  const { width, height, channels, offset } = readPnmHeader(bytes);
  const length = width * height * channels;
  if (bytes.length - offset < length)
    throw new Error(`truncated: ${bytes.length - offset} of ${length} bytes of pixels`);
  return { data: bytes.slice(offset, offset + length), width, height, channels };
}

/** Writes a binary PGM (grey) or PPM picture; a grey picture as PPM gets three equal channels. */
export function writePnm(image: RawImage, kind: 'pgm' | 'ppm'): Uint8Array {
  const header = new TextEncoder().encode(`${kind === 'pgm' ? 'P5' : 'P6'}\n${image.width} ${image.height}\n255\n`);
  const repeat = kind === 'ppm' && image.channels === 1 ? 3 : 1;
  const file = new Uint8Array(header.length + image.data.length * repeat);
  file.set(header);
  if (repeat === 1) file.set(image.data, header.length);
  else
    for (let i = 0; i < image.data.length; i++)
      file.fill(image.data[i], header.length + i * 3, header.length + i * 3 + 3);
  return file;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** Offset after white space and comments (# to the end of the line). */
function skipSpace(bytes: Uint8Array, start: number): number {
  let offset = start;
  while (offset < bytes.length && (isSpace(bytes[offset]) || bytes[offset] === 0x23)) {
    if (bytes[offset] === 0x23) while (offset < bytes.length && bytes[offset] !== 0x0a) offset++;
    else offset++;
  }
  return offset;
}
