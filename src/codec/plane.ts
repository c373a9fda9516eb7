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
const CUBIC = [-0.0703125, 0.8671875, 0.2265625, -0.0234375];

/** Offsets (in samples) of the four taps of output pixel `i` along a side, in the order of {@link CUBIC}; edges repeat. */
function cubicTaps(i: number, side: number, stride: number): number[] {
  const centre = i >> 1;
  const towards = i & 1 ? 1 : -1;
  return [-1, 0, 1, 2].map((k) => Math.min(Math.max(centre + k * towards, 0), side - 1) * stride);
}

/** Doubles both sides of an RGB plane by cubic interpolation; the edges repeat. */
export function double(plane: Plane): Plane {
  const { width, height, data } = plane;
  const out = newPlane({ width: width * 2, height: height * 2 });
  const rowLength = width * 3;
  const row = new Float32Array(rowLength);
  const columnTaps = Array.from({ length: out.width }, (_, i) => cubicTaps(i, width, 3));
  const [w0, w1, w2, w3] = CUBIC;
  for (let j = 0, at = 0; j < out.height; j++) {
    const [a, b, c, d] = cubicTaps(j, height, rowLength);
    for (let s = 0; s < rowLength; s++)
      row[s] = w0 * data[a + s] + w1 * data[b + s] + w2 * data[c + s] + w3 * data[d + s];
    for (const [p, q, r, t] of columnTaps) {
      for (let s = 0; s < 3; s++)
        out.data[at++] = w0 * row[p + s] + w1 * row[q + s] + w2 * row[r + s] + w3 * row[t + s];
    }
  }
  return out;
}
