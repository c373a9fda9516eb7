import seedrandom from 'seedrandom';
import { checkKeys, checkNumber, checkSeed } from '../base/check-options.ts';
import { checkDims, checkFeatures, type FeatureSet } from './feature-statistics.ts';
import { productTiles, type Rows } from './row-products.ts';
import { type LongRunOptions, part, runInSlices } from './run-in-slices.ts';

/** Options of {@link kernelDistance}. */
export interface KernelDistanceOptions extends LongRunOptions {
  /** Number of subsets of each set, 1..1000000; default 100. */
  readonly subsets?: number;
  /** Images of a subset, 2..1000000, or as many as the smaller set has; default 1000. */
  readonly subsetSize?: number;
  /** Seed of the choice of subsets, an integer 0..4294967295; default 0. */
  readonly seed?: number;
}

/** Result of {@link kernelDistance}. */
export interface KernelDistance {
  /** Mean over the subsets: the kernel inception distance. */
  readonly mean: number;
  /** Standard deviation over the subsets, with the divisor `subsets`. */
  readonly deviation: number;
  /** Number of subsets that were used: 1 where each would be both whole sets. */
  readonly subsets: number;
  /** Images of a subset that were used. */
  readonly subsetSize: number;
}

/**
 * Checks the options, and adds what is left out.
 *
 * @throws RangeError or TypeError for a wrong one
 */
export function checkKernelDistanceOptions(
  options: KernelDistanceOptions,
): Required<Pick<KernelDistanceOptions, 'subsets' | 'subsetSize' | 'seed'>> {
  checkKeys(options, ['subsets', 'subsetSize', 'seed', 'signal', 'onProgress']);
  return {
    subsets: checkNumber('subsets', options.subsets, { min: 1, max: 1e6, integer: true }) ?? 100,
    subsetSize: checkNumber('subsetSize', options.subsetSize, { min: 2, max: 1e6, integer: true }) ?? 1000,
    seed: checkSeed('seed', options.seed) ?? 0,
  };
}

/**
 * Kernel inception distance, KID (Binkowski, Sutherland, Arbel & Gretton 2018, *Demystifying MMD GANs*, section 4): the
 * unbiased estimate of the squared maximum mean discrepancy with the kernel k(x, y) = (x.y / dims + 1)^3 (eq. 4), over
 * random subsets that are drawn without replacement. Its expectation does not depend on the number of images, and it can
 * be below 0.
 *
 * 100 subsets of 1000 of 2048 features take some minutes.
 *
 * @throws RangeError or TypeError for a wrong argument: sets of fewer than 2 images, different numbers of features;
 *   `signal.reason` if aborted
 */
export async function kernelDistance(
  a: FeatureSet,
  b: FeatureSet,
  options: KernelDistanceOptions = {},
): Promise<KernelDistance> {
  const { subsets, subsetSize: wanted, seed } = checkKernelDistanceOptions(options);
  for (const [name, set] of Object.entries({ a, b })) {
    checkFeatures(name, set);
    if (set.count < 2) throw new RangeError(`"${name}" expected 2 or more images, got ${set.count}`);
  }
  checkDims('b', b.dims, a.dims);
  const subsetSize = Math.min(wanted, a.count, b.count);
  const areWhole = subsetSize === a.count && subsetSize === b.count;
  return runInSlices(overSubsets(a, b, { subsets: areWhole ? 1 : subsets, subsetSize, seed }), options);
}

function* overSubsets(
  a: FeatureSet,
  b: FeatureSet,
  { subsets, subsetSize, seed }: { subsets: number; subsetSize: number; seed: number },
): Generator<number, KernelDistance, void> {
  const values: number[] = [];
  for (let subset = 0; subset < subsets; subset++) {
    const [x, y] = [a, b].map((set, i) => drawRows(set, subsetSize, `kid/${seed}/${subset}/${i}`));
    values.push(yield* part(squaredDiscrepancy(x, y, a.dims), subset / subsets, 1 / subsets));
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / subsets;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / subsets), subsets, subsetSize };
}

/** Copies rows that are drawn without replacement. */
function drawRows({ count, dims, data }: FeatureSet, wanted: number, seed: string): Rows {
  const random = seedrandom(seed);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const rows = new (data instanceof Float32Array ? Float32Array : Float64Array)(wanted * dims);
  for (let i = 0; i < wanted; i++) {
    const chosen = i + Math.floor(random() * (count - i));
    const row = order[chosen];
    order[chosen] = order[i];
    rows.set(data.subarray(row * dims, (row + 1) * dims), i * dims);
  }
  return { data: rows, count: wanted };
}

/** The unbiased estimate of MMD^2 from as many rows of each distribution. */
function* squaredDiscrepancy(x: Rows, y: Rows, dims: number): Generator<number, number, void> {
  const n = x.count;
  let within = 0;
  let between = 0;
  const kernel = (product: number): number => (product / dims + 1) ** 3;
  for (const [quarter, rows] of [x, y].entries()) {
    const tiles = productTiles(
      rows,
      rows,
      dims,
      ({ rowA, rowB, countA, countB, products }) => {
        for (let i = 0; i < countA; i++) {
          // Pairs of two different rows, each once.
          for (let j = Math.max(0, rowA + i + 1 - rowB); j < countB; j++) within += kernel(products[i * countB + j]);
        }
      },
      true,
    );
    yield* part(tiles, quarter / 4, 1 / 4);
  }
  const tiles = productTiles(x, y, dims, ({ countA, countB, products }) => {
    for (let i = 0; i < countA * countB; i++) between += kernel(products[i]);
  });
  yield* part(tiles, 1 / 2, 1 / 2);
  return (2 * within) / (n * (n - 1)) - (2 * between) / (n * n);
}
