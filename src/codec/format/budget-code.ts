/**
 * The bit budget B of a tile: the only side information of a layer. Budgets lie on a grid with 8 points an octave (the
 * exact budget matters little, since the optimum is flat). They are coded as the difference from a prediction; all
 * arithmetic is in integers. docs/format.md, "Budgets".
 */
import type { BitReader, BitWriter } from './bits.ts';
import { golombLength, readSignedGolomb, signedNumber, writeGolomb } from './golomb.ts';
import { type LadderStep, OCTAVE } from './noise-ladder.ts';

/** Grid points an octave. */
const PER_OCTAVE = 8;
const MANTISSA_BITS = 3;
/** Most leading zeros of a budget code; more is damage. Enough for every difference of two grid points. */
const MAX_PREFIX = 8;
/** Number of grid points; the point of this number would be 2^32. */
const MAX_INDEX = 240;

/** Budget of a grid point: 0..16 in steps of 1, then 8 points an octave. */
export function gridBudget(index: number): number {
  if (index < 2 * PER_OCTAVE) return index;
  return (PER_OCTAVE + (index & (PER_OCTAVE - 1))) * 2 ** ((index >>> MANTISSA_BITS) - 1);
}

/** A fine budget divides the distance between two grid points into 2^FINE_BITS parts. */
const FINE_BITS = 4;

/** The largest fine budget that does not exceed a number of bits >= 0. */
export function fineBudget(bits: number): number {
  const { index, fraction } = finePoint(Math.floor(bits));
  return betweenGrid(index, fraction);
}

/** Budget at a fraction, in 1/16, of the way from a grid point to the next. */
function betweenGrid(index: number, fraction: number): number {
  return gridBudget(index) + Math.floor((fraction * (gridBudget(index + 1) - gridBudget(index))) / 2 ** FINE_BITS);
}

/**
 * Grid point at or below a whole number of bits, and the largest fraction of the way to the next that is not above it.
 */
function finePoint(bits: number): { index: number; fraction: number } {
  let index = nearestGridIndex(bits);
  if (gridBudget(index) > bits) index--;
  let fraction = 2 ** FINE_BITS - 1;
  while (betweenGrid(index, fraction) > bits) fraction--;
  return { index, fraction };
}

/** Number of the grid point nearest to a number of bits >= 0; the lower one of two at the same distance. */
export function nearestGridIndex(bits: number): number {
  if (bits < 2 * PER_OCTAVE) return Math.max(0, Math.ceil(bits - 0.5)); // not -0
  const octave = 31 - Math.clz32(bits) - MANTISSA_BITS;
  return (octave << MANTISSA_BITS) + Math.ceil(bits / 2 ** octave - 0.5);
}

/**
 * log2 of the typical bits per coefficient and octave of sigma, in 1/16, at noise index -2048, -1792, ... 1536.
 * Measured with the first photo-net on 64 CIFAR-10 images (KL of every layer at ladder step 1.5). An inaccurate value
 * costs only a few bits.
 */
const TYPICAL_RATE = [-5, -8, -11, -16, -22, -31, -43, -57, -73, -90, -112, -136, -163, -193, -223];
const RATE_FROM = -2048;
const RATE_SPACING = 256;
/** floor(2^16 * 2^(f / 16)). */
const POWERS = Array.from({ length: 16 }, (_, f) => {
  let power = 65536;
  for (const [bit, root] of [
    [8, Math.SQRT2],
    [4, 1.189207115002721],
    [2, 1.0905077326652577],
    [1, 1.0442737824274138],
  ]) {
    if (f & bit) power *= root;
  }
  return Math.floor(power);
});

/** log2 of the typical rate at a noise index, in 1/16: linear between the knots, rounded down. */
function typicalRate(index: number): number {
  const clamped = Math.min(Math.max(index - RATE_FROM, 0), RATE_SPACING * (TYPICAL_RATE.length - 1) - 1);
  const knot = clamped >> 8;
  const share = clamped & (RATE_SPACING - 1);
  return (TYPICAL_RATE[knot] * (RATE_SPACING - share) + TYPICAL_RATE[knot + 1] * share) >> 8;
}

/** Typical bits of a step over n coefficients, in 1/16 bit, an integer. Long steps are summed octave by octave. */
export function typicalBits16(n: number, step: LadderStep): number {
  let sum = 0;
  for (let from = step.fromIndex; from > step.toIndex; from -= OCTAVE) {
    const to = Math.max(from - OCTAVE, step.toIndex);
    const log16 = typicalRate((from + to) >> 1);
    // Units: index distance 2^8 an octave, POWERS 2^16, result 2^4 a bit.
    sum += Math.floor((n * (from - to) * POWERS[log16 & 15]) / 2 ** (20 - (log16 >> 4)));
  }
  return sum;
}

/** What a budget is predicted from: the bits of an earlier step, and the typical bits of that step in 1/16 bit. */
export interface BudgetHistory {
  readonly bits: number;
  readonly typical16: number;
}

/** Number of the grid point predicted for a step that typically takes `typical16` sixteenths of a bit. */
export function predictedIndex(typical16: number, history: BudgetHistory | undefined): number {
  if (!history) return nearestGridIndex(typical16 >>> 4);
  const scaled = Math.floor(((2 * history.bits + 1) * 8 * typical16) / (history.typical16 + 8));
  return nearestGridIndex(Math.min(Math.floor(scaled / 16), 2 ** 30));
}

/** Number of bits of the code of a budget. */
export function budgetCodeLength(budget: number, predicted: number, fine: boolean): number {
  const index = fine ? finePoint(budget).index : nearestGridIndex(budget);
  return golombLength(signedNumber(index - predicted)) + (fine ? FINE_BITS : 0);
}

/** Appends the code of a budget: a grid point, or a fine budget (in the last layer of a stream with a free end). */
export function writeBudget(out: BitWriter, budget: number, predicted: number, fine: boolean): void {
  const { index, fraction } = fine ? finePoint(budget) : { index: nearestGridIndex(budget), fraction: 0 };
  writeGolomb(out, signedNumber(index - predicted));
  if (fine) out.write(fraction, FINE_BITS);
}

/** Reads what {@link writeBudget} wrote; undefined if the bits end, NaN if they are no valid code. */
export function readBudget(bits: BitReader, predicted: number, fine: boolean): number | undefined {
  const difference = readSignedGolomb(bits, MAX_PREFIX);
  const fraction = fine ? bits.read(FINE_BITS) : 0;
  if (difference === undefined || fraction === undefined) return undefined;
  const index = predicted + difference;
  return index >= 0 && index < MAX_INDEX ? betweenGrid(index, fraction) : Number.NaN;
}
