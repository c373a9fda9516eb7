import { checkKeys, checkNumber } from '../base/check-options.ts';
import { checkDims, checkFeatures, type FeatureSet } from './feature-statistics.ts';
import { type ProductTile, productTiles } from './row-products.ts';
import { type LongRunOptions, part, runInSlices } from './run-in-slices.ts';

/** Options of {@link precisionRecall}. */
export interface PrecisionRecallOptions extends LongRunOptions {
  /** The neighbour that a sphere reaches to, 1..1000; default 3. */
  readonly neighbour?: number;
}

/** Result of {@link precisionRecall}. */
export interface PrecisionRecall {
  /** Share of the images of `b` that lie in the manifold of `a`: how real they look, 0..1. */
  readonly precision: number;
  /** Share of the images of `a` that lie in the manifold of `b`: how much of the variety is covered, 0..1. */
  readonly recall: number;
}

/**
 * Checks the options, and adds what is left out.
 *
 * @throws RangeError or TypeError for a wrong one
 */
export function checkPrecisionRecallOptions(
  options: PrecisionRecallOptions,
): Required<Pick<PrecisionRecallOptions, 'neighbour'>> {
  checkKeys(options, ['neighbour', 'signal', 'onProgress']);
  return { neighbour: checkNumber('neighbour', options.neighbour, { min: 1, max: 1000, integer: true }) ?? 3 };
}

/**
 * Improved precision and recall (Kynkaanniemi, Karras, Laine, Lehtinen & Aila 2019, section 3, eq. 1 and 2): the manifold of a
 * set is the union of spheres about its features, each of which reaches to the k-th nearest of the others. Both depend on
 * the number of images; the paper takes 50 000 of each, and features of VGG-16.
 *
 * Time grows with the square of the number of images: 10 000 of each with 2048 features take some minutes. Memory is that
 * of the features.
 *
 * @param a - features of the reference, count x dims
 * @param b - features of what is judged
 * @throws RangeError or TypeError for a wrong argument: no more images than `neighbour`, different numbers of features;
 *   `signal.reason` if aborted
 */
export async function precisionRecall(
  a: FeatureSet,
  b: FeatureSet,
  options: PrecisionRecallOptions = {},
): Promise<PrecisionRecall> {
  const k = checkPrecisionRecallOptions(options).neighbour;
  for (const [name, set] of Object.entries({ a, b })) {
    checkFeatures(name, set);
    if (set.count <= k) throw new RangeError(`"${name}" expected more images than neighbour = ${k}, got ${set.count}`);
  }
  checkDims('b', b.dims, a.dims);
  return runInSlices(compare(a, b, k), options);
}

function* compare(a: FeatureSet, b: FeatureSet, k: number): Generator<number, PrecisionRecall, void> {
  const [normsA, normsB] = [a, b].map(squaredNorms);
  // Shares of the work: half of all pairs in each set, and all pairs of both.
  const work = [a.count ** 2 / 2, b.count ** 2 / 2, a.count * b.count];
  const total = work[0] + work[1] + work[2];
  const radiiA = yield* part(squaredRadii(a, normsA, k), 0, work[0] / total);
  const radiiB = yield* part(squaredRadii(b, normsB, k), work[0] / total, work[1] / total);
  const inB = new Uint8Array(a.count);
  const inA = new Uint8Array(b.count);
  const tiles = productTiles(a, b, a.dims, (tile) =>
    forDistances(tile, normsA, normsB, (i, j, distance) => {
      if (distance <= radiiA[i]) inA[j] = 1;
      if (distance <= radiiB[j]) inB[i] = 1;
    }),
  );
  yield* part(tiles, 1 - work[2] / total, work[2] / total);
  return { precision: meanOf(inA), recall: meanOf(inB) };
}

/** In the order of the sums of `productTiles`, so that the distance of equal features is exactly 0. */
function squaredNorms({ count, dims, data }: FeatureSet): Float64Array {
  const norms = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    for (let i = row * dims; i < (row + 1) * dims; i++) norms[row] += data[i] * data[i];
  }
  return norms;
}

/** For each row the squared distance of the k-th nearest of the other rows. */
function* squaredRadii(set: FeatureSet, norms: Float64Array, k: number): Generator<number, Float64Array, void> {
  /** The k smallest distances of each row, in ascending order. */
  const nearest = new Float64Array(set.count * k).fill(Number.POSITIVE_INFINITY);
  const insert = (row: number, distance: number): void => {
    const first = row * k;
    let at = first + k - 1;
    if (distance >= nearest[at]) return;
    for (; at > first && nearest[at - 1] > distance; at--) nearest[at] = nearest[at - 1];
    nearest[at] = distance;
  };
  yield* productTiles(
    set,
    set,
    set.dims,
    (tile) =>
      forDistances(tile, norms, norms, (i, j, distance) => {
        if (j <= i) return; // each pair once
        insert(i, distance);
        insert(j, distance);
      }),
    true,
  );
  return Float64Array.from({ length: set.count }, (_, row) => nearest[row * k + k - 1]);
}

/** Calls `visit` with the rows and the squared distance of each pair of a tile. */
function forDistances(
  { rowA, rowB, countA, countB, products }: ProductTile,
  normsA: Float64Array,
  normsB: Float64Array,
  visit: (i: number, j: number, distance: number) => void,
): void {
  for (let i = 0; i < countA; i++) {
    for (let j = 0; j < countB; j++) {
      const distance = normsA[rowA + i] + normsB[rowB + j] - 2 * products[i * countB + j];
      visit(rowA + i, rowB + j, Math.max(distance, 0));
    }
  }
}

function meanOf(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0) / flags.length;
}
