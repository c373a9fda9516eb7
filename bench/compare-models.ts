/**
 * Compares two models by what the benches have measured of both, and prints tables: rate and distortion (rows that
 * `npm run bench:rd` has left in out/bench), lossless files, and other measurements.
 *
 *   node .scratch/bench/compare-models.js OLD_ID NEW_ID [--rows out/bench] [--before FOLDER] [--json FILE]
 *
 * --before names a folder with measurements of the old model (`lossless.json`), to compare with those in docs/figures/data.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { CodecName, Row } from '#dist/benchmark/bench-types.js';
import { RowFile } from '#dist/benchmark/measure/row-file.js';
import { measureDelta } from '#dist/benchmark/report/deltas.js';
import { PictureCurves } from '#dist/benchmark/report/picture-curves.js';
import { mean } from '#dist/benchmark/report/spread.js';
import type { LosslessReport } from './documents/figures/lossless.ts';
import { DATA_FOLDER, readMeasurement } from './documents/measurement.ts';

/** Sets of bench/rd.ts, our forms in each, and qualities in dB at which rates are compared. */
const SETS: readonly {
  readonly name: string;
  readonly codecs: readonly CodecName[];
  readonly qualities: readonly number[];
}[] = [
  { name: 'kodak', codecs: ['ddpm', 'ddpm-ideal'], qualities: [22, 25, 28, 31, 34, 37, 40] },
  { name: 'cifar10', codecs: ['ddpm', 'ddpm-file', 'ddpm-ideal'], qualities: [18, 22, 26, 30, 34, 38, 42] },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string', default: 'out/bench' }, before: { type: 'string' }, json: { type: 'string' } },
});
const [oldId, newId] = positionals;
if (oldId === undefined || newId === undefined) throw new Error('OLD_ID and NEW_ID expected');

function rowsOf(rows: readonly Row[], codec: CodecName, id: string): Row[] {
  return rows.filter((row) => row.codec === codec && row.version.includes(`model ${id}`));
}

const percent = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(1)} %`);
const found: Record<string, unknown> = {};

/** The old model, as another codec. */
const OLD: CodecName = 'jpeg';

/**
 * Bits of the new model at a PSNR, in per cent more than the old one's: mean of the logarithms over the pictures that both
 * reach. Undefined if there are none.
 */
function bitsAt(curves: PictureCurves, codec: CodecName, psnr: number): number | undefined {
  const now = curves.of(codec, 'psnr');
  const ratios = [...curves.of(OLD, 'psnr')].flatMap(([image, curve]) => {
    const [a, b] = [curve.rateAt(psnr), now.get(image)?.rateAt(psnr)];
    return a === undefined || b === undefined ? [] : [Math.log(b / a)];
  });
  return ratios.length === 0 ? undefined : 100 * Math.expm1(mean(ratios));
}

/** Bits of the new model at equal quality, in per cent more than the old one's: means over the pictures. */
function compareSet(set: (typeof SETS)[number], codec: CodecName, rows: readonly Row[]): void {
  const [before, after] = [oldId, newId].map((id) => rowsOf(rows, codec, id)) as [Row[], Row[]];
  if (before.length === 0 || after.length === 0) {
    console.log(`${set.name}, ${codec}: not measured with both models`);
    return;
  }
  const curves = new PictureCurves([...before.map((row) => ({ ...row, codec: OLD })), ...after]);
  const { rate, quality } = measureDelta(curves, OLD, codec, 'psnr');
  const { rate: rateAtMsSsim } = measureDelta(curves, OLD, codec, 'msSsim');
  const atQuality = set.qualities.map((psnr) => bitsAt(curves, codec, psnr));
  found[`${set.name}.${codec}`] = { rate, psnr: quality, rateAtMsSsim, qualities: set.qualities, atQuality };
  const spread = rate?.spread;
  console.log(
    `${set.name}, ${codec}: BD-rate ${percent(rate?.value)} (${rate?.from.toFixed(1)} to ${rate?.to.toFixed(1)} dB), ` +
      `BD-PSNR ${quality?.value.toFixed(2)} dB, at MS-SSIM ${percent(rateAtMsSsim?.value)}; ${spread?.below} of ` +
      `${spread?.pictures} pictures take fewer bits, ${percent(spread?.lowest)} to ${percent(spread?.highest)}`,
  );
  console.log(`  bits at ${set.qualities.map((psnr, i) => `${psnr} dB ${percent(atQuality[i])}`).join(', ')}`);
}

for (const set of SETS) {
  const path = `${values.rows}/${set.name}/rows.csv`;
  if (!existsSync(path)) continue;
  const { rows } = new RowFile(path, false);
  for (const codec of set.codecs) compareSet(set, codec, rows);
}

const before = values.before === undefined ? undefined : readMeasurement<LosslessReport>('lossless', values.before);
const after = readMeasurement<LosslessReport>('lossless', DATA_FOLDER);
if (before?.model.id === oldId && after?.model.id === newId) {
  for (const [i, set] of after.result.sets.entries()) {
    const [a, b] = [before.result.sets[i], set].map((totals) => totals.ours / totals.samples);
    found[`${set.name}.lossless`] = [a, b];
    console.log(
      `${set.name}, lossless: ${a.toFixed(4)} -> ${b.toFixed(4)} bits a sample (${percent(100 * (b / a - 1))})`,
    );
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(found, null, 1)}\n`);
