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
import { cutStages, FLAT_SPECTRUM } from '#dist/codec/trellis/bit-allocation.js';
import type { SearchTarget } from '#dist/codec/trellis/passes.js';
import { PathSearch, type PathSearcher, type SearchRoute } from '#dist/codec/trellis/path-search.js';
import { createPathSearch } from '#dist/codec/trellis/search-kernel.js';
import { interleave, PathReader, startRegister } from '#dist/codec/trellis/trellis-code.js';
import { deliveredBits, klBits } from './channels/channel.ts';
import { LinearInformation } from './channels/linear-information.ts';
import { gaussianTile, type Mixture } from './channels/sources.ts';

const KEY = { seed: 1, layer: 1, tile: 1 } as const;

/** Targets of one pass, and the route through them. */
interface Tile extends SearchTarget {
  readonly route: SearchRoute;
  /** Register before the pass. */
  readonly register: number;
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

/** Makes the tile of a mixture, and its route. */
function tileOf(n: number, mixture: Mixture): Tile {
  const { target, residualVariance } = gaussianTile(n, mixture, 0);
  const bits = Math.round(GAMMA * klBits({ target, residualVariance }));
  const order = interleave(n, KEY);
  const stages = cutStages(order, { bits, weights: FLAT_SPECTRUM.map(() => 1) });
  return { target, residualVariance, route: { order, bits, stages }, register: startRegister(KEY) };
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
  return { values, weightPerBit: deliveredBits(tile, values) / bits };
}

function measure(width: number, mixture: Mixture, n: number, createOther: CreateSearch | undefined): Row {
  const rho = mixture.map((part) => (part.share === 1 ? `${part.rho}` : `${part.share}:${part.rho}`)).join(' ');
  const tile = tileOf(n, mixture);
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
  const information = new LinearInformation();
  information.add(tile, found.values);
  return {
    width,
    rho,
    bitsPerCoefficient: bits / n,
    weightPerBit: found.weightPerBit,
    informationPerBit: information.bits / bits,
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
