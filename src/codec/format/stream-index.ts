/** The index of a stream, a chunk in front: where its layers end, and how good the picture is then. docs/format.md, "Index". */
import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import { CHUNK, type Chunks } from './chunks.ts';
import { FieldReader, varint } from './fields.ts';

/** What an index says of one layer. */
export interface IndexedLayer {
  /** Number of bytes by which the layer lengthens the shortest prefix that holds it. */
  readonly bytes: number;
  /** PSNR in dB of the picture after the layer; Infinity if it is exact, not there if it is not known. */
  readonly psnr?: number;
}

/** Contents of an index. They are what the encoder claims: nothing that is decoded depends on them. */
export interface StreamIndex {
  /** Length in bytes of header and chunks, the index included. */
  readonly startBytes: number;
  readonly layers: readonly IndexedLayer[];
  /** Length in bytes of the tail section; null if the stream has none. */
  readonly tailBytes: number | null;
}

/** Units of the stored PSNR in a dB. */
const PSNR_UNITS = 4;
/** Stored PSNR of an exact picture. */
const EXACT = 255;
/** Stored PSNR that promises nothing. */
const UNKNOWN = 0;

/** The stored PSNR, rounded down, so that the picture keeps what the index promises. */
function psnrByte(psnr: number | undefined): number {
  if (psnr === undefined) return UNKNOWN;
  return psnr === Number.POSITIVE_INFINITY ? EXACT : Math.min(Math.floor(psnr * PSNR_UNITS), EXACT - 1);
}

function psnrOf(byte: number): number | undefined {
  if (byte === UNKNOWN) return undefined;
  return byte === EXACT ? Number.POSITIVE_INFINITY : byte / PSNR_UNITS;
}

/** Writes the data of the chunk. */
export function writeIndex({ startBytes, layers, tailBytes }: StreamIndex): Uint8Array {
  const fields = layers.flatMap(({ bytes, psnr }) => [...varint(bytes), psnrByte(psnr)]);
  return Uint8Array.from([...varint(startBytes), ...fields, ...(tailBytes === null ? [] : varint(tailBytes))]);
}

/**
 * Reads the data of the chunk.
 *
 * @param layers - number of layers of the stream
 * @param tail - whether the stream has a tail
 * @returns undefined if the data is not that of so many layers: too short, too long, or with a bad number
 */
export function readIndex(data: Uint8Array, layers: number, tail: boolean): StreamIndex | undefined {
  const fields = new FieldReader(data);
  const number = (): number => fields.varint('index', Number.MAX_SAFE_INTEGER);
  const layer = (): IndexedLayer => {
    const bytes = number();
    return { bytes, ...defined({ psnr: psnrOf(fields.byte('index')) }) };
  };
  try {
    const startBytes = number();
    const listed: IndexedLayer[] = [];
    while (listed.length < layers) listed.push(layer());
    const tailBytes = tail ? number() : null;
    return fields.at === data.length ? { startBytes, layers: listed, tailBytes } : undefined;
  } catch (error) {
    if (error instanceof DdpmError) return undefined;
    throw error;
  }
}

/**
 * Puts an index before other chunks.
 *
 * @param startLength - length in bytes of header and chunks, which the index tells and is part of
 */
export function withIndex(
  chunks: Chunks,
  parts: Omit<StreamIndex, 'startBytes'>,
  startLength: (chunks: Chunks) => number,
): Chunks {
  for (let startBytes = 0; ; ) {
    const indexed = new Map([[CHUNK.index, writeIndex({ ...parts, startBytes })] as const, ...chunks]);
    const length = startLength(indexed);
    if (length === startBytes) return indexed;
    startBytes = length;
  }
}
