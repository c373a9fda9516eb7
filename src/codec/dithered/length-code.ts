/**
 * Code of the length of a tile's message, which stands in front of the message: a grid point, coded as budgets are, and
 * the number of bytes above it. docs/format.md, "Message lengths".
 */
import type { BitReader, BitWriter } from '../format/bits.ts';
import { budgetCodeLength, gridBudget, nearestGridIndex, readBudget, writeBudget } from '../format/budget-code.ts';

/** Bits that number the bytes between a grid point and the next; 0 where the grid is finer than bytes. */
function remainderBits(gridBits: number): number {
  return Math.max(0, 31 - Math.clz32(gridBits) - 6);
}

/** The largest grid point that does not exceed a length in bits. */
function gridBelow(bits: number): number {
  const nearest = nearestGridIndex(bits);
  return gridBudget(gridBudget(nearest) > bits ? nearest - 1 : nearest);
}

/**
 * Number of bits of the code of a length.
 *
 * @param bits - the length, a multiple of 8 below 2^31
 * @param predicted - number of the predicted grid point
 */
export function lengthCodeLength(bits: number, predicted: number): number {
  const grid = gridBelow(bits);
  return budgetCodeLength(grid, predicted, false) + remainderBits(grid);
}

/** Appends the code of a length. */
export function writeLength(out: BitWriter, bits: number, predicted: number): void {
  const grid = gridBelow(bits);
  writeBudget(out, grid, predicted, false);
  out.write((bits - grid) / 8, remainderBits(grid));
}

/** Reads what {@link writeLength} wrote; undefined if the bits end, NaN if they are no valid code. */
export function readLength(bits: BitReader, predicted: number): number | undefined {
  const grid = readBudget(bits, predicted, false);
  if (grid === undefined || Number.isNaN(grid)) return grid;
  // Grid points below 64 need not be whole bytes, and no tile comes near 2^31.
  if (grid % 8 !== 0 || grid >= 2 ** 31) return Number.NaN;
  const remainder = bits.read(remainderBits(grid));
  return remainder === undefined ? undefined : grid + 8 * remainder;
}
