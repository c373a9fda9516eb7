/** Resizing by area: each pixel of the result is the mean of what it covers. */
import type { RawImage } from './raw-image.ts';

/** Width and height in pixels. Those of a source may have a fraction: of the last column or row only that share counts. */
interface Extent {
  readonly width: number;
  readonly height: number;
}

/** The input pixels that each of a row of output pixels covers along one side. */
interface Coverage {
  /** Number of the first. */
  readonly firsts: Int32Array;
  /** The share of each, of one output pixel after the other; those of output pixel i end at `ends[i]`. */
  readonly shares: Float64Array;
  readonly ends: Int32Array;
}

/** Coverage of `to` pixels, each `pixel` input pixels wide, or as many as there are. */
function coverageOf(from: number, to: number, pixel: number | undefined): Coverage {
  const firsts = new Int32Array(to);
  const ends = new Int32Array(to);
  const shares: number[] = [];
  for (let i = 0; i < to; i++) {
    const [start, end] = covered(from, to, pixel, i);
    const first = Math.min(Math.floor(start), Math.ceil(from) - 1);
    const count = Math.max(Math.ceil(end) - first, 1);
    for (let j = 0; j < count; j++) {
      shares.push((Math.min(first + j + 1, end) - Math.max(first + j, start)) / (end - start));
    }
    firsts[i] = first;
    ends[i] = shares.length;
  }
  return { firsts, shares: Float64Array.from(shares), ends };
}

/** Start and end of what output pixel `i` covers; without `pixel` all together cover all of the input. */
function covered(from: number, to: number, pixel: number | undefined, i: number): [number, number] {
  if (pixel === undefined) return [(i * from) / to, ((i + 1) * from) / to];
  return [i * pixel, Math.min((i + 1) * pixel, from)];
}

/** An area average of rows that come from the top. Memory is that of two rows. */
export class AreaAverage {
  readonly #from: Extent;
  readonly #size: Extent;
  readonly #channels: number;
  readonly #pixel: number | undefined;
  readonly #emit: (row: Float64Array, y: number) => void;
  readonly #columns: Coverage;
  readonly #averaged: Float64Array;
  readonly #sums: Float64Array;
  /** Number of rows that came, and that were given. */
  #rows = 0;
  #y = 0;

  /**
   * @param from - extent of the source
   * @param size - of the result, each side at least 1
   * @param channels - samples a pixel
   * @param emit - receives the rows of the result, size.width x channels, each valid until it returns
   * @param pixel - side in source pixels of a pixel of the result, of which the last ones may lack a part; default:
   *   `size` covers `from`
   */
  constructor(
    from: Extent,
    size: Extent,
    channels: number,
    emit: (row: Float64Array, y: number) => void,
    pixel?: number,
  ) {
    this.#from = from;
    this.#size = size;
    this.#channels = channels;
    this.#pixel = pixel;
    this.#emit = emit;
    this.#columns = coverageOf(from.width, size.width, pixel);
    this.#averaged = new Float64Array(size.width * channels);
    this.#sums = new Float64Array(size.width * channels);
  }

  /** Takes the next row of the source, with at least the samples of its width. */
  add(row: ArrayLike<number>): void {
    this.#averageAlong(row);
    const top = this.#rows++;
    while (this.#y < this.#size.height) {
      const [start, end] = covered(this.#from.height, this.#size.height, this.#pixel, this.#y);
      const share = (Math.min(end, top + 1) - Math.max(start, top)) / (end - start);
      for (let i = 0; share > 0 && i < this.#sums.length; i++) this.#sums[i] += share * this.#averaged[i];
      if (end > top + 1) return;
      this.#emit(this.#sums, this.#y++);
      this.#sums.fill(0);
    }
  }

  #averageAlong(row: ArrayLike<number>): void {
    const channels = this.#channels;
    const averaged = this.#averaged;
    const { firsts, shares, ends } = this.#columns;
    for (let i = 0, begin = 0; i < firsts.length; i++) {
      const end = ends[i];
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = begin, at = firsts[i] * channels + c; j < end; j++, at += channels) sum += shares[j] * row[at];
        averaged[i * channels + c] = sum;
      }
      begin = end;
    }
  }
}

/** Writes the colours of row `y` over white, as RGB, to `out`. */
function rowOverWhite({ data, width, channels }: RawImage, y: number, out: Float64Array): void {
  const coloured = channels >= 3;
  for (let x = 0; x < width; x++) {
    const at = (y * width + x) * channels;
    const alpha = channels === 2 || channels === 4 ? data[at + channels - 1] / 255 : 1;
    for (let c = 0; c < 3; c++) out[x * 3 + c] = 255 + alpha * (data[at + (coloured ? c : 0)] - 255);
  }
}

/**
 * Resizes an image to RGB: each pixel is the mean of the area that it covers, of the 8-bit values without
 * linearisation. Alpha is laid over white, grey becomes RGB.
 *
 * @param size - in pixels, at least 1 x 1
 */
export function areaAverage(image: RawImage, size: { width: number; height: number }): RawImage {
  const { width, height } = size;
  const data = new Uint8Array(width * height * 3);
  const average = new AreaAverage(image, size, 3, (means, y) => {
    for (let i = 0; i < means.length; i++) data[y * width * 3 + i] = Math.round(means[i]);
  });
  const row = new Float64Array(image.width * 3);
  for (let y = 0; y < image.height; y++) {
    rowOverWhite(image, y, row);
    average.add(row);
  }
  return { data, width, height, channels: 3 };
}
