/** A stream as separate fields, which can be given any value. Checksums are computed when the stream is written. */

import { concatBytes } from '../../src/base/concat-bytes.ts';
import { crc8, crc32 } from '../../src/base/crc.ts';
import { CHUNK } from '../../src/codec/format/chunks.ts';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { varint } from '../../src/codec/format/fields.ts';
import { MAGIC } from '../../src/codec/format/header.ts';
import { parseStream } from '../../src/codec/format/stream-parser.ts';

/** A chunk to write. */
export interface RawChunk {
  type: number;
  data: Uint8Array;
  /** Value of the length field; default: the true length. */
  claimed?: number;
  /** Combined with the correct checksum by exclusive or. */
  damage?: number;
}

/** The lossless tail to write. */
export interface RawTail {
  claimed: number;
  checksum: Uint8Array;
  data: Uint8Array;
}

/** Fields of a stream. The flags determine which of them are written. */
export interface RawStream {
  flags: number;
  more: number;
  model: Uint8Array;
  width: number;
  height: number;
  stepEighths: number;
  seed: number;
  end: number;
  chunks: RawChunk[];
  /** Layers and padding. */
  layers: Uint8Array;
  tail: RawTail | null;
}

/** Bits of the two bytes of flags (docs/format.md, "Header"). */
export const FLAG = { grey: 0x10, checksums: 0x20, square: 0x40, more: 0x80 } as const;
export const MORE = { parameters: 0x01, modelId: 0x02, chunks: 0x04, tail: 0x08, flat: 0x10, dithered: 0x20 } as const;

const FREE_END = 64;
const LOWEST_POSITION = -2048;

function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Parses a whole stream into its fields. The kind of its end, nominal or free, is kept. */
export function takeApart(bytes: Uint8Array): RawStream {
  const { header, chunks, startBytes, layers, tail } = parseStream(bytes);
  const layersEnd = Math.ceil((layers.at(-1)?.endBit ?? startBytes * 8) / 8);
  const flags = bytes[1];
  const more = flags & FLAG.more ? bytes[2] : 0;
  return {
    flags,
    more,
    model: hexBytes(header.model),
    width: header.width,
    height: header.height,
    stepEighths: header.stepEighths,
    seed: header.seed,
    end: header.freeEnd ? FREE_END + header.endPosition - LOWEST_POSITION : bytes[header.headerBytes - 2],
    chunks: [...chunks].map(([type, data]) => ({ type, data })),
    layers: bytes.slice(startBytes, layersEnd),
    tail: tail && {
      claimed: tail.data.length,
      checksum: bytes.slice(tail.end - tail.data.length - 4, tail.end - tail.data.length),
      data: tail.data,
    },
  };
}

function chunkBytes({ type, data, claimed = data.length, damage = 0 }: RawChunk): Uint8Array {
  const crc = crc32(Uint8Array.of(type), data) ^ damage;
  const checksum = Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24);
  return concatBytes(Uint8Array.of(type, ...varint(claimed)), data, checksum);
}

/** Writes the header with the correct checksum. */
export function headerBytes(raw: RawStream): Uint8Array {
  const bytes = [MAGIC, raw.flags];
  const more = raw.flags & FLAG.more ? raw.more : 0;
  if (raw.flags & FLAG.more) bytes.push(more);
  if (more & MORE.modelId) bytes.push(...raw.model);
  bytes.push(...varint(raw.width));
  if (!(raw.flags & FLAG.square)) bytes.push(...varint(raw.height));
  if (more & MORE.parameters) bytes.push(raw.stepEighths, ...varint(raw.seed));
  bytes.push(...varint(raw.end));
  return Uint8Array.of(...bytes, crc8(Uint8Array.from(bytes)));
}

/** Writes a stream from its fields. */
export function putTogether(raw: RawStream): Uint8Array {
  const more = raw.flags & FLAG.more ? raw.more : 0;
  const parts = [headerBytes(raw)];
  if (more & MORE.chunks) parts.push(...raw.chunks.map(chunkBytes), Uint8Array.of(CHUNK.end));
  parts.push(raw.layers);
  if (raw.tail) parts.push(Uint8Array.from(varint(raw.tail.claimed)), raw.tail.checksum, raw.tail.data);
  return concatBytes(...parts);
}

/** The id of the format's default model, as bytes. */
export const FORMAT_MODEL_BYTES: Uint8Array = hexBytes(FORMAT_MODEL.id);
