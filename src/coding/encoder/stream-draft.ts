/** A stream under construction: its layers so far, and their size. */
import { defined } from '../../base/defined.ts';
import { CHUNK, type Chunks } from '../../codec/format/chunks.ts';
import type { CodedTile, TileSize } from '../../codec/format/coded-tile.ts';
import type { Header } from '../../codec/format/header.ts';
import { type LadderStep, position } from '../../codec/format/noise-ladder.ts';
import { type IndexedLayer, type StreamIndex, withIndex } from '../../codec/format/stream-index.ts';
import { StreamWriter, startLength } from '../../codec/format/stream-writer.ts';
import { type TailSection, tailLength } from '../../codec/tail/tail-section.ts';
import type { EncodedTile, WalkedLayer } from '../../codec/walk/encode-walk.ts';
import type { Distortion } from '../../image/distortion.ts';

/** Fields of the header that are known before the end of the stream is decided. */
export type HeaderStart = Omit<Header, 'endPosition' | 'freeEnd' | 'chunks' | 'tail'>;

/** Bits of a stream with one more layer. */
export interface LayerRoom {
  /** Bits of all layers. */
  readonly used: number;
  /** Bits that are left of the bytes allowed; negative if there are too many. */
  readonly spare: number;
}

/** A coded layer, and the distortion of the picture after it, if it was measured. */
export interface Layer extends WalkedLayer {
  readonly picture?: Distortion;
}

/** A coded layer whose picture was measured. */
export type MeasuredLayer = Required<Layer>;

/** Tiles as the stream writer takes them; the transports of streams always make bits. */
function packedTiles(tiles: readonly EncodedTile[]): CodedTile[] {
  return tiles.map(({ bits, packed, gains }) => {
    if (!packed) throw new Error('a transport that only computes cannot make a stream');
    return { bits, packed, gains };
  });
}

/**
 * What an index says of layers.
 *
 * @param endBits - number of bits up to the end of each, without the header
 * @param layers - the layers that may have been measured; the length of an index does not depend on its PSNRs
 */
function indexedLayers(endBits: readonly number[], layers: readonly Layer[]): IndexedLayer[] {
  const ends = [0, ...endBits].map((bits) => Math.ceil(bits / 8));
  return endBits.map((_, i) => ({ bytes: ends[i + 1] - ends[i], ...defined({ psnr: layers[i]?.picture?.psnr }) }));
}

/** Collects layers. A layer with a free end must be the last. */
export class StreamDraft {
  readonly #start: HeaderStart;
  readonly #index: boolean;
  readonly #writer: StreamWriter;
  readonly #layers: Layer[] = [];
  readonly #endBits: number[] = [];
  #freeEnd = false;

  /** @param index - true: the stream has an index */
  constructor(start: HeaderStart, index: boolean) {
    this.#start = start;
    this.#index = index;
    this.#writer = new StreamWriter(start);
  }

  get hasIndex(): boolean {
    return this.#index;
  }

  get layers(): readonly Layer[] {
    return this.#layers;
  }

  /** Number of bits up to the end of each layer, without the header. */
  get endBits(): readonly number[] {
    return this.#endBits;
  }

  /** Number of bits of the layers so far. */
  get bits(): number {
    return this.#writer.length;
  }

  /**
   * What a limit of `bytes` for the stream leaves with one more layer of such tiles, if the stream ends there.
   *
   * @param fine - true: the tiles have fine budgets, as with a free end
   */
  roomWith(bytes: number, chunks: Chunks, step: LadderStep, tiles: readonly TileSize[], fine: boolean): LayerRoom {
    const used = this.bits + this.#writer.layerLength(step, tiles, fine);
    const header = this.#freeEnded();
    const layers = indexedLayers([...this.#endBits, used], this.#layers);
    const indexed = this.#withIndex(header, chunks, { layers, tailBytes: null });
    return { used, spare: (bytes - startLength(header, indexed)) * 8 - used };
  }

  /**
   * Adds a layer.
   *
   * @param freeEnd - true: the layer is the last one, has a free end and fine budgets
   */
  add(layer: Layer, freeEnd = false): void {
    if (this.#freeEnd) throw new Error('no layer follows one whose end is free');
    this.#writer.addLayer(layer.step, packedTiles(layer.tiles), freeEnd);
    this.#layers.push(layer);
    this.#endBits.push(this.#writer.length);
    this.#freeEnd = freeEnd;
  }

  /** A draft of the first `count` layers; none of them may have a free end. */
  prefix(count: number): StreamDraft {
    const draft = new StreamDraft(this.#start, this.#index);
    for (const layer of this.#layers.slice(0, count)) draft.add(layer);
    return draft;
  }

  /** The header if the stream ends with the layers so far. */
  header(tail?: TailSection): Omit<Header, 'chunks'> {
    const last = this.#layers[this.#layers.length - 1].step;
    const end = { endPosition: position(last.level, last.toIndex), freeEnd: this.#freeEnd };
    return { ...this.#start, ...end, ...(tail && { tail: true }) };
  }

  /** Length in bytes of header and chunks if the stream ends with the layers so far, and the tail. */
  startBytes(chunks: Chunks, tail?: TailSection): number {
    return startLength(this.header(tail), this.#chunks(chunks, tail));
  }

  /** Length in bytes of header and chunks if the stream has a free end, without what an index says of layers. */
  fixedBytes(chunks: Chunks): number {
    const index = this.#index ? [[CHUNK.index, new Uint8Array(0)] as const] : [];
    return startLength(this.#freeEnded(), new Map([...index, ...chunks]));
  }

  /** Number of bytes that chunks (alpha and metadata) take. */
  extraBytes(chunks: Chunks): number {
    return this.fixedBytes(chunks) - this.fixedBytes(new Map());
  }

  /** The stream if it ends with the layers so far, and the tail. */
  bytes(chunks: Chunks, tail?: TailSection): Uint8Array {
    return this.#writer.bytes(this.header(), this.#chunks(chunks, tail), tail);
  }

  /** A header with a free end, of which only the length counts. */
  #freeEnded(): Omit<Header, 'chunks'> {
    return { ...this.#start, endPosition: 0, freeEnd: true };
  }

  /** The chunks of the stream if it ends with the layers so far, and the tail. */
  #chunks(chunks: Chunks, tail?: TailSection): Chunks {
    const parts = { layers: indexedLayers(this.#endBits, this.#layers), tailBytes: tail ? tailLength(tail) : null };
    return this.#withIndex(this.header(tail), chunks, parts);
  }

  /** The chunks with an index of the parts, if the stream has one. */
  #withIndex(header: Omit<Header, 'chunks'>, chunks: Chunks, parts: Omit<StreamIndex, 'startBytes'>): Chunks {
    return this.#index ? withIndex(chunks, parts, (indexed) => startLength(header, indexed)) : chunks;
  }
}
