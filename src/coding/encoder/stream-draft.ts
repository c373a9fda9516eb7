/** A stream under construction: its layers so far, and their size. */
import type { Chunks } from '../../codec/format/chunks.ts';
import type { CodedTile, TileSize } from '../../codec/format/coded-tile.ts';
import type { Header } from '../../codec/format/header.ts';
import { type LadderStep, position } from '../../codec/format/noise-ladder.ts';
import { StreamWriter, streamStart } from '../../codec/format/stream-writer.ts';
import type { TailSection } from '../../codec/tail/tail-section.ts';
import type { EncodedTile } from '../../codec/walk/encode-walk.ts';
import type { Distortion } from '../../image/distortion.ts';

/** Fields of the header that are known before the end of the stream is decided. */
export type HeaderStart = Omit<Header, 'endPosition' | 'freeEnd' | 'chunks' | 'tail'>;

/** A coded layer, and the distortion of the picture after it. */
export interface Layer {
  readonly step: LadderStep;
  readonly tiles: readonly EncodedTile[];
  readonly picture: Distortion;
}

/** Tiles as the stream writer takes them; the transports of streams always make bits. */
function packedTiles(tiles: readonly EncodedTile[]): CodedTile[] {
  return tiles.map(({ bits, packed, gains }) => {
    if (!packed) throw new Error('a transport that only computes cannot make a stream');
    return { bits, packed, gains };
  });
}

/** Collects layers. A layer with a free end must be the last. */
export class StreamDraft {
  readonly #start: HeaderStart;
  readonly #writer: StreamWriter;
  readonly #layers: Layer[] = [];
  readonly #endBits: number[] = [];
  #freeEnd = false;

  constructor(start: HeaderStart) {
    this.#start = start;
    this.#writer = new StreamWriter(start);
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
   * Number of bits with one more layer of such tiles; `fine`: they have fine budgets, as with a free end.
   */
  bitsWith(step: LadderStep, tiles: readonly TileSize[], fine: boolean): number {
    return this.bits + this.#writer.layerLength(step, tiles, fine);
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
    const draft = new StreamDraft(this.#start);
    for (const layer of this.#layers.slice(0, count)) draft.add(layer);
    return draft;
  }

  /** The header if the stream ends with the layers so far. */
  header(tail?: TailSection): Omit<Header, 'chunks'> {
    const last = this.#layers[this.#layers.length - 1].step;
    const end = { endPosition: position(last.level, last.toIndex), freeEnd: this.#freeEnd };
    return { ...this.#start, ...end, ...(tail && { tail: true }) };
  }

  /** Length in bytes of header and chunks if the stream has a free end. */
  startBytes(chunks: Chunks): number {
    return streamStart({ ...this.#start, endPosition: 0, freeEnd: true }, chunks).length;
  }

  /** Number of bytes that chunks (alpha and metadata) take. */
  extraBytes(chunks: Chunks): number {
    return this.startBytes(chunks) - this.startBytes(new Map());
  }

  /** The stream if it ends with the layers so far, and the tail. */
  bytes(chunks: Chunks, tail?: TailSection): Uint8Array {
    return this.#writer.bytes(this.header(), chunks, tail);
  }
}
