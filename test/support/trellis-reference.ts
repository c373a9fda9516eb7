/**
 * A second implementation of the trellis code, written from its description (docs/format.md, "Bit allocation" and
 * "Trellis code"), slow and with BigInt. The fast code must give the same bits.
 */
import { GAUSSIAN_QUANTILES } from '../../src/codec/math/gaussian-table.ts';
import type { TileKey } from '../../src/codec/transport/transport.ts';
import vectors from '../codec/math/vectors.json' with { type: 'json' };

const WORD = 1n << 32n;
/** (colour, band) classes. */
const CLASSES = 192;

function hash(s: bigint, i: bigint): bigint {
  let x = ((s * 0x9e3779b1n) ^ (i * 0x85ebca77n)) % WORD;
  x ^= x >> 15n;
  x = (x * 0x2c1b3c6dn) % WORD;
  x ^= x >> 13n;
  return (x * 0x297a2d39n) % WORD;
}

function fold(h: bigint): bigint {
  return h ^ (h >> 16n);
}

function keyOf({ seed, layer, tile }: TileKey, stream: bigint): bigint {
  const first = fold(hash(BigInt(seed), stream));
  return fold(hash(fold(hash(first, BigInt(layer))), BigInt(tile)));
}

/** The i-th draw of a random stream, one of 0..n-1. */
function draw(state: bigint, i: number, n: number): number {
  return Number((hash(state, BigInt(i)) * BigInt(n)) / WORD);
}

/** Shuffle by Fisher and Yates, inside-out: item i goes to position j <= i, and the item at j moves to position i. */
function shuffle(n: number, state: bigint): number[] {
  const order: number[] = [];
  for (let i = 0; i < n; i++) {
    const j = draw(state, i, i + 1);
    order.push(order[j]);
    order[j] = i;
  }
  return order;
}

/**
 * Order in which the coefficients of a tile are visited. Each run visits every class once; each class has its own order
 * of blocks.
 */
export function referenceOrder(n: number, key: TileKey): number[] {
  const blocks = shuffle(n / CLASSES, keyOf(key, 4n));
  const classes = shuffle(CLASSES, keyOf(key, 5n));
  const offsets = classes.map((_, place) => draw(keyOf(key, 6n), place, blocks.length));
  return Array.from({ length: n }, (_, i) => {
    const place = i % CLASSES;
    const run = (i - place) / CLASSES;
    return blocks[(run + offsets[place]) % blocks.length] * CLASSES + classes[place];
  });
}

/** The quantiles in a pseudo-random order that is the same for every stream; 16384 rows of 4. */
const codebook = shuffle(65536, keyOf({ seed: 0, layer: 0, tile: 0 }, 7n)).map((i) => GAUSSIAN_QUANTILES[i]);

/** Value of the i-th visited coefficient; the last bit of the register is its sign. */
export function referenceValue(register: bigint, i: number): number {
  const row = Number(hash(register / 2n, BigInt(Math.floor(i / 4))) >> 18n);
  const magnitude = codebook[4 * row + (i % 4)];
  return register % 2n === 1n ? magnitude : -magnitude;
}

/** Values computed by mpmath, for x = -1024 .. 1024; the file omits the leading zeros. */
const information = [...new Array<number>(824).fill(0), ...vectors.information];

/**
 * 4096 times the information in bits of a coefficient with a signal-to-noise ratio of 2^(x / 16); constant below -64
 * and above 12 octaves.
 */
export function referenceInformation(x: number): number {
  return information[Math.min(Math.max(x, -1024), 192) + 1024];
}

/** The smallest lift of the spectrum for which a run of 192 contains as much information as its bits. */
function referenceLift(spectrum: Int32Array, bits: number, n: number): number {
  const blocks = BigInt(n / CLASSES);
  const cost = (4096n * BigInt(bits) + blocks - 1n) / blocks;
  const needed = Math.max(Number(cost), 4 * CLASSES);
  for (let lift = -1600; ; lift++) {
    let sum = 0;
    for (const value of spectrum) sum += referenceInformation(value + lift);
    if (lift === 1600 || sum >= needed) return lift;
  }
}

/** The passes of a tile: bits, and weights of the classes. */
export interface ReferencePass {
  readonly bits: number;
  readonly weights: number[];
}

/**
 * Two passes, the first of which has the information at 3/8 of the signal-to-noise ratio (23/16 octaves less); or one, where
 * there are fewer than 1024 bits, or the first would have none.
 */
export function referencePasses(spectrum: Int32Array, bits: number, n: number): ReferencePass[] {
  const lift = referenceLift(spectrum, bits, n);
  const all = Array.from(spectrum, (value) => referenceInformation(value + lift));
  const first = Array.from(spectrum, (value) => referenceInformation(value + lift - 23));
  const sum = (weights: readonly number[]): bigint => BigInt(weights.reduce((total, weight) => total + weight, 0));
  const firstBits = Number((BigInt(bits) * sum(first)) / sum(all));
  if (bits < 1024 || firstBits === 0) return [{ bits, weights: all }];
  return [
    { bits: firstBits, weights: first },
    { bits: bits - firstBits, weights: all.map((weight, i) => weight - first[i]) },
  ];
}

/** T(0) .. T(n) of a pass: floor(W_i * B / W_n). */
export function referenceSpent(order: ArrayLike<number>, bits: number, weights: ArrayLike<number>): number[] {
  const visited = [0n];
  for (let i = 0; i < order.length; i++) visited.push(visited[i] + BigInt(weights[order[i] % CLASSES]));
  const total = visited[order.length];
  return visited.map((weight) => Number((weight * BigInt(bits)) / total));
}

/** Stages computed from T: for each, the visit after its end, and the bits spent before that visit. */
export function referenceStages(spent: readonly number[]): { end: number; bits: number }[] {
  const n = spent.length - 1;
  const stages: { end: number; bits: number }[] = [];
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (spent[end] === spent[start] && end < n) end++;
    if (spent[end] === spent[n]) end = n;
    stages.push({ end, bits: spent[end] - spent[start] });
    start = end;
  }
  return stages;
}

/** Code values of the passes of a path, which is given as a text of 0 and 1. */
export function referencePath(path: string, key: TileKey, n: number, spectrum: Int32Array): Float32Array[] {
  const order = referenceOrder(n, key);
  let register = keyOf(key, 3n);
  let taken = 0;
  return referencePasses(spectrum, path.length, n).map((pass) => {
    const out = new Float32Array(n);
    let start = 0;
    for (const { end, bits } of referenceStages(referenceSpent(order, pass.bits, pass.weights))) {
      for (const bit of path.slice(taken, taken + bits)) register = (2n * register + BigInt(bit)) % WORD;
      taken += bits;
      for (let i = start; i < end; i++) out[order[i]] = referenceValue(register, i);
      start = end;
    }
    return out;
  });
}
