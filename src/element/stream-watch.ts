/** What is known of a stream while its bytes arrive: its size, its layers, and how many bytes a picture of it takes. */
import { DdpmError } from '../base/errors.ts';
import { isDdpm } from '../codec/format/file-type.ts';
import { StreamParser, type StreamStart } from '../codec/format/stream-parser.ts';
import type { Size } from '../codec/grid/geometry.ts';
import { neededLayers, reducedSize } from '../coding/decoder/reduced-size.ts';
import { contradiction, indexEntries, indexOf } from '../coding/stream-index-info.ts';
import type { Box } from '../image/fit-inside.ts';

/** Number of bytes by which a file is recognised: the longest header. */
const HEADER_BYTES = 31;

/** Number of parts of a tail of which each is worth a frame of its rows. */
const TAIL_PARTS = 16;

/** Parses a stream while it arrives. Runs no model. */
export class StreamWatch {
  readonly #parser: StreamParser = new StreamParser();
  readonly #first: number[] = [];
  /** The last answer of {@link bytesFor}. */
  #known: (Box & { readonly length: number; readonly bytes: number | undefined }) | undefined;

  /**
   * Takes further bytes.
   *
   * @throws DdpmError `ERR_DDPM_CORRUPT` if this is no stream or its header is damaged, `ERR_DDPM_LIMIT` if it has too many pixels
   */
  push(chunk: Uint8Array): void {
    if (!this.#parser.begun && this.#first.length < HEADER_BYTES) {
      this.#first.push(...chunk.subarray(0, HEADER_BYTES));
      if (this.#first.length >= 2 && !isDdpm(Uint8Array.from(this.#first))) {
        throw new DdpmError('ERR_DDPM_CORRUPT', 'this is not a .ddpm file: its first bytes are others');
      }
    }
    this.#parser.push(chunk);
  }

  /** Size of the coded picture; undefined until it is known. */
  get size(): Size | undefined {
    return this.#parser.begun?.header;
  }

  /** Length in bytes of header and chunks; 0 until they are complete. */
  get startBytes(): number {
    return this.#parser.start?.startBytes ?? 0;
  }

  /** Number of complete layers that are here. */
  get layers(): number {
    return this.#parser.layers.length;
  }

  /**
   * Number of parts of a tail that are worth a frame each, in the first `bytes` bytes of those that are here; 0 without any.
   *
   * @param bytes - default: all
   */
  tailParts(bytes: number = this.#parser.length): number {
    const tail = this.#parser.tail ?? this.#parser.partialTail;
    if (!tail) return 0;
    const { end, data, length } = tail;
    const there = Math.min(bytes, end) - (end - data.length);
    return Math.max(0, Math.floor((there * TAIL_PARTS) / Math.max(length, 1)));
  }

  /** Whether more bytes bring nothing: the stream is complete, or damaged. */
  get isEnded(): boolean {
    return this.#parser.start !== undefined && this.#parser.parsed().status !== 'truncated';
  }

  /**
   * Number of bytes that a picture in a box takes.
   *
   * @returns Infinity: all of the file, as where it has no index or a wrong one; undefined: not known yet
   */
  bytesFor(box: Box): number | undefined {
    const { length } = this.#parser;
    const { maxWidth, maxHeight } = box;
    const known = this.#known;
    // Asked for whenever the turns of a page are looked at.
    if (known && known.length === length && known.maxWidth === maxWidth && known.maxHeight === maxHeight) {
      return known.bytes;
    }
    const bytes = this.#findBytes(box);
    this.#known = { length, maxWidth, maxHeight, bytes };
    return bytes;
  }

  #findBytes(box: Box): number | undefined {
    const { begun, start } = this.#parser;
    if (!begun) return undefined;
    const index = indexOf(begun);
    if (index === null && !start) return undefined;
    if (index === null || typeof index === 'string' || this.#contradicts(index)) return Number.POSITIVE_INFINITY;
    const needed = this.#layersFor(begun, box);
    const entries = indexEntries(index);
    const isCoarse = reducedSize(begun.header, box).level > 0;
    const last = isCoarse ? entries[needed - 1] : entries.at(-1);
    const end = last?.bytes ?? index.startBytes;
    const isShort = this.#parser.length >= end && this.layers < needed;
    return isShort ? Number.POSITIVE_INFINITY : end;
  }

  /** Number of layers of the levels before the finest one that a picture in a box needs. */
  coarseLayers(box: Box): number {
    const { begun } = this.#parser;
    if (!begun) return 0;
    const { level } = reducedSize(begun.header, box);
    return begun.steps.filter((step) => step.level > level).length;
  }

  #layersFor({ header, steps }: StreamStart, box: Box): number {
    return neededLayers(steps, reducedSize(header, box));
  }

  #contradicts(index: Exclude<ReturnType<typeof indexOf>, string | null>): boolean {
    return this.#parser.start !== undefined && contradiction(index, this.#parser.parsed()) !== undefined;
  }
}
