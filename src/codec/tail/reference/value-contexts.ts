/** Contexts of exact values around a sample, as hashes. docs/format.md, "Tail histories". */
import type { Size } from '../../grid/geometry.ts';
import { mixHash } from './bit-histories.ts';
import { f32 } from './float32.ts';

/** Number of contexts. */
export const VALUE_CONTEXTS = 4;

/** The coded pixels of two rows, packed in 24 bits each; 0 for those that are not coded or beyond the image. */
export class ValueContexts {
  /** Rows above and of the current pixel, with a pixel of border on the left. */
  #above: Uint32Array;
  #row: Uint32Array;
  #column = 0;
  readonly #samples: Uint8Array = new Uint8Array(3);

  constructor({ width }: Size) {
    this.#above = new Uint32Array(width + 2);
    this.#row = new Uint32Array(width + 2);
  }

  /** Starts a pixel. */
  visit(column: number): void {
    if (column === 0) {
      const above = this.#row;
      this.#row = this.#above.fill(0);
      this.#above = above;
    }
    this.#column = column;
    this.#samples.fill(0);
  }

  /**
   * Computes the hashes for a colour of the pixel; the colours before it must be told.
   *
   * @param mean - prediction of the sample in grey levels
   */
  fill(hashes: Uint32Array, colour: number, mean: number): void {
    const column = this.#column;
    const left = this.#row[column];
    const above = this.#above[column + 1];
    const expected = Math.min(Math.max(Math.floor(f32(mean + 0.5)), 0), 255);
    let before = colour + 1;
    for (let q = 0; q < colour; q++) before = (before << 8) | this.#samples[q];
    const own = mixHash(before, 77);
    hashes[0] = mixHash(own, 1);
    hashes[1] = mixHash(own, left);
    hashes[2] = mixHash(own, above);
    hashes[3] = mixHash(mixHash(own, expected >> 2), 95);
    for (let i = 0; i < VALUE_CONTEXTS; i++) hashes[i] = mixHash(hashes[i], i);
  }

  /** Tells the grey level of a colour of the pixel. */
  tell(colour: number, grey: number): void {
    this.#samples[colour] = grey;
    this.#row[this.#column + 1] |= grey << (16 - 8 * colour);
  }
}
