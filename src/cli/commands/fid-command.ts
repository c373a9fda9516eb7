import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import { checkComparable } from '../../fid/extraction.ts';
import { type FeatureNetwork, openFeatureNetwork } from '../../fid/feature-network.ts';
import type { FeatureSet } from '../../fid/feature-statistics.ts';
import { frechetDistance } from '../../fid/frechet-distance.ts';
import { checkKernelDistanceOptions, kernelDistance } from '../../fid/kernel-distance.ts';
import { checkPrecisionRecallOptions, precisionRecall } from '../../fid/precision-recall.ts';
import { writeStatistics } from '../../fid/statistics-file.ts';
import { MAX_ONNX_THREADS } from '../../onnx/onnx-network.ts';
import { assertWritable, writeFileAtomic } from '../../storage/atomic-write.ts';
import { shownLocation } from '../../storage/location.ts';
import { usageError } from '../command-options.ts';
import { dataSetFiles } from '../files/data-set.ts';
import { type FeatureSource, isStatisticsFile, measureFeatures, readFeatureSource } from '../files/feature-sets.ts';
import { checkOutputPath } from '../files/output-name.ts';
import { assertNotRead } from '../files/same-file.ts';
import type { Library } from '../library.ts';
import { type CliIo, readInput } from '../terminal/cli-io.ts';
import { createProgressView, type ProgressView } from '../terminal/progress-view.ts';
import { grouped } from '../terminal/text-format.ts';
import { checkFidUsage, type FidCommandOptions, optionsOfFid } from './fid-options.ts';
import { type Distances, reportFid } from './fid-report.ts';

/** Adds the `fid` command. */
export function addFid(program: Command, library: Library, io: CliIo): void {
  const command = program
    .command('fid')
    .description(
      'Print how far two sets of images are apart, by features of a network: FID (Heusel et al. 2017), KID, precision and recall.',
    )
    .argument('<a>', 'the reference: a folder, quoted glob, CIFAR-10 binary (.bin), or saved statistics (.npz)')
    .argument('[b]', 'what is judged, likewise; without it the statistics of one set are saved');
  for (const option of optionsOfFid()) command.addOption(option);
  command.action((a: string, b: string | undefined, options: FidCommandOptions) =>
    fidCommand(b === undefined ? [a] : [a, b], options, library, io),
  );
}

/** A set of the command line: one of images has files. */
interface NamedSet {
  readonly input: string;
  readonly files: readonly string[] | null;
}

/** `ddpm-codec fid`: prints how far two sets of images are apart, or saves the statistics of one. */
export async function fidCommand(
  inputs: readonly string[],
  options: FidCommandOptions,
  library: Library,
  io: CliIo,
): Promise<void> {
  const startMs = io.now();
  checkFidUsage(inputs, options);
  const { subsets, subsetSize, seed, neighbour } = options;
  const settings: Settings = {
    kid: options.kid ? checkKernelDistanceOptions(defined({ subsets, subsetSize, seed })) : null,
    precisionRecall: options.precisionRecall ? checkPrecisionRecallOptions(defined({ neighbour })) : null,
  };
  const named: NamedSet[] = [];
  for (const input of inputs)
    named.push({ input, files: isStatisticsFile(input) ? null : await dataSetFiles([input]) });
  checkOutputs(named, options);
  const warn = (text: string): void => {
    if (!options.quiet) io.stderr.write(`ddpm-codec: warning: ${text}\n`);
  };
  const sets = await measureSets(named, options, { library, io, warn });
  await save(named, sets, options);
  for (const set of sets) warnOfCount(set, warn);
  const [a, b] = sets;
  const shown: ShowProgress = (label) => createProgressView(label, options.quiet === true, io);
  const result = b && { ...(await distances(a, b, settings, shown)), timeMs: Math.round(io.now() - startMs) };
  await reportFid(sets, result, options, io);
}

/** Checks before any work is done that the outputs can be written. */
function checkOutputs(named: readonly NamedSet[], options: FidCommandOptions): void {
  const { features, saveStats, saveFeatures, clobber } = options;
  const outputs = Object.entries(defined({ '--save-stats': saveStats, '--save-features': saveFeatures }));
  for (const [flag, path] of outputs) {
    checkOutputPath(flag, path);
    if (!isStatisticsFile(path)) throw usageError(`${flag} expected a name that ends with .npz, got ${path}`);
  }
  const read = named.flatMap(({ input, files }) => files ?? [input]);
  const paths = outputs.map(([, path]) => path);
  if (new Set(paths).size < paths.length) throw usageError('--save-stats and --save-features need different files');
  assertNotRead(paths, features === undefined ? read : [...read, features]);
  for (const path of paths) assertWritable(path, { replace: clobber !== false });
}

interface Context {
  readonly library: Library;
  readonly io: CliIo;
  readonly warn: (text: string) => void;
}

/** Reads statistics, and makes those of images; everything that can be wrong with the former is found before the latter. */
async function measureSets(
  named: readonly NamedSet[],
  options: FidCommandOptions,
  context: Context,
): Promise<FeatureSource[]> {
  const { kid, precisionRecall: precision, saveFeatures } = options;
  const needsFeatures = kid === true || precision === true;
  const sets = new Map<NamedSet, FeatureSource>();
  for (const set of named) {
    if (!set.files) sets.set(set, await readFeatureSource(set.input, needsFeatures, context.io));
  }
  const saved = [...sets.values()];
  for (const { source, extraction } of saved) {
    if (!extraction) context.warn(`${source} does not say how its features were made; only you can know that it fits`);
  }
  if (saved.length === 2) checkComparable(saved[0], saved[1]);
  if (saved.length === named.length) return saved;
  const network = await openNetwork(options, context.io);
  try {
    for (const set of saved) {
      const images = named.find(({ files }) => files)?.input ?? '';
      checkComparable(set, { source: shownLocation(images), extraction: network.extraction });
      checkDims(set, { source: shownLocation(images), dims: network.dims });
    }
    const keepFeatures = (needsFeatures && named.length > 1) || saveFeatures !== undefined;
    for (const set of named) {
      if (!set.files) continue;
      const files = { input: set.input, files: set.files };
      sets.set(set, await measureFeatures(files, network, { ...options, keepFeatures }, context));
    }
  } finally {
    await network.close();
  }
  return named.map((set) => sets.get(set) as FeatureSource);
}

async function openNetwork(options: FidCommandOptions, io: CliIo): Promise<FeatureNetwork> {
  const { features = '', range, size, output } = options;
  const threads = options.threads === 'all' ? Math.min(availableParallelism(), MAX_ONNX_THREADS) : options.threads;
  const source = shownLocation(features);
  return openFeatureNetwork(await readInput(features, io), { source, ...defined({ range, size, output, threads }) });
}

async function save(
  named: readonly NamedSet[],
  sets: readonly FeatureSource[],
  { saveStats, saveFeatures, clobber }: FidCommandOptions,
): Promise<void> {
  const set = sets[named.findIndex(({ files }) => files)];
  const replace = clobber !== false;
  if (saveStats !== undefined) {
    await writeFileAtomic(saveStats, writeStatistics({ ...set, features: null }), { replace });
  }
  if (saveFeatures !== undefined) await writeFileAtomic(saveFeatures, writeStatistics(set), { replace });
}

function warnOfCount({ source, statistics: { count, dims } }: FeatureSource, warn: (text: string) => void): void {
  if (count === null || count > dims) return;
  const few = `${grouped(count)} images for ${grouped(dims)} features, so that their covariance is singular`;
  warn(`${source}: ${few}. FID depends on the number of images: compare it at equal numbers only, or give more`);
}

/** Options of the distances besides FID; null where one is not wanted. */
interface Settings {
  readonly kid: ReturnType<typeof checkKernelDistanceOptions> | null;
  readonly precisionRecall: ReturnType<typeof checkPrecisionRecallOptions> | null;
}

type ShowProgress = (label: string) => ProgressView;

async function distances(
  a: FeatureSource,
  b: FeatureSource,
  { kid, precisionRecall: precision }: Settings,
  show: ShowProgress,
): Promise<Distances> {
  checkSizes(a, b, precision?.neighbour ?? 0);
  const run = async <T>(label: string, work: (onProgress: (fraction: number) => void) => Promise<T>): Promise<T> => {
    const view = show(label);
    try {
      return await work((fraction) =>
        view.update({ unit: 'step', step: Math.floor(fraction * 100), steps: 100, fraction }),
      );
    } finally {
      view.stop();
    }
  };
  const [x, y] = [a.features as FeatureSet, b.features as FeatureSet];
  const fid = await run('FID', (onProgress) => frechetDistance(a.statistics, b.statistics, { onProgress }));
  const kernel = kid && (await run('KID', (onProgress) => kernelDistance(x, y, { ...kid, onProgress })));
  const shares =
    precision && (await run('precision, recall', (onProgress) => precisionRecall(x, y, { ...precision, onProgress })));
  return { fid, kid: kernel, precision: shares?.precision ?? null, recall: shares?.recall ?? null };
}

/** @throws DdpmError `ERR_DDPM_INPUT` if the sets do not go together, or one has no more images than `neighbour` */
function checkSizes(a: FeatureSource, b: FeatureSource, neighbour: number): void {
  checkDims(a, { source: b.source, dims: b.statistics.dims });
  for (const { source, features } of [a, b]) {
    if (neighbour === 0 || !features || features.count > neighbour) continue;
    const why = `${features.count} images; --precision-recall with neighbour ${neighbour} takes ${neighbour + 1} or more`;
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: ${why}`);
  }
}

function checkDims(a: FeatureSource, b: { readonly source: string; readonly dims: number | null }): void {
  if (b.dims === null || a.statistics.dims === b.dims) return;
  const why = `${a.source} has ${a.statistics.dims} features, ${b.source} has ${b.dims}`;
  throw new DdpmError('ERR_DDPM_INPUT', `cannot compare sets of different features: ${why}. Use one network for both`);
}
