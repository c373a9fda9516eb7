/** How far a prefix is behind a file that was made for its size. */
import { Pchip } from '#dist/benchmark/report/pchip.js';

/** A number of bytes, and the PSNR in dB of the picture that they give. */
export interface SizePoint {
  readonly bytes: number;
  readonly psnr: number;
}

/**
 * PSNR in dB at a number of bytes: a monotone cubic over log(bytes) through the points. At a point it is the point's own.
 *
 * @param points - two or more, by strictly ascending bytes
 * @throws RangeError for other points, or if `bytes` is not between the first and the last
 */
export function psnrAt(points: readonly SizePoint[], bytes: number): number {
  const exact = points.find((point) => point.bytes === bytes);
  if (exact) return exact.psnr;
  const curve = new Pchip(
    points.map((point) => Math.log(point.bytes)),
    points.map(({ psnr }) => psnr),
  );
  return curve.at(Math.log(bytes));
}

/** A prefix beside a file that was made for as many bytes. */
export interface Compared extends SizePoint {
  /** PSNR in dB of the file. */
  readonly file: number;
}

/** How many dB a prefix is behind; negative where it is ahead. */
export function gapOf({ psnr, file }: Compared): number {
  return file - psnr;
}

/** The prefix that is furthest behind. There must be one. */
export function worstOf<T extends Compared>(prefixes: readonly T[]): T {
  return prefixes.reduce((worst, prefix) => (gapOf(prefix) > gapOf(worst) ? prefix : worst));
}
