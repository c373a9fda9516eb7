import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import { checkComparable, describeExtraction, INPUT_RANGES, type InputRange } from '../../fid/extraction.ts';
import { type FeatureNetwork, openFeatureNetwork } from '../../fid/feature-network.ts';
import type { FeatureSet } from '../../fid/feature-statistics.ts';
import { frechetDistance } from '../../fid/frechet-distance.ts';
import { checkKernelDistanceOptions, type KernelDistance, kernelDistance } from '../../fid/kernel-distance.ts';
import { checkPrecisionRecallOptions, precisionRecall } from '../../fid/precision-recall.ts';
import { writeStatistics } from '../../fid/statistics-file.ts';
import { assertWritable, writeFileAtomic } from '../../storage/atomic-write.ts';
import { shownLocation } from '../../storage/location.ts';
import { limitPixelsOption, noClobberOption, numberOption, printJson, usageError } from '../command-options.ts';
import { type DataSetOptions, dataSetFiles } from '../files/data-set.ts';
import { type FeatureSource, isStatisticsFile, measureFeatures, readFeatureSource } from '../files/feature-sets.ts';
import { checkOutputPath } from '../files/output-name.ts';
import { assertNotRead } from '../files/same-file.ts';
import type { Library } from '../library.ts';
import { parseThreads } from '../parse-arguments.ts';
import { type CliIo, readInput, writeStandardOutput } from '../terminal/cli-io.ts';
import { createProgressView, type ProgressView } from '../terminal/progress-view.ts';
import { grouped, seconds } from '../terminal/text-format.ts';

/** Most threads that a network takes. */
const MAX_THREADS = 64;

/** Options of the `fid` command as commander gives them; numbers are parsed but not checked. */
export interface FidCommandOptions extends DataSetOptions {
  readonly features?: string;
  readonly range?: InputRange;
  readonly size?: number;
  readonly output?: string;
  readonly kid?: true;
  readonly subsets?: number;
  readonly subsetSize?: number;
  readonly seed?: number;
  readonly precisionRecall?: true;
  readonly neighbour?: number;
  readonly batch?: number;
  readonly threads?: number | 'all';
  readonly saveStats?: string;
  readonly saveFeatures?: string;
  /** False with `--no-clobber`. */
  readonly clobber?: boolean;
  readonly json?: true;
  readonly quiet?: true;
}

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

function optionsOfFid(): Option[] {
  return [
    new Option('--features <file>', 'network that makes the features, an ONNX file (needs onnxruntime-web)'),
    new Option('--range <range>', 'values that samples 0 and 255 get for it (default: 0..1)').choices(INPUT_RANGES),
    numberOption('--size <n>', 'side of the pictures, for a network of any size (default: their own)', '1..4096'),
    new Option('--output <name>', 'output of the network, if it has several'),
    new Option('--kid', 'also the kernel inception distance (Binkowski et al. 2018)'),
    numberOption('--subsets <n>', 'of --kid: number of subsets (default: 100)', 'an integer from 1 up'),
    numberOption('--subset-size <n>', 'of --kid: images of a subset (default: 1000)', 'an integer from 2 up'),
    numberOption('--seed <n>', 'of --kid: seed of the choice (default: 0)', 'an integer 0..4294967295'),
    new Option('--precision-recall', 'also improved precision and recall (Kynkaanniemi et al. 2019)'),
    numberOption('--neighbour <k>', 'of --precision-recall: reach of the spheres (default: 3)', 'an integer 1..1000'),
    numberOption('--images <n>', 'take the first n images of each set (default: all)', 'an integer from 1 up'),
    numberOption('--batch <n>', 'images that go through the network at a time (default: 16)', 'an integer 1..4096'),
    new Option('-j, --threads <n>', 'threads of the network, or all (default: 1)').argParser(parseThreads),
    new Option('--save-stats <file>', 'save mean and covariance of the set that is images, as .npz'),
    new Option('--save-features <file>', 'save the features, too, for --kid and --precision-recall'),
    noClobberOption(),
    limitPixelsOption(),
    new Option('--json', 'print one JSON object on standard output'),
    new Option('--quiet', 'print errors only'),
  ];
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
  checkUsage(inputs, options);
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
  await report(sets, result, options, io);
}

/** @throws CliError with exit code 2 for options that do not fit the sets or each other */
function checkUsage(inputs: readonly string[], options: FidCommandOptions): void {
  const { features, saveStats, saveFeatures, images } = options;
  const ofImages = inputs.filter((input) => !isStatisticsFile(input)).length;
  const isSaved = saveStats !== undefined || saveFeatures !== undefined;
  if (ofImages > 0 && features === undefined) {
    throw usageError('images need --features FILE.onnx, the network that makes their features');
  }
  if (inputs.length === 1 && !isSaved) throw usageError('give a second set, or --save-stats FILE');
  if (isSaved && ofImages !== 1) {
    const save = saveStats === undefined ? '--save-features' : '--save-stats';
    throw usageError(`${save} takes one set of images, got ${ofImages}; save each set by a run of its own`);
  }
  if (images !== undefined && !(Number.isSafeInteger(images) && images >= 1)) {
    throw usageError(`--images expected an integer from 1 up, got ${images}`);
  }
  const needed = [
    ['subsets', 'kid'],
    ['subsetSize', 'kid'],
    ['seed', 'kid'],
    ['neighbour', 'precisionRecall'],
  ] as const;
  for (const [name, other] of needed) {
    if (options[name] !== undefined && !options[other]) throw usageError(`${flagOf(name)} needs ${flagOf(other)}`);
  }
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
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
  const threads = options.threads === 'all' ? Math.min(availableParallelism(), MAX_THREADS) : options.threads;
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

/** What is printed of two sets. */
interface Distances {
  readonly fid: number;
  readonly kid: KernelDistance | null;
  readonly precision: number | null;
  readonly recall: number | null;
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

async function report(
  sets: readonly FeatureSource[],
  result: (Distances & { readonly timeMs: number }) | undefined,
  { saveStats, saveFeatures, json, quiet }: FidCommandOptions,
  io: CliIo,
): Promise<void> {
  const saved = [saveStats, saveFeatures].filter((path) => path !== undefined);
  const [{ statistics, extraction: first }] = sets;
  const extraction = sets.find((set) => set.extraction)?.extraction ?? first;
  const of = ({ source, statistics: { count } }: FeatureSource): object => ({ source, images: count });
  if (json) {
    const [a, b] = sets;
    const fields = { ...result, a: of(a), b: b ? of(b) : null, dims: statistics.dims, extraction, saved };
    return printJson('fid', fields, io);
  }
  const count = ({ statistics: { count: images } }: FeatureSource): string =>
    images === null ? 'number of images not known' : `${grouped(images)} images`;
  const lines = [
    ...(result ? describeDistances(result) : []),
    ...sets.map((set, i) => `${'AB'[i]}          ${set.source}: ${count(set)}`),
    `features   ${grouped(statistics.dims)}, ${extraction ? describeExtraction(extraction) : 'of a network that no file names'}`,
    ...saved.map((path) => `saved      ${path}`),
    ...(result ? [`time       ${seconds(result.timeMs)}`] : []),
  ];
  if (!result && quiet) return;
  await writeStandardOutput(`${lines.join('\n')}\n`, io);
}

function describeDistances({ fid, kid, precision, recall }: Distances): string[] {
  const shares = { precision, recall };
  return [
    `FID        ${fid.toFixed(6)}`,
    ...(kid
      ? [
          `KID        ${kid.mean.toFixed(6)}, deviation ${kid.deviation.toFixed(6)} over ${kid.subsets} subsets of ${grouped(kid.subsetSize)}`,
        ]
      : []),
    ...Object.entries(shares).flatMap(([name, share]) =>
      share === null ? [] : [`${name.padEnd(9)}  ${share.toFixed(4)}`],
    ),
  ];
}
