/**
 * Variance gains of a tile: side information that makes a model's predicted variances larger or smaller, for pictures
 * that are unlike what the model has seen. Without it a wrong prediction costs the square of its error in predicted
 * standard deviations; with it about the logarithm. Usual tiles have none and pay nothing for it.
 * docs/format.md, "Variance gains"; docs/design/gains.md.
 */
import { inheritTiles, type LayerTiles, type Size } from '../grid/geometry.ts';
import { BLOCK, BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import type { BitReader, BitWriter } from './bits.ts';
import { readGolomb, readSignedGolomb, signedNumber, writeGolomb } from './golomb.ts';

/** Exponents of a tile's gains, one for each of the 192 classes (colour, u, v): variances are multiplied by 4^exponent. */
export type Gains = Int8Array;

/** Least and largest exponent. */
export const LEAST_GAIN = -4;
export const MOST_GAIN = 11;

/** The gains of a tile whose variances are as the model says. */
export const NO_GAINS: Gains = new Int8Array(BLOCK_COEFFICIENTS);

/** Number of groups of classes that can change together. */
export const GAIN_GROUPS = 2;

/** Group of a class: 0 for the means of blocks (u = v = 0), 1 for all others. */
export function gainGroup(bandClass: number): number {
  return bandClass % (BLOCK * BLOCK) === 0 ? 0 : 1;
}

/** The gains of a layer's tiles, in the order of cutCanvas. */
export type LayerGains = LayerTiles<Gains>;

/** The gains that are predicted for the tiles of a layer: those of the layer before, at the same place. */
export function predictGains(image: Size, level: number, before: LayerGains | undefined): readonly Gains[] {
  return inheritTiles(image, level, before, NO_GAINS);
}

/** True if two tiles have the same gains. */
export function sameGains(a: Gains, b: Gains): boolean {
  return a === b || a.every((exponent, i) => exponent === b[i]);
}

/** Zeros before the 1 that announces gains which differ from the prediction. Codes of budgets begin with fewer. */
export const GAIN_PREFIX_ZEROS = 9;

/** The gains as changes of the predicted ones: a shift for each group, and what single classes differ from that. */
function changesOf(gains: Gains, predicted: Gains): { shifts: number[]; singles: { run: number; change: number }[] } {
  const shifts = Array.from({ length: GAIN_GROUPS }, (_, group) => {
    const counts = new Map<number, number>();
    for (let i = 0; i < gains.length; i++) {
      if (gainGroup(i) !== group) continue;
      const change = gains[i] - predicted[i];
      counts.set(change, (counts.get(change) ?? 0) + 1);
    }
    return [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0];
  });
  const singles: { run: number; change: number }[] = [];
  let run = 0;
  for (let i = 0; i < gains.length; i++) {
    const change = gains[i] - predicted[i] - shifts[gainGroup(i)];
    if (change === 0) run++;
    else {
      singles.push({ run, change });
      run = 0;
    }
  }
  return { shifts, singles };
}

/** A writer that only counts. */
class BitCounter {
  length = 0;

  write(_value: number, count: number): void {
    this.length += count;
  }
}

/** Number of bits that a tile's gains take; 0 if they are as predicted. */
export function gainsCodeLength(gains: Gains, predicted: Gains): number {
  const counter = new BitCounter();
  writeGains(counter, gains, predicted);
  return counter.length;
}

/** Appends the gains of a tile; nothing if they are as predicted. */
export function writeGains(out: Pick<BitWriter, 'write'>, gains: Gains, predicted: Gains): void {
  if (sameGains(gains, predicted)) return;
  out.write(1, GAIN_PREFIX_ZEROS + 1);
  const { shifts, singles } = changesOf(gains, predicted);
  for (const shift of shifts) writeGolomb(out, signedNumber(shift));
  writeGolomb(out, singles.length);
  for (const { run, change } of singles) {
    writeGolomb(out, run);
    writeGolomb(out, signedNumber(change) - 1);
  }
}

/**
 * Reads what {@link writeGains} wrote.
 *
 * @returns the gains, the predicted ones if none are sent; undefined if the bits end (also within the prefix: no code of
 *   a budget begins like it), `damaged` if they are no valid code
 */
export function readGains(bits: BitReader, predicted: Gains): Gains | undefined | 'damaged' {
  const at = bits.position;
  const end = bits.read(GAIN_PREFIX_ZEROS) === 0 ? bits.read(1) : 0;
  if (end === undefined) return undefined;
  if (end === 0) {
    bits.position = at;
    return predicted;
  }
  const shifts: number[] = [];
  for (let group = 0; group < GAIN_GROUPS; group++) {
    const shift = readSignedGolomb(bits);
    if (shift === undefined) return undefined;
    shifts.push(shift);
  }
  const exponents = Array.from(predicted, (exponent, i) => exponent + shifts[gainGroup(i)]);
  const count = readGolomb(bits);
  if (count === undefined) return undefined;
  if (!(count <= BLOCK_COEFFICIENTS)) return 'damaged';
  for (let j = 0, i = 0; j < count; j++, i++) {
    const run = readGolomb(bits);
    const code = readGolomb(bits);
    if (run === undefined || code === undefined) return undefined;
    i += run;
    if (!(i < BLOCK_COEFFICIENTS)) return 'damaged';
    exponents[i] += code & 1 ? -(code + 1) / 2 : code / 2 + 1;
  }
  const areValid = exponents.every((exponent) => exponent >= LEAST_GAIN && exponent <= MOST_GAIN);
  return areValid ? Int8Array.from(exponents) : 'damaged';
}

/** Applies gains to a spectrum in 1/16 octave. */
export function gainedSpectrum(spectrum: Int32Array, gains: Gains): Int32Array {
  if (sameGains(gains, NO_GAINS)) return spectrum;
  return spectrum.map((log2, i) => log2 + 32 * gains[i]);
}
