/** Float images of the codec: interleaved RGB (NHWC of one image) on a canvas. */
import type { Rect, Size } from './geometry.ts';

/** An image of `channels` interleaved float samples a pixel, rows from the top. */
export interface Plane extends Size {
  readonly data: Float32Array;
}

/** A new RGB plane of zeros. */
export function newPlane({ width, height }: Size): Plane {
  return { width, height, data: new Float32Array(width * height * 3) };
}

/** Extends an RGB plane to the right and below by repeating its last column and row, or crops it there. */
export function resizeCanvas(plane: Plane, size: Size): Plane {
  return { ...size, data: gather(plane, { x: 0, y: 0, ...size }, new Float32Array(size.width * size.height * 3)) };
}

/** Copies a rectangle of an RGB plane to `out`; what lies outside repeats the nearest pixel. */
export function gather(plane: Plane, rect: Rect, out: Float32Array): Float32Array {
  const { width, height, data } = plane;
  const inside = Math.min(rect.x + rect.width, width) - rect.x;
  for (let j = 0; j < rect.height; j++) {
    const row = Math.min(rect.y + j, height - 1) * width;
    const from = (row + rect.x) * 3;
    const to = j * rect.width * 3;
    out.set(data.subarray(from, from + inside * 3), to);
    const last = (row + width - 1) * 3;
    for (let i = inside; i < rect.width; i++) {
      for (let c = 0; c < 3; c++) out[to + i * 3 + c] = data[last + c];
    }
  }
  return out;
}

/** Copies `rect.width` x `rect.height` pixels to a rectangle of an RGB plane. */
export function scatter(plane: Plane, rect: Rect, pixels: Float32Array): void {
  const rowLength = rect.width * 3;
  for (let j = 0; j < rect.height; j++) {
    const to = ((rect.y + j) * plane.width + rect.x) * 3;
    plane.data.set(pixels.subarray(j * rowLength, (j + 1) * rowLength), to);
  }
}

/** Mean over 2x2 pixels; an odd last row or column counts double, up to the given size (each side at least half). */
export function halve(plane: Plane, size: Size): Plane {
  const { width, height, data } = plane;
  const out = newPlane(size);
  for (let j = 0, at = 0; j < size.height; j++) {
    const row0 = Math.min(2 * j, height - 1) * width;
    const row1 = Math.min(2 * j + 1, height - 1) * width;
    for (let i = 0; i < size.width; i++) {
      const x0 = Math.min(2 * i, width - 1);
      const x1 = Math.min(2 * i + 1, width - 1);
      for (let c = 0; c < 3; c++) {
        const top = data[(row0 + x0) * 3 + c] + data[(row0 + x1) * 3 + c];
        const bottom = data[(row1 + x0) * 3 + c] + data[(row1 + x1) * 3 + c];
        out.data[at++] = (top + bottom) / 4;
      }
    }
  }
  return out;
}

/** Weights of the two-fold cubic interpolation (Keys 1981, a = -1/2), a quarter pixel after the second of four taps. */
const CUBIC = [-0.0703125, 0.8671875, 0.2265625, -0.0234375] as const;

/** Rows of a plane, made when they are asked for. Rows ascend; one stays valid until row j + KEPT_ROWS is made. */
export interface Rows extends Size {
  row(j: number): Float32Array;
}

/** The rows of a plane in memory. */
export function rowsOf({ width, height, data }: Plane): Rows {
  return { width, height, row: (j) => data.subarray(j * width * 3, (j + 1) * width * 3) };
}

/** A row of twice the size looks at source rows from two above to two below: with these many kept, none is made twice. */
const KEPT_ROWS = 8;

/** Offset (in samples) of tap `k` of output pixel `i` along a side, in the order of {@link CUBIC}; edges repeat. */
function cubicTap(i: number, k: number, side: number, stride: number): number {
  const towards = i & 1 ? 1 : -1;
  return Math.min(Math.max((i >> 1) + (k - 1) * towards, 0), side - 1) * stride;
}

/** Both sides doubled by cubic interpolation, first down the columns, then along the rows; the edges repeat. */
class DoubledRows implements Rows {
  readonly width: number;
  readonly height: number;
  readonly #source: Rows;
  readonly #narrow: Float32Array;
  readonly #kept: Float32Array[];
  readonly #numbers: number[] = new Array(KEPT_ROWS).fill(-1);
  readonly #taps: readonly Uint32Array[];

  constructor(source: Rows) {
    this.#source = source;
    this.width = source.width * 2;
    this.height = source.height * 2;
    this.#narrow = new Float32Array(source.width * 3);
    this.#kept = Array.from({ length: KEPT_ROWS }, () => new Float32Array(this.width * 3));
    this.#taps = CUBIC.map((_, k) =>
      Uint32Array.from({ length: this.width }, (_, i) => cubicTap(i, k, source.width, 3)),
    );
  }

  row(j: number): Float32Array {
    const slot = j % KEPT_ROWS;
    const row = this.#kept[slot];
    if (this.#numbers[slot] !== j) {
      this.#numbers[slot] = j;
      this.#combineRows(j);
      this.#combineColumns(row);
    }
    return row;
  }

  #combineRows(j: number): void {
    const source = this.#source;
    const [a, b, c, d] = CUBIC.map((_, k) => source.row(cubicTap(j, k, source.height, 1)));
    const [w0, w1, w2, w3] = CUBIC;
    const narrow = this.#narrow;
    for (let s = 0; s < narrow.length; s++) narrow[s] = w0 * a[s] + w1 * b[s] + w2 * c[s] + w3 * d[s];
  }

  #combineColumns(out: Float32Array): void {
    const [taps0, taps1, taps2, taps3] = this.#taps;
    const [w0, w1, w2, w3] = CUBIC;
    const row = this.#narrow;
    for (let i = 0, at = 0; i < taps0.length; i++) {
      const p = taps0[i];
      const q = taps1[i];
      const r = taps2[i];
      const t = taps3[i];
      for (let s = 0; s < 3; s++) out[at++] = w0 * row[p + s] + w1 * row[q + s] + w2 * row[r + s] + w3 * row[t + s];
    }
  }
}

/** The rows of a plane after its sides were doubled so many times. */
export function doubledRows(plane: Plane, times: number): Rows {
  let rows = rowsOf(plane);
  for (let i = 0; i < times; i++) rows = new DoubledRows(rows);
  return rows;
}

/** Doubles both sides of an RGB plane by cubic interpolation; the edges repeat. */
export function double(plane: Plane): Plane {
  const rows = doubledRows(plane, 1);
  const out = newPlane(rows);
  for (let j = 0; j < out.height; j++) out.data.set(rows.row(j), j * out.width * 3);
  return out;
}
