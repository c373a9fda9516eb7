/**
 * Gaussian random numbers shared by encoder and decoder: 65536 standard-normal quantiles, and the integer hash that
 * selects among them. Both sides must agree on every value, so the table is rounded to multiples of 2^-12 and
 * everything else is 32-bit integers. docs/format.md, "Shared randomness".
 */

/** Number of entries of the quantile table. */
export const QUANTILES: number = 65536;

/** Entries of the table are multiples of this. */
const RESOLUTION = 1 / 4096;

/** The polynomial a[0] + a[1] x + ..., by Horner's rule. */
function polynomial(a: readonly number[], x: number): number {
  let sum = 0;
  for (let i = a.length - 1; i >= 0; i--) sum = sum * x + a[i];
  return sum;
}

// Coefficients of Wichura, "Algorithm AS 241: the percentage points of the normal distribution" (1988), PPND16.
const CENTRE_NUM = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const CENTRE_DEN = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
];
const TAIL_NUM = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const TAIL_DEN = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];

/**
 * Standard-normal quantile to about 1e-16 relative (Wichura 1988, AS 241), for the range that the table needs.
 *
 * @param p - probability, 1e-10 < p < 1 - 1e-10
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_NUM, r)) / polynomial(CENTRE_DEN, r);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p)) - 1.6;
  const magnitude = polynomial(TAIL_NUM, r) / polynomial(TAIL_DEN, r);
  return q < 0 ? -magnitude : magnitude;
}

function buildTable(): Float32Array {
  const table = new Float32Array(QUANTILES);
  for (let j = QUANTILES / 2; j < QUANTILES; j++) {
    const value = Math.round(normalQuantile((j + 0.5) / QUANTILES) / RESOLUTION) * RESOLUTION;
    table[j] = value;
    table[QUANTILES - 1 - j] = -value;
  }
  return table;
}

/** Standard-normal quantiles at (j + 1/2) / 65536, rounded to multiples of 2^-12; ascending and antisymmetric. */
export const GAUSSIAN_QUANTILES: Float32Array = buildTable();

/** Multiplier of the register in {@link hash}. */
export const HASH_STATE: number = 0x9e3779b1 | 0;
/** Multiplier of the index in {@link hash}. */
export const HASH_INDEX: number = 0x85ebca77 | 0;

/** Last part of {@link hash}: mixes all bits of x. */
export function mix(x: number): number {
  let h = x ^ (x >>> 15);
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 13;
  return Math.imul(h, 0x297a2d39);
}

/** 32-bit integer hash of a register and an index; the result is a signed 32-bit integer. */
export function hash(state: number, index: number): number {
  return mix(Math.imul(state, HASH_STATE) ^ Math.imul(index, HASH_INDEX));
}

/** Purposes of hash streams; streams of different purposes are independent. */
export const STREAM = {
  initialState: 1,
  detail: 2,
  startRegister: 3,
  blocks: 4,
  bands: 5,
  offsets: 6,
  codebook: 7,
  /** Not part of the format: samples that a decoder draws for `reconstruction: 'sample'`. */
  sample: 8,
  dither: 9,
} as const;

/** One of the {@link STREAM} values. */
export type Stream = (typeof STREAM)[keyof typeof STREAM];

/** Key of a hash stream, an unsigned 32-bit integer. `a` and `b` are layer and tile, or pyramid level and 0. */
export function streamKey(seed: number, stream: Stream, a: number, b: number): number {
  let key = hash(seed, stream);
  key = hash(key ^ (key >>> 16), a);
  key = hash(key ^ (key >>> 16), b);
  return (key ^ (key >>> 16)) >>> 0;
}

/** Maps a hash to 0..n-1, n <= 2^21: floor(hash * n / 2^32), exact in a double. */
export function uniform(hashed: number, n: number): number {
  return Math.floor(((hashed >>> 0) * n) / 4294967296);
}

/**
 * Pseudo-random order of n things: a Fisher-Yates shuffle driven by the shared hash.
 *
 * @param key - from {@link streamKey}
 */
export function shuffledOrder(n: number, key: number): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const j = uniform(hash(key, i), i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

/**
 * Fills `out` with pseudo-random standard-normal values that encoder and decoder share.
 *
 * @param key - from {@link streamKey}
 */
export function fillGaussian(out: Float32Array, key: number): void {
  const state = Math.imul(key, HASH_STATE);
  for (let i = 0; i < out.length; i++) {
    out[i] = GAUSSIAN_QUANTILES[mix(state ^ Math.imul(i, HASH_INDEX)) >>> 16];
  }
}
