/** Writes ICC profiles of primaries and a curve (ICC.1:2022, profile version 4.4). */
import { concatBytes } from '../../base/concat-bytes.ts';
import type { Chromaticity, ColourEncoding, Curve, Primaries } from './colour-encoding.ts';

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

/** The white of the profile connection space, as the bytes of every profile have it (section 7.2.16). */
const D50: Vector = [0.9642, 1, 0.8249];

/** From XYZ to the responses of the eye's cones, by Bradford (annex E.2). */
const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

const IDENTITY: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

const HEADER_BYTES = 128;

function times(matrix: Matrix, vector: Vector): Vector {
  return matrix.map((row) => row.reduce((sum, value, i) => sum + value * vector[i], 0)) as unknown as Vector;
}

function columns(a: Vector, b: Vector, c: Vector): Matrix {
  return [0, 1, 2].map((i) => [a[i], b[i], c[i]]) as unknown as Matrix;
}

function product(left: Matrix, right: Matrix): Matrix {
  const column = (i: number): Vector => times(left, [right[0][i], right[1][i], right[2][i]]);
  return columns(column(0), column(1), column(2));
}

function scaled(matrix: Matrix, [x, y, z]: Vector): Matrix {
  return matrix.map((row) => [row[0] * x, row[1] * y, row[2] * z]) as unknown as Matrix;
}

function inverse([a, b, c]: Matrix): Matrix {
  const cross = (u: Vector, v: Vector): Vector => [
    u[1] * v[2] - u[2] * v[1],
    u[2] * v[0] - u[0] * v[2],
    u[0] * v[1] - u[1] * v[0],
  ];
  const [bc, ca, ab] = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2];
  return columns(bc, ca, ab).map((row) => row.map((value) => value / determinant)) as unknown as Matrix;
}

/** XYZ of luminance 1. */
function xyz([x, y]: Chromaticity): Vector {
  return [x / y, 1, (1 - x - y) / y];
}

/** From XYZ under a white to XYZ under D50 (annex E). */
function adaptation(white: Vector): Matrix {
  const [from, to] = [times(BRADFORD, white), times(BRADFORD, D50)];
  const gains: Vector = [to[0] / from[0], to[1] / from[1], to[2] / from[2]];
  return product(inverse(BRADFORD), product(scaled(IDENTITY, gains), BRADFORD));
}

/** From linear RGB to XYZ under their own white: the primaries, with the luminances of which the sum is white. */
function rgbToXyz({ white, red, green, blue }: Primaries): Matrix {
  const primaries = columns(xyz(red), xyz(green), xyz(blue));
  return scaled(primaries, times(inverse(primaries), xyz(white)));
}

/** Numbers of 16.16 bits (section 4.6), as one tag's data after its type signature and four reserved bytes. */
function fixedPoint(type: string, head: readonly number[], values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + head.length + values.length * 4);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(type));
  bytes.set(head, 8);
  values.forEach((value, i) => {
    view.setInt32(8 + head.length + i * 4, Math.round(value * 65536));
  });
  return bytes;
}

/** Tag type `para` (section 10.18): function type 0 is a power, 3 has a linear part. */
function curveTag({ gamma, a, b, c, d }: Curve): Uint8Array {
  const isPower = a === 1 && b === 0 && d === 0;
  return fixedPoint('para', [0, isPower ? 0 : 3, 0, 0], isPower ? [gamma] : [gamma, a, b, c, d]);
}

/** Tag type `mluc` (section 10.15) of one text in English. */
function textTag(text: string): Uint8Array {
  const bytes = new Uint8Array(28 + text.length * 2);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('mluc'));
  [1, 12].forEach((value, i) => {
    view.setUint32(8 + i * 4, value);
  });
  bytes.set(new TextEncoder().encode('enUS'), 16);
  view.setUint32(20, text.length * 2);
  view.setUint32(24, 28);
  for (let i = 0; i < text.length; i++) view.setUint16(28 + i * 2, text.charCodeAt(i));
  return bytes;
}

function header(space: 'RGB ' | 'GRAY', size: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, size);
  view.setUint32(8, 0x04400000);
  bytes.set(new TextEncoder().encode(`mntr${space}XYZ `), 12);
  // A date that does not change, so that equal pictures give equal streams: 1 January 2025.
  [2025, 1, 1].forEach((value, i) => {
    view.setUint16(24 + i * 2, value);
  });
  bytes.set(new TextEncoder().encode('acsp'), 36);
  D50.forEach((value, i) => {
    view.setInt32(68 + i * 4, Math.round(value * 65536));
  });
  return bytes;
}

/** Header, tag table (section 7.3) and tags; tags with the same data share it. */
function profileBytes(
  space: 'RGB ' | 'GRAY',
  tags: readonly (readonly [signature: string, data: Uint8Array])[],
): Uint8Array {
  const table = new Uint8Array(4 + tags.length * 12);
  const view = new DataView(table.buffer);
  view.setUint32(0, tags.length);
  const offsets = new Map<Uint8Array, number>();
  let end = HEADER_BYTES + table.length;
  const parts: Uint8Array[] = [];
  tags.forEach(([signature, data], i) => {
    if (!offsets.has(data)) {
      offsets.set(data, end);
      const padded = new Uint8Array(Math.ceil(data.length / 4) * 4);
      padded.set(data);
      parts.push(padded);
      end += padded.length;
    }
    table.set(new TextEncoder().encode(signature), 4 + i * 12);
    view.setUint32(8 + i * 12, offsets.get(data) ?? 0);
    view.setUint32(12 + i * 12, data.length);
  });
  return concatBytes(header(space, end), table, ...parts);
}

/**
 * An ICC profile that says what an encoding says. Its primaries must span colours (`spanColours`).
 *
 * @param colours - `grey` gives a profile of one channel, with the curve alone
 */
export function iccProfile({ name, primaries, curve }: ColourEncoding, colours: 'grey' | 'rgb'): Uint8Array {
  const common = [
    ['desc', textTag(name)],
    ['cprt', textTag('No copyright, use freely')],
    ['wtpt', fixedPoint('XYZ ', [], D50)],
  ] as const;
  const trc = curveTag(curve);
  if (colours === 'grey') return profileBytes('GRAY', [...common, ['kTRC', trc]]);
  const chad = adaptation(xyz(primaries.white));
  const matrix = product(chad, rgbToXyz(primaries));
  const column = (i: number): Uint8Array => fixedPoint('XYZ ', [], [matrix[0][i], matrix[1][i], matrix[2][i]]);
  return profileBytes('RGB ', [
    ...common,
    ['chad', fixedPoint('sf32', [], chad.flat())],
    ['rXYZ', column(0)],
    ['gXYZ', column(1)],
    ['bXYZ', column(2)],
    ['rTRC', trc],
    ['gTRC', trc],
    ['bTRC', trc],
  ]);
}
