/** The container: header, then layers as one string of bits. docs/format.md. */

import { concatBytes } from '../../base/concat-bytes.ts';
import { crc16 } from '../../base/crc.ts';
import { MAX_DITHERED_BITS_PER_COEFFICIENT } from '../dithered/dithered-code.ts';
import { lengthCodeLength, readLength, writeLength } from '../dithered/length-code.ts';
import { coarsestLevel, tileCount } from '../grid/geometry.ts';
import { type ParsedTail, readTail, type TailSection, writeTail } from '../tail/tail-section.ts';
import { MAX_BITS_PER_COEFFICIENT } from '../trellis/trellis-code.ts';
import { BitReader, BitWriter } from './bits.ts';
import { budgetCodeLength, readBudget, writeBudget } from './budget-code.ts';
import { BudgetPredictor, type TileContext } from './budget-predictor.ts';
import { type Chunks, readChunks, writeChunks } from './chunks.ts';
import { FieldReader } from './fields.ts';
import { type Header, type ParsedHeader, readHeader, writeHeader } from './header.ts';
import { type LadderStep, ladder } from './noise-ladder.ts';

/** Code bits of one tile of one layer. */
export interface CodedTile {
  /** B, a budget of the grid (budget-code.ts). */
  readonly bits: number;
  /** The bits, most significant first. */
  readonly packed: Uint8Array;
}

/** One layer of a parsed stream. */
export interface ParsedLayer {
  readonly tiles: readonly CodedTile[];
  /** Bits from the start of the file to the end of this layer. */
  readonly endBit: number;
}

/** A parsed stream: the layers that are there and intact. */
export interface ParsedStream {
  readonly header: ParsedHeader;
  readonly chunks: Chunks;
  /** Length of header and chunks: the shortest prefix that can be decoded. */
  readonly startBytes: number;
  /** The whole ladder; `layers` may be shorter. */
  readonly steps: readonly LadderStep[];
  readonly layers: readonly ParsedLayer[];
  /** The lossless end; null if the stream has none, or not all of it is there. */
  readonly tail: ParsedTail | null;
  /** Why the layers (or the tail) end early, if they do. */
  readonly status: 'complete' | 'truncated' | 'corrupt';
  /** One line on what is corrupt; empty otherwise. */
  readonly damage: string;
}

/** The reverse steps of a stream. */
export function streamSteps(header: Header): LadderStep[] {
  return ladder(coarsestLevel(header), header.stepEighths, header.endPosition);
}

const CRC_BITS = 16;

/** A tile in a stream; its bits are copied when they are asked for, since a hostile stream may have a tile in every two bits. */
class ParsedTile implements CodedTile {
  readonly bits: number;
  readonly #bytes: Uint8Array;
  readonly #at: number;

  /** @param at - position of the first bit */
  constructor(bytes: Uint8Array, at: number, bits: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.bits = bits;
  }

  get packed(): Uint8Array {
    return new BitReader(this.#bytes, this.#at).readPacked(this.bits) ?? new Uint8Array(0);
  }
}

/** A tile without code bits, for all of them. */
const EMPTY_TILE: CodedTile = { bits: 0, packed: new Uint8Array(0) };

/** CRC-16 of a tile: of B as 4 bytes, little-endian, and its bits. */
function tileCrc({ bits, packed }: CodedTile): number {
  return crc16(Uint8Array.of(bits, bits >>> 8, bits >>> 16, bits >>> 24), packed);
}

/** Header and chunks as bytes: the shortest prefix that can be decoded. */
export function streamStart(header: Omit<Header, 'chunks'>, chunks: Chunks): Uint8Array {
  return concatBytes(writeHeader({ ...header, chunks: chunks.size > 0 }), writeChunks(chunks));
}

/** What a writer of layers must know of the header to come. */
export type LayerFraming = Pick<Header, 'width' | 'height' | 'checksums' | 'dithered'>;

/** Writes layers one by one, so that an encoder knows their length at any time; the header is put in front at the end. */
export class StreamWriter {
  readonly #framing: LayerFraming;
  readonly #out: BitWriter = new BitWriter();
  readonly #predictor: BudgetPredictor;

  constructor(framing: LayerFraming) {
    this.#framing = framing;
    this.#predictor = new BudgetPredictor(framing);
  }

  /** Bits of the layers so far. */
  get length(): number {
    return this.#out.length;
  }

  /** Bits that a layer with these budgets would take. */
  layerLength(step: LadderStep, budgets: readonly number[], fine: boolean): number {
    const { checksums, dithered } = this.#framing;
    const perTile = checksums ? CRC_BITS : 0;
    return this.#predictor.context(step).reduce((sum, { predicted }, i) => {
      const bits = budgets[i];
      const code = dithered ? lengthCodeLength(bits, predicted) : budgetCodeLength(bits, predicted, fine);
      return sum + code + bits + perTile;
    }, 0);
  }

  /**
   * Appends a layer.
   *
   * @param tiles - in the order of cutCanvas
   * @param fine - the budgets are fine ones: for the last layer of a stream whose end is a position
   */
  addLayer(step: LadderStep, tiles: readonly CodedTile[], fine: boolean): void {
    for (const [i, { predicted }] of this.#predictor.context(step).entries()) {
      const tile = tiles[i];
      if (this.#framing.dithered) writeLength(this.#out, tile.bits, predicted);
      else writeBudget(this.#out, tile.bits, predicted, fine);
      this.#out.writePacked(tile.packed, tile.bits);
      if (this.#framing.checksums) this.#out.write(tileCrc(tile), CRC_BITS);
    }
    this.#predictor.learn(step, tiles);
  }

  /** The stream: header, chunks, layers, and the tail if there is one. */
  bytes(header: Omit<Header, 'chunks' | 'tail'>, chunks: Chunks = new Map(), tail?: TailSection): Uint8Array {
    const start = streamStart({ ...header, ...(tail && { tail: true }) }, chunks);
    return concatBytes(start, this.#out.bytes(), ...(tail ? [writeTail(tail)] : []));
  }
}

/** Reads the tiles of a layer; `undefined` if the bits end, a string on damage. */
function readLayer(
  bits: BitReader,
  header: Header,
  contexts: readonly TileContext[],
  fine: boolean,
): CodedTile[] | string | undefined {
  const tiles: CodedTile[] = [];
  for (const [i, { n, predicted }] of contexts.entries()) {
    const at = bits.position;
    const budget = header.dithered ? readLength(bits, predicted) : readBudget(bits, predicted, fine);
    if (budget === undefined) return undefined;
    const most = header.dithered ? MAX_DITHERED_BITS_PER_COEFFICIENT : MAX_BITS_PER_COEFFICIENT;
    if (!(budget <= n * most)) return `tile ${i + 1} at bit ${at}: budget is out of range`;
    if (budget > bits.remaining) return undefined;
    const tile = budget === 0 ? EMPTY_TILE : new ParsedTile(bits.bytes, bits.position, budget);
    bits.position += budget;
    if (header.checksums) {
      const crc = bits.read(CRC_BITS);
      if (crc === undefined) return undefined;
      if (crc !== tileCrc(tile)) return `tile ${i + 1} at bit ${at}: checksum does not match`;
    }
    tiles.push(tile);
  }
  return tiles;
}

/** What follows the layers, which end before byte `end`. */
function readEnd(bytes: Uint8Array, end: number, header: Header): Pick<ParsedStream, 'tail' | 'status' | 'damage'> {
  const tail = header.tail ? readTail(bytes, end, header) : null;
  if (tail === undefined) return { tail: null, status: 'truncated', damage: '' };
  if (typeof tail === 'string') return { tail: null, status: 'corrupt', damage: tail };
  const rest = bytes.length - (tail?.end ?? end);
  if (rest === 0) return { tail, status: 'complete', damage: '' };
  return { tail, status: 'corrupt', damage: `${rest} bytes after the ${tail ? 'tail' : 'last layer'}` };
}

/**
 * Parses a stream or any prefix of it that holds the header. Runs no model.
 *
 * @param limitPixels - largest width * height accepted; default 268402689
 * @throws DdpmError `ERR_DDPM_CORRUPT` if the header or a chunk is damaged, `ERR_DDPM_LIMIT` if the image is too large
 */
export function parseStream(bytes: Uint8Array, limitPixels?: number): ParsedStream {
  const header = readHeader(bytes, limitPixels);
  const steps = streamSteps(header);
  const fields = new FieldReader(bytes, header.headerBytes);
  const chunks = header.chunks ? readChunks(fields) : new Map<number, Uint8Array>();
  const startBytes = fields.at;
  const start = { header, chunks, startBytes, steps, tail: null };
  const bits = new BitReader(bytes, startBytes * 8);
  const predictor = new BudgetPredictor(header);
  const layers: ParsedLayer[] = [];
  for (const step of steps) {
    // Each tile takes a bit at least: a header that claims more tiles than there are bits must not cost the memory of them.
    if (tileCount(header, step.level) > bits.remaining) return { ...start, layers, status: 'truncated', damage: '' };
    const contexts = predictor.context(step);
    const fine = header.freeEnd && layers.length === steps.length - 1;
    const tiles = readLayer(bits, header, contexts, fine);
    if (tiles === undefined) return { ...start, layers, status: 'truncated', damage: '' };
    if (typeof tiles === 'string') {
      return { ...start, layers, status: 'corrupt', damage: `layer ${layers.length + 1}, ${tiles}` };
    }
    layers.push({ tiles, endBit: bits.position });
    predictor.learn(step, tiles);
  }
  return { ...start, layers, ...readEnd(bytes, Math.ceil(bits.position / 8), header) };
}
