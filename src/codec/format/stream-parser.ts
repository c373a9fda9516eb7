/** Parses streams, whole or while they arrive: header, chunks, layers (one string of bits), tail. docs/format.md. */
import { MAX_DITHERED_BITS_PER_COEFFICIENT } from '../dithered/dithered-code.ts';
import { readLength } from '../dithered/length-code.ts';
import { coarsestLevel, tileCount } from '../grid/geometry.ts';
import { isWhole, type ParsedTail, readTail } from '../tail/tail-section.ts';
import { MAX_BITS_PER_COEFFICIENT } from '../trellis/trellis-code.ts';
import { BitReader } from './bits.ts';
import { readBudget } from './budget-code.ts';
import { BudgetPredictor, type TileContext } from './budget-predictor.ts';
import { type Chunks, readChunk } from './chunks.ts';
import { TILE_CRC_BITS, type TileSize, tileCrc } from './coded-tile.ts';
import { FieldReader, IncompleteError } from './fields.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { type Header, type ParsedHeader, readHeader } from './header.ts';
import { type PackedBits, readInterleaved } from './interleaved-bits.ts';
import { type LadderStep, ladder, tailStart } from './noise-ladder.ts';
import { NO_GAINS, readGains } from './variance-gains.ts';

/** One layer of a parsed stream. */
export interface ParsedLayer {
  /** Number of bits of each tile, and its gains. */
  readonly tiles: readonly TileSize[];
  /** Bits from the start of the file to the end of this layer. */
  readonly endBit: number;
  /** Copies the bits of the tiles. They are not kept, since a hostile stream may have a tile in every few bits. */
  unpack(): PackedBits[];
}

/** The first part of a layer that is not complete. */
export interface PartialLayer extends Pick<ParsedLayer, 'tiles' | 'unpack'> {
  /** Number of code bits that are there, of all tiles; 1 or more, and below the sum of the tiles' bits unless only checksums are missing. */
  readonly bits: number;
  /** Bits from the start of the file to the end of the last of them. */
  readonly endBit: number;
}

/** A parsed stream: its layers that are complete and intact. */
export interface ParsedStream {
  readonly header: ParsedHeader;
  readonly chunks: Chunks;
  /** Length in bytes of header and chunks, the shortest prefix that can be decoded. */
  readonly startBytes: number;
  /** The steps of the whole ladder; `layers` may be shorter. */
  readonly steps: readonly LadderStep[];
  readonly layers: readonly ParsedLayer[];
  /**
   * What is there of the layer after `layers`, from its first code bit on; null if that is nothing, or the layer is
   * damaged. Its bits are not covered by a checksum.
   */
  readonly partial: PartialLayer | null;
  /** The lossless tail; null if the stream has none, or it is incomplete. */
  readonly tail: ParsedTail | null;
  /** What is there of an incomplete tail, from its length and checksum on; null if that is nothing, or the tail is complete. */
  readonly partialTail: ParsedTail | null;
  /** Whether the stream is complete, or why layers or tail are missing. */
  readonly status: 'complete' | 'truncated' | 'corrupt';
  /** One line that describes the damage; empty unless the status is `corrupt`. */
  readonly damage: string;
  /** Number of bytes after the end of a complete stream, which mean nothing; 0 for all others. */
  readonly trailing: number;
}

/** The reverse steps of a stream. */
export function streamSteps(header: Header): LadderStep[] {
  return ladder(coarsestLevel(header), header.stepEighths, header.endPosition);
}

/** The parts of a stream before the layers. */
export type StreamStart = Pick<ParsedStream, 'header' | 'chunks' | 'startBytes' | 'steps'>;

/** How a stream ends. */
type StreamEnd = Pick<ParsedStream, 'tail' | 'partialTail' | 'status' | 'damage' | 'trailing'>;

/** The end of a stream that goes on after its last byte. */
export const NO_END: StreamEnd = { tail: null, partialTail: null, status: 'truncated', damage: '', trailing: 0 };

/** Parses what follows the layers, which end before byte `end`. */
function readEnd(bytes: Uint8Array, end: number, { header, steps }: StreamStart): StreamEnd {
  const complete: StreamEnd = { ...NO_END, status: 'complete', trailing: bytes.length - end };
  if (!header.tail) return complete;
  const last = steps[steps.length - 1];
  const tail = tailStart(last)
    ? readTail(bytes, end, header)
    : `tail at byte ${end}: the layers end at pyramid level ${last.level}, before the full size`;
  if (tail === undefined) return NO_END;
  if (typeof tail === 'string') return { ...NO_END, status: 'corrupt', damage: tail };
  if (!isWhole(tail)) return { ...NO_END, partialTail: tail };
  return { ...complete, tail, trailing: bytes.length - tail.end };
}

/** The layer that is being read. */
interface OpenLayer {
  readonly contexts: readonly TileContext[];
  /** The tiles whose sizes and gains are read. */
  readonly tiles: TileSize[];
  /** Number of code bits of these tiles. */
  bits: number;
}

/** Tiles without code bits and gains, to save memory. */
const EMPTY_TILE: TileSize = { bits: 0 };

/**
 * Parses a stream while it arrives, each tile only once: time is linear in the number of bytes, whatever the pieces.
 * Runs no model.
 */
export class StreamParser {
  readonly #store: GrowingBytes;
  readonly #limitPixels: number | undefined;
  #header: ParsedHeader | undefined;
  readonly #chunks: Map<number, Uint8Array> = new Map();
  /** Offset in bytes after the last complete part of header and chunks. */
  #at = 0;
  #start: StreamStart | undefined;
  #incomplete: IncompleteError | undefined;
  #predictor: BudgetPredictor | undefined;
  #open: OpenLayer | undefined;
  /** Position in bits after the last complete part of a layer: a tile's size and gains, or a whole layer. */
  #bit = 0;
  #end: StreamEnd = NO_END;
  /** Number of bytes that came after the end, and were not kept. */
  #dropped = 0;
  /** The layers that are complete and intact so far; the array grows. */
  readonly layers: ParsedLayer[] = [];

  /**
   * @param bytes - the first bytes
   * @param limitPixels - largest width * height accepted; default 268402689
   * @throws as {@link push}
   */
  constructor(bytes: Uint8Array = new Uint8Array(0), limitPixels?: number) {
    this.#store = new GrowingBytes(bytes);
    this.#limitPixels = limitPixels;
    this.#read();
  }

  /** Number of bytes so far. */
  get length(): number {
    return this.#store.length + this.#dropped;
  }

  /** Header, chunks and ladder; undefined until they are complete. */
  get start(): StreamStart | undefined {
    return this.#start;
  }

  /**
   * Header, ladder and the chunks so far, once the header is complete; `startBytes` is the length of what is complete.
   */
  get begun(): StreamStart | undefined {
    const header = this.#header;
    return header && { header, chunks: this.#chunks, startBytes: this.#at, steps: streamSteps(header) };
  }

  get tail(): ParsedTail | null {
    return this.#end.tail;
  }

  get partialTail(): ParsedTail | null {
    return this.#end.partialTail;
  }

  /**
   * Appends bytes and parses what they complete.
   *
   * @throws DdpmError `ERR_DDPM_CORRUPT` if the header or a chunk is damaged, `ERR_DDPM_LIMIT` if the image is too
   *   large
   */
  push(bytes: Uint8Array): void {
    if (this.#end.status === 'corrupt') return; // bytes after damage cannot be used
    if (this.#end.status === 'complete') {
      this.#dropped += bytes.length;
      return;
    }
    this.#store.append(bytes);
    this.#read();
  }

  /**
   * The stream if no more bytes follow.
   *
   * @throws DdpmError `ERR_DDPM_CORRUPT` if header or chunks are incomplete
   */
  parsed(): ParsedStream {
    if (!this.#start) throw this.#incomplete ?? new Error('a parser reads when it is made');
    const { layers, partial } = this;
    return { ...this.#start, layers, partial, ...this.#end, trailing: this.#end.trailing + this.#dropped };
  }

  /** What is there of the layer that is being read. */
  get partial(): PartialLayer | null {
    const layer = this.#open;
    if (!layer || layer.tiles.length < layer.contexts.length || this.#end.status === 'corrupt') return null;
    const bits = Math.min(this.#store.length * 8 - this.#bit, layer.bits);
    if (bits === 0 || this.#start?.header.dithered) return null;
    return { tiles: layer.tiles, bits, endBit: this.#bit + bits, unpack: this.#unpacker(layer.tiles, bits) };
  }

  /** Copies interleaved bits, the first `bits` from the current position on. */
  #unpacker(tiles: readonly TileSize[], bits: number): () => PackedBits[] {
    const store = this.#store;
    const at = this.#bit;
    return () =>
      readInterleaved(
        store.bytes,
        at,
        tiles.map((tile) => tile.bits),
        bits,
      );
  }

  #read(): void {
    try {
      this.#start ??= this.#readStart();
    } catch (error) {
      if (!(error instanceof IncompleteError)) throw error;
      this.#incomplete = error;
      return;
    }
    const damage = this.#readLayers(this.#start);
    if (damage) this.#end = { ...NO_END, status: 'corrupt', damage };
    else if (this.layers.length === this.#start.steps.length) {
      this.#end = readEnd(this.#store.bytes, Math.ceil(this.#bit / 8), this.#start);
    }
  }

  /** @throws IncompleteError if header or chunks are incomplete */
  #readStart(): StreamStart {
    if (!this.#header) {
      this.#header = readHeader(this.#store.bytes, this.#limitPixels);
      this.#at = this.#header.headerBytes;
    }
    const header = this.#header;
    if (header.chunks) {
      const fields = new FieldReader(this.#store.bytes, this.#at);
      while (readChunk(fields, this.#chunks)) this.#at = fields.at;
      this.#at = fields.at;
    }
    this.#bit = this.#at * 8;
    this.#predictor = new BudgetPredictor(header);
    return { header, chunks: this.#chunks, startBytes: this.#at, steps: streamSteps(header) };
  }

  /** Reads all complete tiles; returns a line that describes damage, or undefined. */
  #readLayers({ header, steps }: StreamStart): string | undefined {
    const bits = new BitReader(this.#store.bytes, this.#bit);
    while (this.layers.length < steps.length) {
      const step = steps[this.layers.length];
      const layer = this.#open ?? this.#openLayer(header, step, bits);
      if (!layer) return undefined;
      this.#open = layer;
      const fine = header.freeEnd && this.layers.length === steps.length - 1;
      while (layer.tiles.length < layer.contexts.length) {
        const tile = this.#readTileSize(bits, header, layer, fine);
        if (typeof tile === 'string') return `layer ${this.layers.length + 1}, ${tile}`;
        if (!tile) return undefined;
        layer.tiles.push(tile);
        layer.bits += tile.bits;
        this.#bit = bits.position;
      }
      const read = this.#readCodeBits(bits, header, layer);
      if (typeof read === 'string') return `layer ${this.layers.length + 1}, ${read}`;
      if (!read) return undefined;
      this.layers.push(read);
      this.#bit = bits.position;
      this.#predictor?.learn(step, layer.tiles);
      this.#open = undefined;
    }
    return undefined;
  }

  /**
   * Starts a layer; undefined if it has more tiles than bits are left, so that a hostile header cannot make it take
   * memory.
   */
  #openLayer(header: Header, step: LadderStep, bits: BitReader): OpenLayer | undefined {
    if (tileCount(header, step.level) > bits.remaining) return undefined;
    return { contexts: this.#predictor?.context(step) ?? [], tiles: [], bits: 0 };
  }

  /** Reads size and gains of the next tile; undefined if the bits end, a line that describes damage if there is some. */
  #readTileSize(bits: BitReader, header: Header, layer: OpenLayer, fine: boolean): TileSize | string | undefined {
    const number = layer.tiles.length;
    const { n, predicted, gains: predictedGains } = layer.contexts[number];
    const at = bits.position;
    const gains = header.dithered ? NO_GAINS : readGains(bits, predictedGains);
    if (gains === undefined) return undefined;
    if (gains === 'damaged') return `tile ${number + 1} at bit ${at}: variance gains are out of range`;
    const budget = header.dithered ? readLength(bits, predicted) : readBudget(bits, predicted, fine);
    if (budget === undefined) return undefined;
    const most = header.dithered ? MAX_DITHERED_BITS_PER_COEFFICIENT : MAX_BITS_PER_COEFFICIENT;
    if (!(budget <= n * most)) return `tile ${number + 1} at bit ${at}: budget is out of range`;
    return budget === 0 && gains === NO_GAINS ? EMPTY_TILE : { bits: budget, gains };
  }

  /** Reads the code bits and checksums of a layer; undefined or a line as {@link #readTileSize}. */
  #readCodeBits(bits: BitReader, header: Header, { tiles, bits: count }: OpenLayer): ParsedLayer | string | undefined {
    const checksumBits = header.checksums ? tiles.length * TILE_CRC_BITS : 0;
    if (count + checksumBits > bits.remaining) return undefined;
    const unpack = this.#unpacker(tiles, count);
    bits.position += count;
    if (header.checksums) {
      for (const [number, { packed }] of unpack().entries()) {
        const at = bits.position;
        if (bits.read(TILE_CRC_BITS) === tileCrc({ ...tiles[number], packed })) continue;
        return `tile ${number + 1}: its checksum at bit ${at} does not match`;
      }
    }
    return { tiles, unpack, endBit: bits.position };
  }
}

/** Length in bytes of the part of a stream that can be used: header, chunks, layers, a part of a layer, and the tail or a part of it. */
export function intactBytes({ tail, partialTail, partial, layers, startBytes }: ParsedStream): number {
  const layersEnd = Math.ceil((partial?.endBit ?? layers[layers.length - 1]?.endBit ?? startBytes * 8) / 8);
  return (tail ?? partialTail)?.end ?? layersEnd;
}

/**
 * Parses a stream or any prefix of it that holds the header. Runs no model.
 *
 * @param limitPixels - largest width * height accepted; default 268402689
 * @throws DdpmError `ERR_DDPM_CORRUPT` if the header or a chunk is damaged, `ERR_DDPM_LIMIT` if the image is too large
 */
export function parseStream(bytes: Uint8Array, limitPixels?: number): ParsedStream {
  return new StreamParser(bytes, limitPixels).parsed();
}
