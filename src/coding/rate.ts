/** Bits per pixel as a length. */
import type { Size } from '../codec/grid/geometry.ts';

/** Number of whole bytes of a picture at a rate; a rate that was computed from a number of bytes gives that number. */
export function bytesAt(bpp: number, { width, height }: Size): number {
  return Math.floor((bpp * width * height) / 8 + 1e-9);
}
