/** One scale of SSIMULACRA 2: takes rows of two pictures, adds up their errors, and hands rows of half the size on. */
import type { Ssimulacra2Kernel } from './kernel.ts';
import { CHANNELS, type Errors } from './score.ts';

/** Samples before and behind those of a row, all 0. */
const BEFORE = 4;
const BEHIND = 8;
const BYTES = 4;
/** Rows that the blur takes: four on each side. */
const WINDOW = 9;
const RADIUS = 4;
/** Rows of a block: samples of two pictures, their means, squares and product. */
const BLOCK_ROWS = 7;
/** Rows of linear light: R, G and B of two pictures. */
const LINEAR_ROWS = 6;
/** Numbers of 64 bits that the kernel adds to. */
const SUMS = 6;

/** Gives out memory of the kernel. */
export interface Allocator {
  /** @returns the address; a multiple of 16 */
  take(bytes: number): number;
}

/** Bytes of a row. */
function strideOf(width: number): number {
  return (BEFORE + Math.ceil(width / 4) * 4 + BEHIND) * BYTES;
}

/** A scale of a comparison. Rows go through it from the top; a window of them is kept. */
export class Scale {
  readonly #kernel: Ssimulacra2Kernel;
  readonly #width: number;
  readonly #height: number;
  readonly #next: Scale | undefined;
  /** By channel: whether errors of structure have a weight. */
  readonly #withProducts: readonly boolean[];
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** Two groups of rows of linear light, which rows of the picture take in turn. */
  readonly #linear: readonly [number, number];
  /** Address of the first block; then by row of the window and channel. */
  readonly #blocks: number;
  readonly #blockBytes: number;
  /** A block of zeros, for rows outside the picture. */
  readonly #zeros: number;
  readonly #scratch: number;
  /** Addresses of a window's blocks, for the kernel. */
  readonly #window: number;
  readonly #sums: number;
  #received = 0;

  /**
   * @param withProducts - by channel: whether errors of structure are asked for
   * @param next - the scale of half the size, if there is one
   */
  constructor(
    kernel: Ssimulacra2Kernel,
    allocator: Allocator,
    { width, height }: { readonly width: number; readonly height: number },
    withProducts: readonly boolean[],
    next: Scale | undefined,
  ) {
    this.#kernel = kernel;
    this.#width = width;
    this.#height = height;
    this.#withProducts = withProducts;
    this.#next = next;
    this.stride = strideOf(width);
    this.#blockBytes = BLOCK_ROWS * this.stride;
    const first = BEFORE * BYTES;
    this.#linear = [
      allocator.take(LINEAR_ROWS * this.stride) + first,
      allocator.take(LINEAR_ROWS * this.stride) + first,
    ];
    this.#blocks = allocator.take(WINDOW * CHANNELS * this.#blockBytes) + first;
    this.#zeros = allocator.take(this.#blockBytes) + first;
    this.#scratch = allocator.take(this.stride) + first;
    this.#window = allocator.take(WINDOW * BYTES);
    this.#sums = allocator.take(CHANNELS * SUMS * 8);
  }

  /** Where the next row of linear light is to be written: R, G and B of one picture, then of the other, `stride` bytes apart. */
  get input(): number {
    return this.#linear[this.#received % 2];
  }

  /** Takes the row that is in `input`. */
  push(): void {
    const { stride } = this;
    const kernel = this.#kernel;
    const row = this.#received;
    const block = this.#block(row, 0);
    for (const picture of [0, 1]) {
      const linear = this.input + picture * CHANNELS * stride;
      kernel.xybRow(linear, stride, block + picture * stride, this.#blockBytes, this.#width);
    }
    for (let channel = 0; channel < CHANNELS; channel++) {
      const at = this.#block(row, channel);
      kernel.blurBlock(at, this.#scratch, stride, this.#width, this.#withProducts[channel]);
    }
    this.#received++;
    if (row >= RADIUS) this.#addErrors(row - RADIUS);
    if (row % 2 === 1) this.#handOn(this.#linear[1]);
    if (this.#received === this.#height) this.#finish();
  }

  /** Means over the picture, by channel; after its last row. */
  errors(): Errors[] {
    const sums = new Float64Array(this.#kernel.memory.buffer, this.#sums, CHANNELS * SUMS);
    const pixels = this.#width * this.#height;
    return Array.from({ length: CHANNELS }, (_, channel) => {
      const [structure, artifacts, lost, ...fourths] = sums.subarray(channel * SUMS, (channel + 1) * SUMS);
      const norms = fourths.map((sum) => Math.sqrt(Math.sqrt(sum / pixels)));
      return [structure / pixels, artifacts / pixels, lost / pixels, norms[0], norms[1], norms[2]];
    });
  }

  #block(row: number, channel: number): number {
    return this.#blocks + ((row % WINDOW) * CHANNELS + channel) * this.#blockBytes;
  }

  #addErrors(row: number): void {
    const window = new Uint32Array(this.#kernel.memory.buffer, this.#window, WINDOW);
    for (let channel = 0; channel < CHANNELS; channel++) {
      for (let i = 0; i < WINDOW; i++) {
        const from = row + i - RADIUS;
        window[i] = from < 0 || from >= this.#height ? this.#zeros : this.#block(from, channel);
      }
      const sums = this.#sums + channel * SUMS * 8;
      this.#kernel.addErrors(this.#window, this.stride, this.#width, this.#withProducts[channel], sums);
    }
  }

  /** Gives the next scale a row: the one in the first group of rows, and the one below it. */
  #handOn(bottom: number): void {
    const next = this.#next;
    if (!next) return;
    const [top] = this.#linear;
    this.#kernel.halveRows(top, bottom, this.stride, this.#width, next.input, next.stride, LINEAR_ROWS);
    next.push();
  }

  #finish(): void {
    for (let row = Math.max(0, this.#height - RADIUS); row < this.#height; row++) this.#addErrors(row);
    if (this.#height % 2 === 1) this.#handOn(this.#linear[0]);
  }
}
