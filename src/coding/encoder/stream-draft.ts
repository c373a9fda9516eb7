/** A stream that is being made: its layers so far, and what they take. */
import type { Chunks } from '../../codec/format/chunks.ts';
import type { Header } from '../../codec/format/header.ts';
import { type LadderStep, position } from '../../codec/format/noise-ladder.ts';
import { StreamWriter, streamStart } from '../../codec/format/stream-writer.ts';
import type { TailSection } from '../../codec/tail/tail-section.ts';
import type { EncodedTile } from '../../codec/walk/encode-walk.ts';
import type { Distortion } from '../../image/distortion.ts';

/** Everything of the header but where the stream ends. */
export type HeaderStart = Omit<Header, 'endPosition' | 'freeEnd' | 'chunks' | 'tail'>;

/** A coded layer, and the distortion of the picture after it. */
export interface Layer {
  readonly step: LadderStep;
  readonly tiles: readonly EncodedTile[];
  readonly picture: Distortion;
}

/** Tiles as the container wants them; the transports of streams always give bits. */
function packedTiles(tiles: readonly EncodedTile[]): { bits: number; packed: Uint8Array }[] {
  return tiles.map(({ bits, packed }) => {
    if (!packed) throw new Error('a transport that only computes cannot make a stream');
    return { bits, packed };
  });
}

/** Layers one after the other. The last one may end at a position of its own, which closes the draft. */
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

  /** Bits up to the end of each layer, without the header. */
  get endBits(): readonly number[] {
    return this.#endBits;
  }

  /** Bits of the layers so far. */
  get bits(): number {
    return this.#writer.length;
  }

  /** Bits with one more layer whose tiles take `sizes`; `fine` as in {@link add}. */
  bitsWith(step: LadderStep, sizes: readonly number[], fine: boolean): number {
    return this.bits + this.#writer.layerLength(step, sizes, fine);
  }

  /** @param freeEnd - the layer is the last, its end is a position of its own, and its budgets are fine */
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

  /** The header if the stream ends here. */
  header(tail?: TailSection): Omit<Header, 'chunks'> {
    const last = this.#layers[this.#layers.length - 1].step;
    const end = { endPosition: position(last.level, last.toIndex), freeEnd: this.#freeEnd };
    return { ...this.#start, ...end, ...(tail && { tail: true }) };
  }

  /** Length of header and chunks if the stream ends at a position of its own. */
  startBytes(chunks: Chunks): number {
    return streamStart({ ...this.#start, endPosition: 0, freeEnd: true }, chunks).length;
  }

  /** The stream if it ends here. */
  bytes(chunks: Chunks, tail?: TailSection): Uint8Array {
    return this.#writer.bytes(this.header(), chunks, tail);
  }
}
