/** The container: header, then layers as one string of bits. docs/format.md. */
import { BitReader, BitWriter } from './bits.ts';
import { crc16 } from './crc.ts';
import { canvasSize, coarsestLevel, cutCanvas, TILE } from './geometry.ts';
import { type Header, type ParsedHeader, readHeader, writeHeader } from './header.ts';
import { type LadderStep, ladder } from './ladder.ts';
import { type BudgetHistory, readBudget, typicalBits16, writeBudget } from './side-info.ts';
import { MAX_BITS_PER_STAGE } from './trellis/code.ts';

/** Code bits of one tile of one layer. */
export interface CodedTile {
  /** B, a budget of the grid (side-info.ts). */
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
  /** The whole ladder; `layers` may be shorter. */
  readonly steps: readonly LadderStep[];
  readonly layers: readonly ParsedLayer[];
  /** Why the layers end early, if they do. */
  readonly status: 'complete' | 'truncated' | 'corrupt';
  /** One line on what is corrupt; empty otherwise. */
  readonly damage: string;
}

/** The reverse steps of a stream. */
export function streamSteps(header: Header): LadderStep[] {
  return ladder(coarsestLevel(header), header.stepEighths, header.endPosition);
}

/** Numbers of coefficients of each tile of a layer. */
export function tileCoefficients(header: Header, step: LadderStep): number[] {
  return cutCanvas(canvasSize(header, step.level), TILE).map((rect) => rect.width * rect.height * 3);
}

/** What budgets of the next layer are predicted from: tile by tile within a level, the whole layer across levels. */
class BudgetPredictor {
  readonly #header: Header;
  #level = -1;
  #tiles: BudgetHistory[] = [];

  constructor(header: Header) {
    this.#header = header;
  }

  /** Typical bits and history for each tile of a layer. */
  context(step: LadderStep): { n: number; typical16: number; history: BudgetHistory | undefined }[] {
    const all = this.#tiles.reduce(
      (sum, tile) => ({ bits: sum.bits + tile.bits, typical16: sum.typical16 + tile.typical16 }),
      { bits: 0, typical16: 0 },
    );
    const whole = this.#level < 0 ? undefined : all;
    return tileCoefficients(this.#header, step).map((n, i) => ({
      n,
      typical16: typicalBits16(n, step),
      history: this.#level === step.level ? this.#tiles[i] : whole,
    }));
  }

  learn(step: LadderStep, tiles: BudgetHistory[]): void {
    this.#level = step.level;
    this.#tiles = tiles;
  }
}

/** CRC-16 of a tile: of B as 4 bytes, little-endian, and its bits. */
function tileCrc({ bits, packed }: CodedTile): number {
  return crc16(Uint8Array.of(bits, bits >>> 8, bits >>> 16, bits >>> 24), packed);
}

/** Writes a stream layer by layer, so that an encoder knows its length at any time. */
export class StreamWriter {
  readonly #header: Header;
  readonly #out: BitWriter = new BitWriter();
  readonly #predictor: BudgetPredictor;
  readonly headerBytes: number;

  constructor(header: Header) {
    this.#header = header;
    this.#predictor = new BudgetPredictor(header);
    const bytes = writeHeader(header);
    this.headerBytes = bytes.length;
    this.#out.writePacked(bytes, bytes.length * 8);
  }

  /** Bits so far. */
  get length(): number {
    return this.#out.length;
  }

  /** Appends a layer; `tiles` in the order of cutCanvas. */
  addLayer(step: LadderStep, tiles: readonly CodedTile[]): void {
    const contexts = this.#predictor.context(step);
    for (const [i, { typical16, history }] of contexts.entries()) {
      const tile = tiles[i];
      writeBudget(this.#out, tile.bits, typical16, history);
      this.#out.writePacked(tile.packed, tile.bits);
      if (this.#header.checksums) this.#out.write(tileCrc(tile), 16);
    }
    this.#predictor.learn(
      step,
      contexts.map(({ typical16 }, i) => ({ bits: tiles[i].bits, typical16 })),
    );
  }

  /** The stream so far. */
  bytes(): Uint8Array {
    return this.#out.bytes();
  }
}

/** Reads the tiles of a layer; `undefined` if the bits end, a string on damage. */
function readLayer(
  bits: BitReader,
  header: Header,
  contexts: ReturnType<BudgetPredictor['context']>,
): CodedTile[] | string | undefined {
  const tiles: CodedTile[] = [];
  for (const [i, { n, typical16, history }] of contexts.entries()) {
    const at = bits.position;
    const budget = readBudget(bits, typical16, history);
    if (budget === undefined) return undefined;
    if (!(budget <= n * MAX_BITS_PER_STAGE)) return `tile ${i + 1} at bit ${at}: budget is out of range`;
    const packed = bits.readPacked(budget);
    if (packed === undefined) return undefined;
    const tile = { bits: budget, packed };
    if (header.checksums) {
      const crc = bits.read(16);
      if (crc === undefined) return undefined;
      if (crc !== tileCrc(tile)) return `tile ${i + 1} at bit ${at}: checksum does not match`;
    }
    tiles.push(tile);
  }
  return tiles;
}

/**
 * Parses a stream or any prefix of it that holds the header. Runs no model.
 *
 * @param limitPixels - largest width * height accepted; default 268402689
 * @throws DdpmError `ERR_DDPM_CORRUPT` if the header is damaged, `ERR_DDPM_LIMIT` if the image is too large
 */
export function parseStream(bytes: Uint8Array, limitPixels?: number): ParsedStream {
  const header = readHeader(bytes, limitPixels);
  const steps = streamSteps(header);
  const bits = new BitReader(bytes, header.headerBytes * 8);
  const predictor = new BudgetPredictor(header);
  const layers: ParsedLayer[] = [];
  for (const step of steps) {
    const contexts = predictor.context(step);
    const tiles = readLayer(bits, header, contexts);
    if (tiles === undefined) return { header, steps, layers, status: 'truncated', damage: '' };
    if (typeof tiles === 'string') {
      return { header, steps, layers, status: 'corrupt', damage: `layer ${layers.length + 1}, ${tiles}` };
    }
    layers.push({ tiles, endBit: bits.position });
    predictor.learn(
      step,
      contexts.map(({ typical16 }, i) => ({ bits: tiles[i].bits, typical16 })),
    );
  }
  const end = Math.ceil(bits.position / 8);
  if (end < bytes.length) {
    return { header, steps, layers, status: 'corrupt', damage: `${bytes.length - end} bytes after the last layer` };
  }
  return { header, steps, layers, status: 'complete', damage: '' };
}
