/**
 * The bytes of a placeholder: two bytes of header, then layers (one string of bits). docs/placeholders.md, "Format".
 */
import { DdpmError } from '../../base/errors.ts';
import { BitReader, BitWriter } from '../format/bits.ts';
import { budgetCodeLength, readBudget, writeBudget } from '../format/budget-code.ts';
import { BudgetPredictor } from '../format/budget-predictor.ts';
import type { CodedTile } from '../format/coded-tile.ts';
import { type LadderStep, ladder } from '../format/noise-ladder.ts';
import type { Size } from '../grid/geometry.ts';
import { MAX_BITS_PER_COEFFICIENT } from '../trellis/trellis-code.ts';

/** Longer side of every placeholder in pixels: small enough for a single tile and a single pyramid level. */
export const PLACEHOLDER_SIDE = 32;
/** Smallest and largest value of the option `bytes`, the size of a placeholder. */
export const PLACEHOLDER_BYTES = { min: 16, max: 1024 } as const;
/** Number of seeds that the header can store: 0..7. */
export const PLACEHOLDER_SEEDS = 8;
/** Nominal ladder step in eighths of log-SNR. */
export const PLACEHOLDER_STEP_EIGHTHS = 12;

/** Number of bits of each header field, in the order of the stream. */
const FIELD = { portrait: 1, shorterSide: 5, seed: 3, end: 7 } as const;
const HEADER_BITS = 16;
/** The header's end e stands for position 576 - 18 e. */
const FIRST_END = 576;
const END_SPACING = 18;
const LAST_END_NUMBER = 127;

/** Positions at which a placeholder's last layer can end, descending. */
export const PLACEHOLDER_ENDS: readonly number[] = Array.from(
  { length: LAST_END_NUMBER + 1 },
  (_, e) => FIRST_END - END_SPACING * e,
);

/** Fields of the header. */
export interface PlaceholderHeader extends Size {
  /** 0..7. */
  readonly seed: number;
  /** One of {@link PLACEHOLDER_ENDS}. */
  readonly endPosition: number;
}

/** A parsed placeholder: its complete layers. */
export interface ParsedPlaceholder {
  readonly header: PlaceholderHeader;
  /** The steps of the whole ladder; `layers` may be shorter. */
  readonly steps: readonly LadderStep[];
  readonly layers: readonly CodedTile[];
}

/** Size of a placeholder's picture: the aspect of the image, with a longer side of 32 pixels. */
export function placeholderSize({ width, height }: Size): Size {
  const scale = PLACEHOLDER_SIDE / Math.max(width, height);
  const side = (pixels: number): number => Math.max(1, Math.round(pixels * scale));
  return { width: side(width), height: side(height) };
}

/** Writes layers one by one, so that an encoder always knows their length; the header is written at the end. */
export class PlaceholderWriter {
  readonly #out: BitWriter = new BitWriter();
  readonly #predictor: BudgetPredictor;

  /** @param size - from {@link placeholderSize} */
  constructor(size: Size) {
    this.#predictor = new BudgetPredictor(size);
  }

  /** Number of bits of the header and the layers so far. */
  get length(): number {
    return HEADER_BITS + this.#out.length;
  }

  #predicted(step: LadderStep): number {
    return this.#predictor.context(step)[0].predicted;
  }

  /** Number of bits that a layer with this budget would take; `last` as in {@link addLayer}. */
  layerLength(step: LadderStep, budget: number, last: boolean): number {
    return budgetCodeLength(budget, this.#predicted(step), last) + budget;
  }

  /** Appends a layer; the last one has a fine budget. */
  addLayer(step: LadderStep, tile: CodedTile, last: boolean): void {
    writeBudget(this.#out, tile.bits, this.#predicted(step), last);
    this.#out.writePacked(tile.packed, tile.bits);
    this.#predictor.learn(step, [tile]);
  }

  /** The bytes of the placeholder. */
  bytes({ width, height, seed, endPosition }: PlaceholderHeader): Uint8Array {
    const out = new BitWriter();
    out.write(height > width ? 1 : 0, FIELD.portrait);
    out.write(Math.min(width, height) - 1, FIELD.shorterSide);
    out.write(seed, FIELD.seed);
    out.write((FIRST_END - endPosition) / END_SPACING, FIELD.end);
    out.writePacked(this.#out.bytes(), this.#out.length);
    return out.bytes();
  }
}

function corrupt(why: string): DdpmError {
  return new DdpmError('ERR_DDPM_CORRUPT', `bad placeholder: ${why}`);
}

function readHeader(bits: BitReader): PlaceholderHeader {
  const field = (count: number): number => {
    const value = bits.read(count);
    if (value === undefined)
      throw corrupt(`its 2 bytes of header are not there, only ${bits.position + bits.remaining} bits`);
    return value;
  };
  const portrait = field(FIELD.portrait) === 1;
  const shorter = field(FIELD.shorterSide) + 1;
  const seed = field(FIELD.seed);
  const endPosition = FIRST_END - END_SPACING * field(FIELD.end);
  const [width, height] = portrait ? [shorter, PLACEHOLDER_SIDE] : [PLACEHOLDER_SIDE, shorter];
  return { width, height, seed, endPosition };
}

/**
 * Reads a layer; undefined if the bits end.
 *
 * @throws DdpmError `ERR_DDPM_CORRUPT` if the budget is out of range
 */
function readLayer(bits: BitReader, n: number, predicted: number, last: boolean): CodedTile | undefined {
  const at = bits.position;
  const budget = readBudget(bits, predicted, last);
  if (budget === undefined) return undefined;
  if (!(budget <= n * MAX_BITS_PER_COEFFICIENT)) throw corrupt(`the budget at bit ${at} is out of range`);
  const packed = bits.readPacked(budget);
  return packed && { bits: budget, packed };
}

/**
 * Parses a placeholder, or a prefix of at least two bytes. Runs no model.
 *
 * @throws DdpmError `ERR_DDPM_CORRUPT` if it breaks the format
 */
export function parsePlaceholder(bytes: Uint8Array): ParsedPlaceholder {
  const { max } = PLACEHOLDER_BYTES;
  if (bytes.length > max) throw corrupt(`${bytes.length} bytes, expected at most ${max}`);
  const bits = new BitReader(bytes);
  const header = readHeader(bits);
  const steps = ladder(0, PLACEHOLDER_STEP_EIGHTHS, header.endPosition);
  const predictor = new BudgetPredictor(header);
  const layers: CodedTile[] = [];
  for (const step of steps) {
    const { n, predicted } = predictor.context(step)[0];
    const layer = readLayer(bits, n, predicted, layers.length === steps.length - 1);
    if (!layer) return { header, steps, layers };
    layers.push(layer);
    predictor.learn(step, [layer]);
  }
  if (bits.remaining >= 8) throw corrupt(`${Math.floor(bits.remaining / 8)} bytes after the last layer`);
  return { header, steps, layers };
}
