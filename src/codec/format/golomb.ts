/** Exponential-Golomb codes of order 0. docs/format.md, "Budgets". */
import type { BitReader, BitWriter } from './bits.ts';

/** Most leading zeros of a code that is read; all numbers that are written have fewer. */
const MOST_ZEROS = 16;

/** The number >= 0 that stands for a signed one: 0, 1, -1, 2, -2, ... */
export function signedNumber(value: number): number {
  return value > 0 ? 2 * value - 1 : -2 * value;
}

/** Number of bits of the code of a number >= 0. */
export function golombLength(number: number): number {
  return 2 * (32 - Math.clz32(number + 1)) - 1;
}

/** Appends the code of a number >= 0. */
export function writeGolomb(out: Pick<BitWriter, 'write'>, number: number): void {
  const length = 32 - Math.clz32(number + 1);
  out.write(0, length - 1);
  out.write(number + 1, length);
}

/**
 * Reads a number.
 *
 * @param mostZeros - most leading zeros of a valid code
 * @returns undefined if the bits end, NaN if the code is not valid
 */
export function readGolomb(bits: BitReader, mostZeros: number = MOST_ZEROS): number | undefined {
  let zeros = 0;
  for (;;) {
    const bit = bits.read(1);
    if (bit === undefined) return undefined;
    if (bit === 1) break;
    if (++zeros > mostZeros) return Number.NaN;
  }
  const rest = bits.read(zeros);
  return rest === undefined ? undefined : 2 ** zeros + rest - 1;
}

/** Reads a signed number, as {@link signedNumber} counts them; undefined and NaN as {@link readGolomb}. */
export function readSignedGolomb(bits: BitReader, mostZeros: number = MOST_ZEROS): number | undefined {
  const number = readGolomb(bits, mostZeros);
  if (number === undefined) return undefined;
  return number & 1 ? (number + 1) / 2 : -number / 2;
}
