/** 3x3 convolutions by Winograd's method as docs/format.md, "To the bit", writes them: one number at a time. */
import type { ConvWeights } from '../../../src/model/convolution/convolution.ts';
import { makeMap, type ScalarMap, valueAt } from './scalar-map.ts';

type List = readonly number[];
type Square = readonly List[];

const f = Math.fround;

/** The three functions for a size of tiles. */
interface Tiles {
  /** Outputs of a tile in a row. */
  readonly side: 2 | 4;
  /** In binary64. */
  forFilter(w: List): List;
  forInput(d: List): List;
  forOutput(m: List): List;
}

const TILES_4: Tiles = {
  side: 4,
  forFilter([w0, w1, w2]) {
    const [a, b] = [0.625, 1.5];
    const p = a * a * b * b;
    const q = 2 * a * a * (a * a - b * b);
    const r = 2 * b * b * (b * b - a * a);
    const row = (scale: number, point: number): number =>
      (1 / scale) * w0 + (point / scale) * w1 + ((point * point) / scale) * w2;
    return [(1 / p) * w0, row(q, a), row(q, -a), row(r, b), row(r, -b), w2];
  },
  forInput([d0, d1, d2, d3, d4, d5]) {
    const e = f(d4 - f(2.25 * d2));
    const o = f(0.625 * f(d3 - f(2.25 * d1)));
    const e2 = f(d4 - f(0.390625 * d2));
    const o2 = f(1.5 * f(d3 - f(0.390625 * d1)));
    const first = f(f(d4 + f(0.87890625 * d0)) - f(2.640625 * d2));
    const last = f(f(d5 + f(0.87890625 * d1)) - f(2.640625 * d3));
    return [first, f(e + o), f(e - o), f(e2 + o2), f(e2 - o2), last];
  },
  forOutput([m0, m1, m2, m3, m4, m5]) {
    const [e, e2] = [f(m1 + m2), f(m3 + m4)];
    const [o, o2] = [f(m1 - m2), f(m3 - m4)];
    return [
      f(f(m0 + e) + e2),
      f(f(0.625 * o) + f(1.5 * o2)),
      f(f(0.390625 * e) + f(2.25 * e2)),
      f(f(m5 + f(0.244140625 * o)) + f(3.375 * o2)),
    ];
  },
};

const TILES_2: Tiles = {
  side: 2,
  forFilter: ([w0, w1, w2]) => [-w0, 0.5 * w0 + 0.5 * w1 + 0.5 * w2, 0.5 * w0 - 0.5 * w1 + 0.5 * w2, w2],
  forInput: ([d0, d1, d2, d3]) => [f(d2 - d0), f(d2 + d1), f(d2 - d1), f(d3 - d1)],
  forOutput: ([m0, m1, m2, m3]) => [f(f(m0 + m1) + m2), f(f(m1 - m2) + m3)],
};

function transpose(square: Square): List[] {
  return (square[0] as List).map((_, column) => square.map((row) => row[column] as number));
}

/** Applies a function to the columns, then to the rows of the result. */
function bothWays(transform: (list: List) => List, square: Square): List[] {
  return transpose(transpose(square).map(transform)).map(transform);
}

/** A square of numbers. */
function squareOf(side: number, value: (row: number, column: number) => number): List[] {
  return Array.from({ length: side }, (_, i) => Array.from({ length: side }, (_, j) => value(i, j)));
}

/** A 3x3 convolution with zero padding, without its bias. */
export function winogradSums(map: ScalarMap, { input, output, filter }: ConvWeights): ScalarMap {
  const { side, forFilter, forInput, forOutput } = Math.min(map.height, map.width) >= 8 ? TILES_4 : TILES_2;
  const tap = (i: number, j: number, c: number, o: number): number =>
    filter[((i * 3 + j) * input + c) * output + o] as number;
  const filters = Array.from({ length: output }, (_, o) =>
    Array.from({ length: input }, (_, c) =>
      bothWays(
        forFilter,
        squareOf(3, (i, j) => tap(i, j, c, o)),
      ).map((row) => row.map(f)),
    ),
  );
  const sums = makeMap(map.height, map.width, output);
  for (let y = 0; y < map.height; y += side) {
    for (let x = 0; x < map.width; x += side) {
      const inputs = Array.from({ length: input }, (_, c) =>
        bothWays(
          forInput,
          squareOf(side + 2, (i, j) => valueAt(map, y - 1 + i, x - 1 + j, c)),
        ),
      );
      filters.forEach((ofOutput, o) => {
        const products = squareOf(side + 2, (i, j) =>
          inputs.reduce((sum, v, c) => f(sum + f(v[i][j] * ofOutput[c][i][j])), 0),
        );
        bothWays(forOutput, products).forEach((row, i) => {
          row.forEach((value, j) => {
            if (y + i < map.height && x + j < map.width)
              sums.values[((y + i) * map.width + x + j) * output + o] = value;
          });
        });
      });
    }
  }
  return sums;
}
