/**
 * Measures the trellis code: information delivered per bit spent, and time per look-up (there are n * M) of kernel and
 * reference. Both work in turn on the same tiles; their paths are compared first.
 *
 * n is a multiple of 192. With --against a folder `dist` of another commit its kernel runs in turn with this one.
 *
 *   FILTER=1024 npm run bench:trellis -- [--n 24000] [--against ../other/dist] [--json]
 */
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import seedrandom from 'seedrandom';
import { cutStages, FLAT_SPECTRUM } from '#dist/codec/trellis/bit-allocation.js';
import type { SearchTarget } from '#dist/codec/trellis/passes.js';
import { PathSearch, type PathSearcher, type SearchRoute } from '#dist/codec/trellis/path-search.js';
import { createPathSearch } from '#dist/codec/trellis/search-kernel.js';
import { interleave, PathReader, startRegister } from '#dist/codec/trellis/trellis-code.js';

/** Parts of the coefficients, each with its share and its signal-to-noise ratio rho = 1/r - 1. */
type Mixture = readonly { readonly share: number; readonly rho: number }[];

const KEY = { seed: 1, layer: 1, tile: 1 } as const;

/** Targets of one pass, and the route through them. */
interface Tile extends SearchTarget {
  readonly route: SearchRoute;
  /** Register before the pass. */
  readonly register: number;
  /** Index of each coefficient's part in the mixture. */
  readonly part: Uint8Array;
}

interface Row {
  readonly width: number;
  readonly rho: string;
  readonly bitsPerCoefficient: number;
  /** log2 of the importance weight q(c)/p(c), divided by the number of bits. */
  readonly weightPerBit: number;
  /** Gaussian mutual information between code values and targets, divided by the number of bits. */
  readonly informationPerBit: number;
  readonly kernelNs: number;
  readonly referenceNs: number;
  readonly ratio: number;
  /** Time of the kernel of --against over that of this one, and log2 of its weight for each bit. */
  readonly against?: { readonly ratio: number; readonly weightPerBit: number };
}

type CreateSearch = typeof createPathSearch;

const TURNS = 5;
const WIDTHS = [256, 512, 1024, 4096];
const GAMMA = 1.05;
const MIXTURES: readonly Mixture[] = [
  ...[0.05, 0.2, 0.5, 1, 3].map((rho) => [{ share: 1, rho }]),
  [
    { share: 0.1, rho: 3 },
    { share: 0.9, rho: 0.02 },
  ],
  [
    { share: 0.02, rho: 10 },
    { share: 0.98, rho: 0.02 },
  ],
];

/** Makes a tile whose targets have the distribution that the model predicts: a ~ N(0, 1 - r). */
function syntheticTile(n: number, mixture: Mixture, name: string): Tile {
  const random = seedrandom(name);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const part = Uint8Array.from({ length: n }, () => {
    const u = random();
    let p = 0;
    for (let above = mixture[0].share; u >= above && p < mixture.length - 1; above += mixture[p].share) p++;
    return p;
  });
  const residualVariance = Float32Array.from(part, (p) => 1 / (1 + mixture[p].rho));
  const target = residualVariance.map((r) => Math.sqrt(1 - r) * normal());
  // KL(N(a, r) || N(0, 1)).
  const nats = target.reduce(
    (sum, a, i) => sum + 0.5 * (residualVariance[i] + a * a - 1 - Math.log(residualVariance[i])),
    0,
  );
  const bits = Math.round((GAMMA * nats) / Math.LN2);
  const order = interleave(n, KEY);
  const stages = cutStages(order, { bits, weights: FLAT_SPECTRUM.map(() => 1) });
  return { target, residualVariance, route: { order, bits, stages }, register: startRegister(KEY), part };
}

function logWeightBits({ target, residualVariance }: SearchTarget, c: Float32Array): number {
  let nats = 0;
  for (let i = 0; i < c.length; i++) {
    const r = residualVariance[i];
    nats += 0.5 * (c[i] ** 2 - (c[i] - target[i]) ** 2 / r - Math.log(r));
  }
  return nats / Math.LN2;
}

/**
 * Gaussian mutual information in bits: log2(1 + g^2 var(a) / var(c - g a)) / 2 for each coefficient, where g is the
 * regression of c on a within a part of the mixture.
 */
function gaussianInformationBits({ target, part }: Tile, c: Float32Array, parts: number): number {
  let bits = 0;
  for (let p = 0; p < parts; p++) {
    let [count, aa, ca, cc] = [0, 0, 0, 0];
    for (let i = 0; i < c.length; i++) {
      if (part[i] !== p) continue;
      count++;
      aa += target[i] ** 2;
      ca += c[i] * target[i];
      cc += c[i] ** 2;
    }
    const explained = (ca * ca) / aa;
    bits += 0.5 * count * Math.log2(1 + explained / (cc - explained));
  }
  return bits;
}

function findPath(paths: PathSearcher, tile: Tile): Uint8Array {
  return paths.search(tile, tile.route, tile.register);
}

function timeNs(paths: PathSearcher, tile: Tile): number {
  const start = performance.now();
  findPath(paths, tile);
  return ((performance.now() - start) * 1e6) / (tile.target.length * paths.width);
}

function weightPerBit(packed: Uint8Array, tile: Tile): { values: Float32Array; weightPerBit: number } {
  const { order, bits } = tile.route;
  const { values } = new PathReader(packed, tile.register, bits).pass(order, tile.route);
  return { values, weightPerBit: logWeightBits(tile, values) / bits };
}

function measure(width: number, mixture: Mixture, n: number, createOther: CreateSearch | undefined): Row {
  const rho = mixture.map((part) => (part.share === 1 ? `${part.rho}` : `${part.share}:${part.rho}`)).join(' ');
  const tile = syntheticTile(n, mixture, `bench/${rho}`);
  const { bits } = tile.route;
  const kernel = createPathSearch(width);
  if (kernel.name !== 'wasm-simd') throw new Error(`the kernel does not start here; got the ${kernel.name}`);
  const reference = new PathSearch(width);
  const other = createOther?.(width);
  const packed = findPath(kernel, tile);
  if (Buffer.compare(packed, findPath(reference, tile)) !== 0)
    throw new Error(`paths differ at M = ${width}, rho ${rho}`);
  const otherPacked = other && findPath(other, tile);
  let [kernelNs, referenceNs, otherNs] = [Infinity, Infinity, Infinity];
  for (let turn = 0; turn < TURNS; turn++) {
    kernelNs = Math.min(kernelNs, timeNs(kernel, tile));
    if (other) otherNs = Math.min(otherNs, timeNs(other, tile));
    if (turn < 2) referenceNs = Math.min(referenceNs, timeNs(reference, tile));
  }
  const found = weightPerBit(packed, tile);
  return {
    width,
    rho,
    bitsPerCoefficient: bits / n,
    weightPerBit: found.weightPerBit,
    informationPerBit: gaussianInformationBits(tile, found.values, mixture.length) / bits,
    kernelNs,
    referenceNs,
    ratio: referenceNs / kernelNs,
    ...(otherPacked && {
      against: { ratio: otherNs / kernelNs, weightPerBit: weightPerBit(otherPacked, tile).weightPerBit },
    }),
  };
}

const { values: options } = parseArgs({
  options: {
    n: { type: 'string', default: '24000' },
    against: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const n = Number(options.n);
const filter = process.env.FILTER;
const otherKernel = options.against && pathToFileURL(resolve(options.against, 'codec/trellis/search-kernel.js')).href;
const createOther: CreateSearch | undefined = otherKernel && (await import(otherKernel)).createPathSearch;
const rows: Row[] = [];
if (!options.json)
  console.log(
    '   M  rho                 bits/coef  weight/bit  info/bit  kernel ns  reference ns  ratio  against: ratio  weight/bit',
  );
for (const width of WIDTHS.filter((w) => !filter || `${w}` === filter)) {
  for (const mixture of MIXTURES) {
    const row = measure(width, mixture, n, createOther);
    rows.push(row);
    if (options.json) continue;
    const cells = [
      `${row.width}`.padStart(4),
      row.rho.padEnd(18),
      row.bitsPerCoefficient.toFixed(3).padStart(10),
      row.weightPerBit.toFixed(3).padStart(10),
      row.informationPerBit.toFixed(3).padStart(8),
      row.kernelNs.toFixed(2).padStart(9),
      row.referenceNs.toFixed(1).padStart(12),
      row.ratio.toFixed(1).padStart(5),
      (row.against?.ratio.toFixed(2) ?? '-').padStart(14),
      (row.against?.weightPerBit.toFixed(3) ?? '-').padStart(10),
    ];
    console.log(cells.join('  '));
  }
}
if (options.json)
  console.log(JSON.stringify({ cpu: cpus()[0].model, node: process.version, threads: 1, n, rows }, null, 2));
