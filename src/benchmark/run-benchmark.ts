/**
 * Runs the benchmark: determines which measurements are missing, makes them, and writes tables, plots and the report.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { requireVega } from '../analysis/vega-library.ts';
import { checkKeys, checkNumber, formatValue } from '../base/check-options.ts';
import { defined } from '../base/defined.ts';
import { DdpmError } from '../base/errors.ts';
import { inShard, type Shard } from '../batch/shard.ts';
import { thisMachine } from '../node/machine.ts';
import { type BenchImage, type CodecName, type DdpmSettings, isOurs, type Row } from './bench-types.ts';
import type { BenchCodec } from './codecs/bench-codec.ts';
import { benchCodec, CODEC_NAMES } from './codecs/codec-list.ts';
import { findImages, loadImage } from './measure/bench-images.ts';
import type { Task } from './measure/bench-task.ts';
import { CropStore } from './measure/crop-store.ts';
import { type Crop, originalCrop } from './measure/crops.ts';
import { pixelsId } from './measure/measure-row.ts';
import { type NetworkFiles, networkVersions } from './measure/network-files.ts';
import { runTasks } from './measure/process-pool.ts';
import { RowFile } from './measure/row-file.ts';
import type { BenchResult } from './report/bench-result.ts';
import { resultOf } from './report/make-result.ts';
import { readReference } from './report/references.ts';
import { writeFigures, writeReport } from './report/report-files.ts';

/** Progress of a benchmark. */
export interface BenchProgress {
  /** Number of pairs of an image and a codec that are done, of `total`. */
  readonly done: number;
  readonly total: number;
  readonly codec: CodecName;
  readonly image: string;
}

/** Options of `runBenchmark`. */
export interface BenchOptions {
  /** Default: ddpm, jpeg, webp, avif, jxl, png, webp-lossless. */
  readonly codecs?: readonly CodecName[];
  /** Largest number of images; the first ones are used. Default: all. */
  readonly limit?: number;
  /**
   * Number of worker processes, each with one thread; default 1. With more processes than cores, times are too long.
   */
  readonly jobs?: number;
  /** Codec that the others are compared with; default jpeg. */
  readonly anchor?: CodecName;
  /** Published curves to show: names (`uqdm`, `ddpm-paper`) or files. */
  readonly references?: readonly string[];
  /** Number of images of which the report shows crops at equal file sizes; default 3. */
  readonly crops?: number;
  /** ONNX file of LPIPS (docs/quality.md); default: LPIPS is not measured. */
  readonly lpips?: string;
  /** ONNX file of DISTS (docs/quality.md); default: DISTS is not measured. */
  readonly dists?: string;
  /** Options of our codec. */
  readonly settings?: DdpmSettings;
  /** Whether to discard existing measurements; default false. */
  readonly fresh?: boolean;
  /** False: measure in this process. Then memory and times include those of the benchmark itself. Default true. */
  readonly isolate?: boolean;
  /** Command line to show in the report. */
  readonly command?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BenchProgress) => void;
  /**
   * Called with one line of text if a codec is not installed, a codec fails on an image, plots cannot be made, or
   * means and comparisons leave something out.
   */
  readonly onWarning?: (warning: string) => void;
}

/** Result of `runBenchmark`. */
export interface BenchOutcome {
  readonly result: BenchResult;
  /** Number of pairs of an image and a codec that failed; each was reported as a warning. */
  readonly failures: number;
  /** Number of rows that this run measured; the others existed before. */
  readonly measured: number;
}

/** Result of `measureShard`. */
export interface ShardOutcome extends Pick<BenchOutcome, 'failures' | 'measured'> {
  /** The file with the rows. */
  readonly path: string;
  /** Number of images of the shard. */
  readonly images: number;
  /** Number of rows of these images. */
  readonly rows: number;
}

/** Files of the rows of shards, in a benchmark's folder. */
const SHARD_ROWS = /^rows-\d+-of-\d+\.csv$/;

const DEFAULT_CODECS: readonly CodecName[] = ['ddpm', 'jpeg', 'webp', 'avif', 'jxl', 'png', 'webp-lossless'];
const DEFAULT_CROPS = 3;
const OPTION_KEYS =
  'codecs limit jobs anchor references crops lpips dists settings fresh isolate command signal onProgress onWarning'.split(
    ' ',
  );

/** An image and the hash of its samples. */
interface Subject {
  readonly source: BenchImage;
  readonly pixels: string;
}

/** A codec that is installed, and its version with those of the networks that measure. */
interface InstalledCodec {
  readonly codec: BenchCodec;
  readonly version: string;
}

function checkOptions(options: BenchOptions): void {
  checkKeys(options, OPTION_KEYS);
  const max = Number.MAX_SAFE_INTEGER;
  checkNumber('limit', options.limit, { min: 1, max, integer: true });
  checkNumber('jobs', options.jobs, { min: 1, max: 1024, integer: true });
  for (const name of ['lpips', 'dists'] as const) {
    const path = options[name];
    if (path !== undefined && typeof path !== 'string')
      throw new TypeError(`"${name}" expected path of an ONNX file, got ${formatValue(path)}`);
  }
  checkNumber('crops', options.crops, { min: 0, max, integer: true });
  const { codecs = DEFAULT_CODECS, anchor } = options;
  const unknown = [...codecs, ...(anchor ? [anchor] : [])].find((name) => !CODEC_NAMES.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`"codecs" expected some of ${CODEC_NAMES.join(', ')}, got ${unknown}`);
  if (codecs.length === 0) throw new RangeError('"codecs" expected at least one codec, got none');
  if (anchor && !codecs.includes(anchor)) throw new RangeError(`"anchor" expected one of the codecs, got ${anchor}`);
}

/** One run of the benchmark with its output folder. */
class Benchmark {
  readonly #options: BenchOptions;
  readonly #out: string;
  readonly #rows: RowFile;
  readonly #crops: CropStore;
  readonly #shard: Shard | undefined;
  readonly rowsPath: string;
  #subjects: readonly Subject[] = [];
  #installed: readonly InstalledCodec[] = [];
  #total = 0;
  #done = 0;
  failures = 0;
  measured = 0;

  /** @param shard - measure only the images of this shard, into a file of its own */
  constructor(out: string, options: BenchOptions, shard?: Shard) {
    this.#options = options;
    this.#out = out;
    this.#shard = shard;
    mkdirSync(out, { recursive: true });
    const name = shard ? `rows-${shard.index}-of-${shard.count}.csv` : 'rows.csv';
    this.rowsPath = join(out, name);
    this.#rows = new RowFile(this.rowsPath, options.fresh === true);
    this.#crops = new CropStore(out, options.fresh === true);
  }

  /** Takes over what shards have measured in this folder, unless everything is to be measured again. */
  takeOverShards(): void {
    if (this.#options.fresh) return;
    const names = readdirSync(this.#out).filter((name) => SHARD_ROWS.test(name));
    for (const name of names.sort()) this.#rows.takeOver(join(this.#out, name));
  }

  /** Finds and hashes the images, and asks the codecs for their versions. */
  async prepare(inputs: readonly string[]): Promise<void> {
    const shard = this.#shard;
    const found = await findImages(inputs, this.#options.limit);
    const sources = shard ? found.filter((source) => inShard(shardedName(source), shard)) : found;
    const subjects: Subject[] = [];
    for (const source of sources) subjects.push({ source, pixels: pixelsId(await loadImage(source)) });
    this.#subjects = subjects;
    const { codecs = DEFAULT_CODECS, settings = {} } = this.#options;
    const networks = await networkVersions(this.#networks());
    const installed: InstalledCodec[] = [];
    for (const name of new Set(codecs)) {
      const codec = benchCodec(name, settings);
      const version = await codec.version().catch((error: unknown) => this.#withoutCodec(name, error));
      if (version !== undefined) installed.push({ codec, version: `${version}${networks}` });
    }
    this.#installed = installed;
  }

  #networks(): NetworkFiles {
    const { lpips, dists } = this.#options;
    return defined({ lpips, dists });
  }

  /**
   * Handles a codec that has no version: warns if it is another codec that is not installed, otherwise rethrows the
   * error.
   */
  #withoutCodec(name: CodecName, error: unknown): undefined {
    if (!(error instanceof DdpmError) || error.code !== 'ERR_DDPM_DEPENDENCY' || isOurs(name)) throw error;
    this.#options.onWarning?.(`${name} is left out: ${error.message}`);
  }

  #rowsOf({ codec, version }: InstalledCodec, { source, pixels }: Subject): Row[] {
    return this.#rows.rows.filter(
      (row) =>
        row.image === source.name && row.pixels === pixels && row.codec === codec.name && row.version === version,
    );
  }

  #cropSubjects(): readonly Subject[] {
    return this.#subjects.slice(0, this.#options.crops ?? DEFAULT_CROPS);
  }

  /**
   * Tasks for the missing rows of a codec. Those of `ddpm` make crops at the same time; the sizes of the other codecs'
   * crops depend on them.
   */
  #rowTasks(installed: InstalledCodec): Task[] {
    const { codec, version } = installed;
    const { settings = {} } = this.#options;
    const wantsCrops = codec.name === 'ddpm' && !this.#shard ? this.#cropSubjects() : [];
    return this.#subjects.flatMap((subject): Task[] => {
      const { source } = subject;
      const done = this.#rowsOf(installed, subject).map(({ setting }) => setting);
      const lacksCrops =
        wantsCrops.includes(subject) && this.#crops.sizes(source.name, codec.name, version).length === 0;
      if (codec.isComplete(new Set(done)) && !lacksCrops) return [];
      const wanted = wantsCrops.includes(subject) ? 'rows and crops' : 'rows';
      return [{ codec: codec.name, settings, networks: this.#networks(), version, image: source, done, wanted }];
    });
  }

  async measureRows(): Promise<void> {
    const tasks = this.#installed.map((installed) => this.#rowTasks(installed));
    const pairs = this.#installed.length * this.#subjects.length;
    this.#total += pairs;
    this.#done += pairs - tasks.flat().length;
    for (const list of tasks) await this.#run(list);
  }

  /** Makes the missing crops of all codecs but `ddpm`, for the side-by-side comparison at equal file sizes. */
  async measureCrops(): Promise<void> {
    const { settings = {} } = this.#options;
    const subjects = this.#cropSubjects();
    const hasLayers = this.#installed.some(({ codec }) => codec.name === 'ddpm');
    const others = this.#installed.filter(
      ({ codec: { name, kind, lossy } }) => kind === 'real' && lossy && !(hasLayers && isOurs(name)),
    );
    for (const { codec, version } of others) {
      const tasks = subjects.flatMap(({ source }): Task[] => {
        const has = (allowedBytes: number): boolean =>
          this.#crops.has({ image: source.name, codec: codec.name, allowedBytes, version });
        const sizes = this.#cropSizes(source.name).filter((size) => !has(size));
        return sizes.length === 0
          ? []
          : [{ codec: codec.name, settings, networks: {}, version, image: source, done: [], wanted: sizes }];
      });
      this.#total += tasks.length;
      await this.#run(tasks);
    }
  }

  /**
   * File sizes at which crops of an image are compared: three sizes that the rivals reach, rounded to the nearest layer
   * of `ddpm`; without rivals, sizes that our own files reach.
   */
  #cropSizes(image: string): number[] {
    const bytesOf = ({ codec, version }: InstalledCodec): number[] =>
      this.#rows.rows
        .filter((row) => row.image === image && row.codec === codec.name && row.version === version && row.psnr < 100)
        .map(({ bytes }) => bytes);
    const sizesOf = (ours: boolean): number[][] =>
      this.#installed
        .filter(({ codec }) => codec.kind === 'real' && codec.lossy && isOurs(codec.name) === ours)
        .map(bytesOf)
        .filter((bytes) => bytes.length > 1);
    const own = this.#installed.find(({ codec }) => codec.name === 'ddpm');
    const layers = own ? this.#crops.sizes(image, 'ddpm', own.version) : [];
    const all = [sizesOf(false), layers.length > 0 ? [layers] : [], sizesOf(true)].find((lists) => lists.length > 0);
    if (all === undefined) return [];
    const [low, high] = [
      median(all.map((bytes) => Math.min(...bytes))),
      median(all.map((bytes) => Math.max(...bytes))),
    ];
    if (!(low > 0)) return [];
    const targets = [0.1, 0.4, 0.7].map((share) => Math.round(low * (high / low) ** share));
    const nearest = (size: number): number =>
      layers.reduce(
        (best, layer) => (Math.abs(Math.log(layer / size)) < Math.abs(Math.log(best / size)) ? layer : best),
        layers[0],
      );
    return [...new Set(layers.length > 0 ? targets.map(nearest) : targets)];
  }

  async #run(tasks: readonly Task[]): Promise<void> {
    const { jobs = 1, isolate = true, signal, onWarning } = this.#options;
    await runTasks(tasks, {
      jobs,
      isolate,
      signal,
      onResult: (task, found) => {
        if ('crop' in found) return this.#crops.add(found.crop, task.version);
        if (task.done.includes(found.row.setting)) return;
        this.#rows.add(found.row);
        this.measured++;
      },
      onFailure: (task, error) => {
        this.failures++;
        onWarning?.(`${task.codec} on ${task.image.name}: ${error.message}`);
      },
      onEnd: ({ codec, image }) => {
        this.#done++;
        this.#options.onProgress?.({ done: this.#done, total: this.#total, codec, image: image.name });
      },
    });
  }

  /** Counts of a shard. */
  shardOutcome(): ShardOutcome {
    const rows = this.#rowLists().reduce((sum, list) => sum + list.rows.length, 0);
    const { failures, measured, rowsPath: path } = this;
    return { path, images: this.#subjects.length, rows, failures, measured };
  }

  /** The rows of each codec on these images. */
  #rowLists(): { readonly installed: InstalledCodec; readonly rows: readonly Row[] }[] {
    return this.#installed.map((installed) => ({
      installed,
      rows: this.#subjects.flatMap((subject) => this.#rowsOf(installed, subject)),
    }));
  }

  /** Computes the result from all rows and writes all output files. */
  async finish(): Promise<BenchResult> {
    const { anchor, references = [], command = '', jobs = 1 } = this.#options;
    const lists = this.#rowLists();
    const codecs = lists.map(({ installed }) => installed);
    const published = (await Promise.all(references.map(readReference))).flat();
    const rows = lists.flatMap((list) => list.rows);
    const result = resultOf({ command, machine: thisMachine(jobs), codecs, references: published, rows, anchor });
    for (const sentence of result.leftOut) this.#options.onWarning?.(sentence);
    writeFigures(this.#out, result);
    const crops = await this.#reportCrops();
    await writeReport(this.#out, result, crops).catch((error: unknown) => {
      // A missing dependency was already reported at the start.
      if (!(error instanceof DdpmError) || error.code !== 'ERR_DDPM_DEPENDENCY') throw error;
    });
    return result;
  }

  async #reportCrops(): Promise<Crop[]> {
    const crops: Crop[] = [];
    for (const { source } of this.#cropSubjects()) {
      const sizes = this.#cropSizes(source.name);
      const found = this.#installed.flatMap(({ codec, version }) =>
        sizes.flatMap(
          (allowedBytes) => this.#crops.get({ image: source.name, codec: codec.name, allowedBytes, version }) ?? [],
        ),
      );
      if (found.length > 0) crops.push(await originalCrop(source.name, await loadImage(source)), ...found);
    }
    return crops;
  }
}

/** What decides in which shard an image is: its path, with the number of a record. */
function shardedName({ path, record }: BenchImage): string {
  return record === undefined ? path : `${path}#${record}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/**
 * Measures rate and distortion of codecs on images and writes into a folder: `rows.csv` (a line for each image, codec
 * and rate point, appended when it is measured), `results.json`, `compressai/CODEC.json`, `tables.md`, `plots/` and
 * `report.html`. Rows that exist with the same pixels, codec, setting and version are not measured again, so an
 * interrupted run continues where it stopped, and rows that `measureShard` has put into the folder are taken over.
 *
 * @param inputs - image files, folders, globs, and CIFAR-10 binaries (`.bin`)
 * @param out - output folder; created if it does not exist
 * @throws TypeError or RangeError for a wrong option
 * @throws DdpmError `ERR_DDPM_INPUT` if an input contains no images or an image cannot be read,
 *   `ERR_DDPM_MODEL_MISSING` if the model of our codec is missing
 * @throws the signal's reason if aborted
 */
export async function runBenchmark(
  inputs: readonly string[],
  out: string,
  options: BenchOptions = {},
): Promise<BenchOutcome> {
  checkOptions(options);
  // Read here so that a wrong name fails now and not after hours of work.
  for (const name of options.references ?? []) await readReference(name);
  await requireVega().catch((error: Error) => options.onWarning?.(`tables alone, no report: ${error.message}`));
  const benchmark = new Benchmark(out, options);
  benchmark.takeOverShards();
  await benchmark.prepare(inputs);
  await benchmark.measureRows();
  await benchmark.measureCrops();
  const result = await benchmark.finish();
  return { result, failures: benchmark.failures, measured: benchmark.measured };
}

/**
 * Measures one shard of the images, and makes no report: the rows go into `rows-I-of-N.csv`, and `runBenchmark` in the same folder, or in one
 * that the files of all shards were copied to, takes them over. An interrupted run continues where it stopped.
 *
 * @param inputs - as of `runBenchmark`; the same paths on every machine
 * @throws as `runBenchmark`
 */
export async function measureShard(
  inputs: readonly string[],
  out: string,
  shard: Shard,
  options: BenchOptions = {},
): Promise<ShardOutcome> {
  checkOptions(options);
  const benchmark = new Benchmark(out, options, shard);
  await benchmark.prepare(inputs);
  await benchmark.measureRows();
  return benchmark.shardOutcome();
}
