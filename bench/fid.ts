/**
 * Measures the distances between sets of images without the network: the Frechet distance beside the same formula with
 * ml-matrix, which takes the root of one covariance by its eigenvectors, and the parts whose time grows with the images.
 * Times are those of the processor, in seconds; both work in turn on the same statistics.
 *
 *   npm run bench:fid -- [--dims 256,512,1024,2048] [--largest 1024] [--json FILE]
 *
 * - `--largest`: most features for which ml-matrix is measured; 2048 takes it minutes.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  type FeatureSet,
  type FeatureStatistics,
  frechetDistance,
  kernelDistance,
  precisionRecall,
  StreamingStatistics,
} from 'ddpm-codec/analysis';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import seedrandom from 'seedrandom';
import { cpuTimeSince } from './cpu-time.ts';

const { values } = parseArgs({
  options: {
    dims: { type: 'string', default: '256,512,1024,2048' },
    largest: { type: 'string', default: '1024' },
    json: { type: 'string' },
  },
});

/** Processor time of a run in seconds, and its result. */
async function timed<T>(run: () => T | Promise<T>): Promise<[number, T]> {
  const start = process.cpuUsage();
  const result = await run();
  return [cpuTimeSince(start) / 1e6, result];
}

/** Features whose spectrum falls: each is a moving sum of uniform noise, the wider the lower its number. */
function features(count: number, dims: number, seed: string): FeatureSet {
  const random = seedrandom.alea(seed);
  const data = new Float32Array(count * dims);
  for (let row = 0; row < count; row++) {
    let sum = 0;
    for (let i = 0; i < dims; i++) {
      sum = 0.9 * sum + random();
      data[row * dims + i] = sum + random() / (i + 1);
    }
  }
  return { count, dims, data };
}

function statisticsOf(set: FeatureSet): FeatureStatistics {
  const sums = new StreamingStatistics(set.dims);
  sums.add(set);
  return sums.statistics();
}

/** tr (A B)^(1/2) as the sum of the roots of the eigenvalues of A^(1/2) B A^(1/2). */
function distanceByMlMatrix(a: FeatureStatistics, b: FeatureStatistics): number {
  const { dims } = a;
  const [A, B] = [a, b].map(({ covariance }) => Matrix.from1DArray(dims, dims, covariance));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(A, { assumeSymmetric: true });
  const scaled = eigenvectorMatrix.clone();
  scaled.mulRowVector(realEigenvalues.map((value) => Math.sqrt(Math.max(value, 0))));
  const root = scaled.mmul(eigenvectorMatrix.transpose());
  const middle = root.mmul(B).mmul(root);
  const found = new EigenvalueDecomposition(middle, { assumeSymmetric: true });
  const trace = found.realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
  const gap = a.mean.reduce((sum, value, i) => sum + (value - b.mean[i]) ** 2, 0);
  return gap + A.trace() + B.trace() - 2 * trace;
}

const rows: object[] = [];
console.log(`${cpus()[0].model}, Node ${process.version}`);
console.log('features  ours s  ml-matrix s  distances');
for (const dims of values.dims.split(',').map(Number)) {
  const [a, b] = ['a', 'b'].map((seed) => statisticsOf(features(dims + 200, dims, seed)));
  const [ours, distance] = await timed(() => frechetDistance(a, b));
  const isMeasured = dims <= Number(values.largest);
  const [theirs, other] = isMeasured ? await timed(() => distanceByMlMatrix(a, b)) : [null, null];
  rows.push({ dims, ours, mlMatrix: theirs, distance, byMlMatrix: other });
  const cells = [String(dims).padStart(8), ours.toFixed(2).padStart(6), (theirs?.toFixed(2) ?? '-').padStart(11)];
  console.log(`${cells.join('  ')}  ${distance.toFixed(9)} ${other?.toFixed(9) ?? ''}`);
}

const set = features(2000, 2048, 'set');
const other = features(2000, 2048, 'other');
const [streaming] = await timed(() => statisticsOf(set));
const [kid] = await timed(() => kernelDistance(set, other, { subsets: 2, subsetSize: 1000 }));
const [shares] = await timed(() => precisionRecall(set, other));
const parts = { statisticsMs: (streaming / 2000) * 1e3, kidSubset: kid / 2, precisionRecall2000: shares };
console.log(`\nwith 2048 features: statistics ${parts.statisticsMs.toFixed(2)} ms an image`);
console.log(`KID ${parts.kidSubset.toFixed(2)} s a subset of 1000`);
console.log(`precision and recall ${parts.precisionRecall2000.toFixed(1)} s for 2000 and 2000 images`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ rows, parts }, null, 1)}\n`);
