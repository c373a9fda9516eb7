/**
 * PNG of 8-bit grey (the alpha plane of a stream) without an image library. Sections are those of PNG, third edition.
 */
import { concatBytes } from '../base/concat-bytes.ts';
import { isPng, PNG_SIGNATURE, type PngChunk, pngChunkBytes, pngChunks } from './png-chunks.ts';

/** Compression of zlib streams (RFC 1950), by Node or by the browser. */
export interface PngTools {
  deflate(bytes: Uint8Array): Promise<Uint8Array>;
  /** Gives the output piece by piece, in memory that does not grow with it. @throws Error on damage */
  inflate(bytes: Uint8Array): AsyncIterable<Uint8Array>;
}

/** A grey picture, one byte a pixel, rows from the top. */
export interface GreyImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const FILTERS = 5;

/** Paeth predictor. Section 9.4. */
function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - above), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

/** A filter's prediction of a sample. Section 9.2. */
function prediction(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  return filter === 3 ? (left + above) >> 1 : paeth(left, above, corner);
}

/** Writes filter number and filtered bytes of a row; the filter is that of the least sum of absolutes. Section 12.7. */
function filterRow(row: Uint8Array, above: Uint8Array, into: Uint8Array): void {
  let least = Number.POSITIVE_INFINITY;
  const tried = new Uint8Array(row.length + 1);
  for (let filter = 0; filter < FILTERS; filter++) {
    tried[0] = filter;
    let sum = 0;
    for (let x = 0; x < row.length; x++) {
      const difference = row[x] - prediction(filter, row[x - 1] ?? 0, above[x], above[x - 1] ?? 0);
      tried[x + 1] = difference;
      sum += Math.abs((difference << 24) >> 24);
    }
    if (sum < least) into.set(tried);
    least = Math.min(least, sum);
  }
}

/** Writes a grey picture as a PNG file. */
export async function writeGreyPng({ data, width, height }: GreyImage, tools: PngTools): Promise<Uint8Array> {
  const stride = width + 1;
  const filtered = new Uint8Array(stride * height);
  let above: Uint8Array = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    filterRow(row, above, filtered.subarray(y * stride, (y + 1) * stride));
    above = row;
  }
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header[8] = 8; // bits a sample; colour type 0 is grey
  const parts = [
    PNG_SIGNATURE,
    pngChunkBytes({ type: 'IHDR', data: header }),
    pngChunkBytes({ type: 'IDAT', data: await tools.deflate(filtered) }),
    pngChunkBytes({ type: 'IEND', data: new Uint8Array(0) }),
  ];
  return concatBytes(...parts);
}

/**
 * Chunks in the order of the file; the last is IEND.
 *
 * @throws Error if the bytes are no PNG, a checksum does not match, or IEND is missing
 */
function readChunks(bytes: Uint8Array): PngChunk[] {
  if (!isPng(bytes)) throw new Error('not a PNG');
  const chunks: PngChunk[] = [];
  for (const chunk of pngChunks(bytes)) {
    if (!chunk.isIntact()) throw new Error(`PNG chunk ${chunk.type}: checksum does not match`);
    chunks.push(chunk);
  }
  return chunks;
}

function readSize({ type, data }: PngChunk): { width: number; height: number } {
  if (type !== 'IHDR' || data.length !== 13) throw new Error('PNG without a header');
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [bits, colour, , , interlace] = data.subarray(8);
  if (bits !== 8 || colour !== 0 || interlace !== 0) throw new Error('PNG that is not plain grey of 8 bits');
  return { width: view.getUint32(0), height: view.getUint32(4) };
}

/** Joins pieces of bytes to rows of `length` bytes, each valid until the next one. @throws Error for another number of rows */
async function* rowsOf(pieces: AsyncIterable<Uint8Array>, length: number, count: number): AsyncGenerator<Uint8Array> {
  const row = new Uint8Array(length);
  let filled = 0;
  let rows = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (rows === count) throw new Error('PNG with too many pixels');
      const part = piece.subarray(at, at + length - filled);
      row.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < length) continue;
      yield row;
      filled = 0;
      rows++;
    }
  }
  if (rows < count) throw new Error('PNG with too few pixels');
}

/** Undoes the filter of a row, whose first byte is the filter's number. Section 9.2. */
function unfilterRow(filtered: Uint8Array, above: Uint8Array, into: Uint8Array): void {
  const filter = filtered[0];
  if (filter >= FILTERS) throw new Error(`PNG with filter ${filter}`);
  for (let x = 0; x < into.length; x++) {
    const left = x > 0 ? into[x - 1] : 0;
    const corner = x > 0 ? above[x - 1] : 0;
    into[x] = filtered[x + 1] + prediction(filter, left, above[x], corner);
  }
}

/** A PNG whose rows are read one after the other, in the memory of two. */
export interface GreyRows {
  readonly width: number;
  readonly height: number;
  /** The rows from the top, each valid until the next one. @throws Error if the PNG is damaged or truncated */
  readonly rows: AsyncIterable<Uint8Array>;
}

/**
 * Opens a PNG of 8-bit grey that is not interlaced.
 *
 * @param limitPixels - larger pictures are refused
 * @throws Error if the bytes are not such a PNG, or a checksum does not match
 */
export function openGreyPng(bytes: Uint8Array, limitPixels: number, tools: PngTools): GreyRows {
  const chunks = readChunks(bytes);
  const { width, height } = readSize(chunks[0]);
  if (!(width > 0 && height > 0 && width * height <= limitPixels))
    throw new Error(`PNG of ${width} x ${height} pixels`);
  const packed = concatBytes(...chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  async function* rows(): AsyncGenerator<Uint8Array> {
    let above = new Uint8Array(width);
    let row = new Uint8Array(width);
    for await (const filtered of rowsOf(tools.inflate(packed), width + 1, height)) {
      unfilterRow(filtered, above, row);
      yield row;
      [above, row] = [row, above];
    }
  }
  return { width, height, rows: rows() };
}
