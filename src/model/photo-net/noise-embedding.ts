/**
 * What the network is told of the noise level, computed with the same bits by every engine: docs/format.md, "To the bit". logf, sinf, cosf and
 * the sigmoid are those of musl and XNNPACK.
 */
import { embeddingFrequencies, type LinearWeights } from './photo-net-weights.ts';

const fround = Math.fround;
const word = new DataView(new ArrayBuffer(4));

/** 1 / c and ln c of musl's logf for 16 intervals of the mantissa. */
const INVERSE = [
  1.398907162146528, 1.3403141896637998, 1.286432210124115, 1.2367150214269895, 1.1906977166711752, 1.1479821020556429,
  1.1082251448272158, 1.0711297413057381, 1.036437278977283, 1, 0.9492859795739057, 0.8951049428609004,
  0.8476821620351103, 0.8050314851692001, 0.7664671008843108, 0.731428603316328,
] as const;
const LOGARITHM = [
  -0.33569133332882284, -0.2929040563774074, -0.2518726580937369, -0.21245868807117255, -0.17453945183745634,
  -0.1380057072319758, -0.10275976698545139, -0.06871392447020525, -0.0357891387398228, 0, 0.05204517742929496,
  0.11081431298787942, 0.1652495223695143, 0.21687389031699977, 0.2659635028121397, 0.3127556664073557,
] as const;

/** Natural logarithm of a binary32, rounded to binary32. */
export function logf(x: number): number {
  word.setFloat32(0, x);
  const bits = word.getInt32(0);
  if (bits === 0x3f800000) return 0;
  const j = (bits - 0x3f330000) | 0;
  const i = (j >> 19) & 15;
  const n = j >> 23;
  word.setInt32(0, bits - (n << 23));
  const r = word.getFloat32(0) * (INVERSE[i] as number) - 1;
  const first = (LOGARITHM[i] as number) + n * Math.LN2;
  const r2 = r * r;
  let y = 0.333456765744066 * r - 0.4999997485802103;
  y = -0.25089342214237154 * r2 + y;
  return fround(y * r2 + (first + r));
}

/** Below it sin x = x and cos x = 1 in binary32. */
const TINY = 2 ** -12;

function sinf(x: number): number {
  if (x < TINY) return fround(x);
  const z = x * x;
  const s = z * x;
  const r = -0.00019839334836096632 + z * 2.718311493989822e-6;
  return fround(x + s * (-0.16666666641626524 + z * 0.008333329385889463) + s * (z * z) * r);
}

function cosf(x: number): number {
  if (x < TINY) return 1;
  const z = x * x;
  const w = z * z;
  const r = -0.001388676377460993 + z * 2.439044879627741e-5;
  return fround(1 + z * -0.499999997251031 + w * 0.04166662332373906 + w * z * r);
}

const TURN = 2 * Math.PI;

/** An angle in [0, 2 pi). */
function reduced(x: number): number {
  return fround((((x % TURN) + TURN) % TURN) as number);
}

/** Sine of an angle in [0, 2 pi). */
function sine(x: number): number {
  if (x < Math.PI / 4) return sinf(x);
  if (x < Math.PI / 2) return fround(Math.cos(Math.PI / 2 - x));
  return x < Math.PI ? sine(fround(Math.PI - x)) : -sine(fround(TURN - x));
}

/** Cosine of an angle in [0, 2 pi). */
function cosine(x: number): number {
  if (x < Math.PI / 4) return cosf(x);
  if (x < Math.PI / 2) return fround(Math.sin(Math.PI / 2 - x));
  return x < Math.PI ? -cosine(fround(Math.PI - x)) : cosine(fround(TURN - x));
}

/** 1 / (1 + e^-x) in binary32, as XNNPACK computes it. */
function sigmoid(x: number): number {
  const z = Math.abs(x);
  if (z > 87.33654022216797) return x > 0 ? 1 : 0;
  const shifted = fround(fround(z * -1.4426950216293335) + 12583039);
  word.setFloat32(0, shifted);
  word.setInt32(0, word.getInt32(0) << 23);
  const s = word.getFloat32(0);
  const n = fround(shifted - 12583039);
  let t = fround(fround(n * 0.693145751953125) + z);
  t = fround(fround(n * 1.428606765330187e-6) + t);
  let p = fround(fround(t * -0.008289290592074394) + 0.04189782217144966);
  p = fround(fround(p * t) - 0.16667652130126953);
  p = fround(fround(p * t) + 0.4999915063381195);
  p = fround(fround(p * t) - 0.9999997019767761);
  t = fround(t * s);
  const e = fround(fround(t * p) + s);
  const f = fround(e / fround(e + 1));
  return x > 0 ? fround(1 - f) : f;
}

/** A linear layer in binary32: products are added in the order of the inputs, then the bias. */
export function applyLinear(x: Float32Array, { input, output, matrix, bias }: LinearWeights): Float32Array {
  const sums = new Float32Array(output);
  for (let o = 0; o < output; o++) {
    let sum = 0;
    for (let i = 0, at = o; i < input; i++, at += output) sum = fround(sum + fround(x[i] * matrix[at]));
    sums[o] = fround(sum + bias[o]);
  }
  return sums;
}

/**
 * Features of a noise level: sines and cosines of ln(sigma) / 4, through the layers of the embedding.
 *
 * @param sigma - noise level, 1e-6..1e6
 */
export function embedNoiseLevel(sigma: number, layers: readonly LinearWeights[]): Float32Array {
  const angle = logf(fround(sigma)) / 4;
  const angles = embeddingFrequencies().map((frequency) => reduced(fround(angle * frequency)));
  let features: Float32Array = Float32Array.from([...angles.map(sine), ...angles.map(cosine)]);
  for (const layer of layers) {
    features = applyLinear(features, layer).map((value) => fround(value * sigmoid(value)));
  }
  return features;
}
