import { checkKeys } from '../base/check-options.ts';
import { choleskyFactor } from './cholesky-factor.ts';
import { checkDims, type FeatureStatistics } from './feature-statistics.ts';
import { type ProductTile, productTiles } from './row-products.ts';
import { type LongRunOptions, part, runInSlices } from './run-in-slices.ts';
import { singularValueSum } from './singular-values.ts';

/**
 * Squared Frechet distance of two Gaussian distributions (Dowson & Landau 1982), which of features of the Inception
 * network is the Frechet inception distance, FID (Heusel et al. 2017, section 2):
 *
 *     |mean_a - mean_b|^2 + tr A + tr B - 2 tr (A B)^(1/2)
 *
 * With A = P^T P and B = Q^T Q, the eigenvalues of A B are the squares of the singular values of P Q^T, and the last
 * trace is their sum. So no matrix is squared whose roots are wanted: the result keeps the digits that a root of A B
 * loses where a covariance is singular.
 *
 * 2048 features take some 20 seconds (`npm run bench:fid`), less if a covariance has a lower rank.
 *
 * @returns the distance, at least 0: what rounding makes of it below is 0
 * @throws RangeError if the numbers of features differ, or a value is not finite; `signal.reason` if aborted
 */
export async function frechetDistance(
  a: FeatureStatistics,
  b: FeatureStatistics,
  options: LongRunOptions = {},
): Promise<number> {
  checkKeys(options, ['signal', 'onProgress']);
  checkDims('b', b.dims, a.dims);
  const { dims } = a;
  let distance = 0;
  for (let i = 0; i < dims; i++) {
    distance += (a.mean[i] - b.mean[i]) ** 2 + a.covariance[i * dims + i] + b.covariance[i * dims + i];
  }
  if (!Number.isFinite(distance)) throw new RangeError('"statistics" expected finite values');
  const trace = await runInSlices(traceOfRoot(a.covariance, b.covariance, dims), options);
  return Math.max(distance - 2 * trace, 0);
}

/** Trace of the square root of the product of two covariances. Shares of the work are about those of full rank. */
function* traceOfRoot(a: Float64Array, b: Float64Array, dims: number): Generator<number, number, void> {
  const first = yield* part(choleskyFactor(a, dims), 0, 0.07);
  const second = yield* part(choleskyFactor(b, dims), 0.07, 0.07);
  const [tall, wide] = first.rank >= second.rank ? [first, second] : [second, first];
  if (wide.rank === 0) return 0;
  const products = new Float64Array(tall.rank * wide.rank);
  const fill = ({ rowA, rowB, countA, countB, products: tile }: ProductTile): void => {
    for (let i = 0; i < countA; i++) {
      products.set(tile.subarray(i * countB, (i + 1) * countB), (rowA + i) * wide.rank + rowB);
    }
  };
  const [rowsA, rowsB] = [tall, wide].map(({ rows, rank }) => ({ data: rows, count: rank }));
  yield* part(productTiles(rowsA, rowsB, dims, fill), 0.14, 0.26);
  return yield* part(singularValueSum(products, tall.rank, wide.rank), 0.4, 0.6);
}
