/**
 * SSIMULACRA 2 written down as the reference has it, in 64-bit floats and on whole planes: what the package's is tested against, and
 * timed against. The blur is libjxl's recursive filter (lib/jxl/gauss_blur.cc), which starts from zeros outside the picture.
 */
import { type Errors, scoreOf } from '#dist/quality/ssimulacra2/score.js';

interface Plane {
  readonly data: Float64Array;
  readonly width: number;
  readonly height: number;
}

/** A picture without alpha, 8 bits a sample. */
export interface PlainImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

const C2 = 0.0009;
const SIGMA = 1.5;
const RADIUS = 5;

/** The score of two pictures of the same shape, no side below 8 pixels. */
export function plainSsimulacra2(original: PlainImage, distorted: PlainImage): number {
  let pair = [linearPlanes(original), linearPlanes(distorted)];
  const scales: Errors[][] = [];
  for (let scale = 0; scale < 6; scale++) {
    const [{ width, height }] = pair[0];
    if (scale > 0) {
      if (width < 8 || height < 8) break;
      pair = pair.map((planes) => planes.map(halved));
    }
    const [first, second] = pair.map(xyb);
    scales.push(first.map((plane, channel) => errorsOf(plane, second[channel])));
  }
  return scoreOf([0, 1, 2].map((channel) => scales.map((byChannel) => byChannel[channel])));
}

function linearPlanes({ data, width, height, channels }: PlainImage): Plane[] {
  return [0, 1, 2].map((channel) => ({
    width,
    height,
    data: Float64Array.from({ length: width * height }, (_, i) => {
      const encoded = data[i * channels + (channels === 3 ? channel : 0)] / 255;
      return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
    }),
  }));
}

function halved({ data, width, height }: Plane): Plane {
  const [across, down] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const at = (x: number, y: number): number => data[Math.min(y, height - 1) * width + Math.min(x, width - 1)];
  const means = Float64Array.from({ length: across * down }, (_, i) => {
    const [x, y] = [2 * (i % across), 2 * Math.floor(i / across)];
    return (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4;
  });
  return { data: means, width: across, height: down };
}

function xyb([red, green, blue]: readonly Plane[]): Plane[] {
  const bias = 0.0037930732552754493;
  const mix = (i: number, r: number, g: number, b: number): number =>
    Math.cbrt(r * red.data[i] + g * green.data[i] + b * blue.data[i] + bias) - Math.cbrt(bias);
  const planes = [0, 1, 2].map(() => new Float64Array(red.data.length));
  for (let i = 0; i < red.data.length; i++) {
    const long = mix(i, 0.3, 1 - 0.078 - 0.3, 0.078);
    const middle = mix(i, 0.23, 1 - 0.078 - 0.23, 0.078);
    const y = (long + middle) / 2;
    const short = mix(i, 0.24342268924547819, 0.20476744424496821, 1 - 0.24342268924547819 - 0.20476744424496821);
    planes[0][i] = ((long - middle) / 2) * 14 + 0.42;
    planes[1][i] = y + 0.01;
    planes[2][i] = short - y + 0.55;
  }
  return planes.map((data) => ({ ...red, data }));
}

function product(a: Plane, b: Plane): Plane {
  return { ...a, data: a.data.map((value, i) => value * b.data[i]) };
}

function errorsOf(a: Plane, b: Plane): Errors {
  const [meanA, meanB, squareA, squareB, both] = [a, b, product(a, a), product(b, b), product(a, b)].map(blurred);
  const sums = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < a.data.length; i++) {
    const [m1, m2] = [meanA.data[i], meanB.data[i]];
    const luminance = 1 - (m1 - m2) ** 2;
    const covariance = 2 * (both.data[i] - m1 * m2) + C2;
    const variance = squareA.data[i] - m1 * m1 + (squareB.data[i] - m2 * m2) + C2;
    const change = (1 + Math.abs(b.data[i] - m2)) / (1 + Math.abs(a.data[i] - m1)) - 1;
    const errors = [1 - (luminance * covariance) / variance, change, -change].map((error) => Math.max(error, 0));
    for (const [k, error] of errors.entries()) {
      sums[k] += error;
      sums[k + 3] += error ** 4;
    }
  }
  const [structure, artifacts, lost, ...fourths] = sums.map((sum) => sum / a.data.length);
  return [structure, artifacts, lost, fourths[0] ** 0.25, fourths[1] ** 0.25, fourths[2] ** 0.25];
}

function blurred({ data, width, height }: Plane): Plane {
  const out = data.slice();
  for (let y = 0; y < height; y++) blurLine(out, y * width, 1, width);
  for (let x = 0; x < width; x++) blurLine(out, x, width, height);
  return { data: out, width, height };
}

/** Blurs `length` samples that are `step` apart, in place. */
function blurLine(data: Float64Array, from: number, step: number, length: number): void {
  const line = Array.from({ length }, (_, i) => data[from + i * step]);
  const states = FILTERS.map(() => [0, 0]);
  for (let n = 1 - RADIUS; n < length; n++) {
    const input = (line[n - RADIUS - 1] ?? 0) + (line[n + RADIUS - 1] ?? 0);
    let sum = 0;
    for (const [k, { gain, feedback }] of FILTERS.entries()) {
      const [last, before] = states[k];
      const value = gain * input - feedback * last - before; // Charalampidis 2016, (35)
      states[k] = [value, last];
      sum += value;
    }
    if (n >= 0) data[from + n * step] = sum;
  }
}

/** Gain and feedback of the three filters: (33) with the weights of (53), which `beta` solves by elimination. */
const FILTERS: readonly { readonly gain: number; readonly feedback: number }[] = makeFilters();

function makeFilters(): { gain: number; feedback: number }[] {
  const omega = [1, 3, 5].map((k) => (k * Math.PI) / (2 * RADIUS));
  const p = omega.map((w, i) => [1, -1, 1][i] / Math.tan(w / 2));
  const r = omega.map((w, i) => ([1, -1, 1][i] * p[i] * p[i]) / Math.sin(w));
  const rho = omega.map((w) => Math.exp(-0.5 * SIGMA * SIGMA * w * w) / RADIUS);
  const d13 = p[0] * r[1] - r[0] * p[1];
  const zeta = [(p[1] * r[2] - r[1] * p[2]) / d13, (p[2] * r[0] - r[2] * p[0]) / d13, 1];
  const beta = eliminate([
    [...p, 1],
    [...r, RADIUS * RADIUS - SIGMA * SIGMA],
    [...zeta, zeta[0] * rho[0] + zeta[1] * rho[1] + rho[2]],
  ]);
  return omega.map((w, i) => ({ gain: -beta[i] * Math.cos(w * (RADIUS + 1)), feedback: -2 * Math.cos(w) }));
}

/** Solves linear equations whose right sides are the last column. */
function eliminate(rows: number[][]): number[] {
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < rows.length; j++) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      rows[j] = rows[j].map((value, column) => value - factor * rows[i][column]);
    }
  }
  return rows.map((row, i) => row[rows.length] / row[i]);
}
