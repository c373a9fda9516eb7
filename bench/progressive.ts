/**
 * Measures PSNR against the bytes that have been received, on the Kodak photographs: our default file cut at 20 places,
 * beside files that are made for so many bytes (`encode` with `bytes`), progressive JPEG and JPEG XL cut at the same
 * bytes, and WebP files of these sizes.
 *
 *   npm run bench:progressive -- [--pictures kodim05,kodim23] [--cuts 20] [--sizes 12] [--effort N] [--threads N]
 *     [--out DIR] [--fresh] [--json FILE] [--plot STEM]
 *
 * A file is made for each of --sizes sizes, from the first cut to the last; between these its PSNR is interpolated over
 * log(bytes). With as many sizes as cuts nothing is. kodim23 is also cut at fixed bytes, of the default file and of one that
 * ends at sigma 0.03, beside files that are made for just these. Prints Markdown tables; --plot writes STEM.svg and STEM.png.
 * Exits with 1 if a cut is too far behind (LIMITS).
 *
 * Continues an interrupted run (DIR/rows.csv, default out/bench/progressive); rows are of a package version, a model and an
 * effort, so that a change of the code needs --fresh. Takes about 5 minutes a picture on two cores.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { createCodec, readImage } from 'ddpm-codec';
import { plotSvg } from '#dist/analysis/plot-svg.js';
import { pixelsId } from '#dist/benchmark/measure/measure-row.js';
import { writePlot } from '#dist/benchmark/report/report-files.js';
import { commandLine } from './command-line.ts';
import {
  type Check,
  type PictureProgress,
  type ProgressiveReport,
  progressiveFigures,
} from './documents/figures/progressive.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { KODAK_PATHS } from './pictures.ts';
import { CUT_RIVALS, rivalOf } from './progressive/cut-rivals.ts';
import { cutsOf, geometricSizes } from './progressive/cuts.ts';
import { gapOf, psnrAt, type SizePoint, worstOf } from './progressive/gap.ts';
import { OurFiles, type OurSettings, type Picture } from './progressive/our-files.ts';
import { progressivePlot } from './progressive/plot.ts';
import { cutRivalFile, rivalFiles } from './progressive/rival-files.ts';
import { RowCache } from './progressive/row-cache.ts';

/** Largest gaps in dB: the mean over all cuts of all pictures, and that of any check. */
const LIMITS = { mean: 0.6, check: 0.7 };
const CHECKED = { picture: 'kodim23', bytes: [2_000, 8_000, 20_000, 50_000], fineSigma: 0.03 };

const { values } = parseArgs({
  options: {
    pictures: { type: 'string' },
    cuts: { type: 'string', default: '20' },
    sizes: { type: 'string', default: '12' },
    effort: { type: 'string' },
    threads: { type: 'string' },
    out: { type: 'string', default: 'out/bench/progressive' },
    fresh: { type: 'boolean', default: false },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
});
const [cutCount, sizeCount] = [Number(values.cuts), Number(values.sizes)];
const settings: OurSettings = values.effort === undefined ? {} : { effort: Number(values.effort) };

/** The pictures that are asked for. */
async function readChosen(): Promise<Picture[]> {
  const paths = new Map(KODAK_PATHS.map((path) => [basename(path, '.png'), path]));
  const names = values.pictures?.split(',') ?? [...paths.keys()];
  const pictures: Picture[] = [];
  for (const name of names) {
    const path = paths.get(name);
    if (path === undefined) throw new Error(`no picture ${name}; there are ${[...paths.keys()].join(', ')}`);
    const { data, width, height, channels } = await readImage(readFileSync(path), { source: path });
    if (channels !== 3) throw new Error(`${path}: it must be RGB`);
    const image = { data, width, height, channels };
    pictures.push({ name, image, pixels: pixelsId(image) });
  }
  return pictures;
}

/** All curves of a picture. */
async function curvesOf(ours: OurFiles, rows: RowCache, picture: Picture): Promise<PictureProgress> {
  const { whole, prefix } = await ours.cutFile(picture);
  const at = cutsOf(whole.bytes, cutCount);
  const prefixes: SizePoint[] = [];
  for (const bytes of at) prefixes.push(await prefix(bytes));
  const sizes = geometricSizes(at[0], at[at.length - 1], sizeCount);
  const files: SizePoint[] = [];
  for (const bytes of sizes) files.push(await ours.madeFor(picture, bytes));
  const rivals: Record<string, (number | null)[]> = {};
  for (const rival of CUT_RIVALS) rivals[rival.name] = await cutRivalFile(rows, picture, rival, whole.bytes, at);
  return {
    picture: picture.name,
    bytes: whole.bytes,
    psnr: whole.psnr,
    cuts: prefixes.map((point, k) => ({
      ...point,
      file: psnrAt(files, point.bytes),
      jpeg: rivals.jpeg[k],
      jxl: rivals.jxl[k],
    })),
    files,
    webp: await rivalFiles(rows, picture, rivalOf('webp'), sizes),
  };
}

/** A picture cut at fixed bytes, of the default file and of a finer one. */
async function checksOf(rows: RowCache, picture: Picture): Promise<Check[]> {
  const checks: Check[] = [];
  for (const endSigma of [null, CHECKED.fineSigma]) {
    const ours = new OurFiles(codec, rows, { ...settings, ...(endSigma !== null && { endSigma }) });
    const { whole, prefix } = await ours.cutFile(picture);
    for (const bytes of CHECKED.bytes.filter((size) => size < whole.bytes)) {
      const { psnr: file } = await ours.madeFor(picture, bytes);
      checks.push({ picture: picture.name, endSigma, ...(await prefix(bytes)), file });
    }
  }
  return checks;
}

const rows = new RowCache(values.out, values.fresh);
await using codec = await createCodec(values.threads === undefined ? {} : { threads: Number(values.threads) });
const ours = new OurFiles(codec, rows, settings);
const pictures: PictureProgress[] = [];
const checks: Check[] = [];
for (const picture of await readChosen()) {
  const start = performance.now();
  pictures.push(await curvesOf(ours, rows, picture));
  if (picture.name === CHECKED.picture) checks.push(...(await checksOf(rows, picture)));
  console.error(`${picture.name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
const report: ProgressiveReport = { pictures, checks };
const figures = progressiveFigures(report);
for (const [name, { text }] of Object.entries(figures)) {
  console.log(text.includes('\n') ? `\n${text}\n` : `${name}: ${text}`);
}
const all = pictures.flatMap(({ cuts, files }) => cuts.map((cut) => files.some(({ bytes }) => bytes === cut.bytes)));
const interpolated = all.filter((measured) => !measured).length;
console.log(
  `Of the ${all.length} cuts ${interpolated} are compared with a PSNR that is interpolated over log(bytes) between files.`,
);
if (values.json) writeMeasurement(values.json, commandLine('bench:progressive'), report);
if (values.plot) await writePlot(values.plot, await plotSvg(progressivePlot(report)));

const behind = [
  { what: 'the mean over all cuts', gap: figures['gap.mean'].value as number, limit: LIMITS.mean },
  ...(checks.length > 0 ? [{ what: 'a check', gap: gapOf(worstOf(checks)), limit: LIMITS.check }] : []),
].filter(({ gap, limit }) => gap > limit);
for (const { what, gap, limit } of behind) {
  console.error(`${what} is ${gap.toFixed(2)} dB behind, more than ${limit} dB`);
}
process.exitCode = behind.length > 0 ? 1 : 0;
