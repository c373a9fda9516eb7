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
import { benchCodec } from '#dist/benchmark/codecs/codec-list.js';
import { RowFile } from '#dist/benchmark/measure/row-file.js';
import { rateAt } from '#dist/benchmark/report/bjontegaard.js';
import { deltaRow, ratePoints } from '#dist/benchmark/report/deltas.js';
import { meanCurve } from '#dist/benchmark/report/summary.js';
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

/** Bits of the new model at equal PSNR, in per cent more than the old one's, for the mean curve and for single pictures. */
function compareSet(set: (typeof SETS)[number], codec: CodecName, rows: readonly Row[]): void {
  const [before, after] = [oldId, newId].map((id) => rowsOf(rows, codec, id)) as [Row[], Row[]];
  if (before.length === 0 || after.length === 0) {
    console.log(`${set.name}, ${codec}: not measured with both models`);
    return;
  }
  const count = new Set(after.map(({ image }) => image)).size;
  const curve = (list: readonly Row[]) => meanCurve(benchCodec(codec, {}), '', list, count);
  const [old, now] = [curve(before), curve(after)];
  const both = [...before.map((row) => ({ ...row, codec: 'jpeg' as const })), ...after]; // the old model as another codec
  const { rate, psnr, rateAtMsSsim, images } = deltaRow({ ...old, codec: 'jpeg' }, now, both);
  const points = [old, now].map(({ points }) => ratePoints(points, ({ psnr }) => psnr));
  const atQuality = set.qualities.map((quality) => {
    const [a, b] = points.map((list) => rateAt(list, quality));
    return a === undefined || b === undefined ? undefined : 100 * (b / a - 1);
  });
  found[`${set.name}.${codec}`] = { rate, psnr, rateAtMsSsim, images, qualities: set.qualities, atQuality };
  console.log(
    `${set.name}, ${codec}: BD-rate ${percent(rate?.value)} (${rate?.from.toFixed(1)} to ${rate?.to.toFixed(1)} dB), ` +
      `BD-PSNR ${psnr?.value.toFixed(2)} dB, at MS-SSIM ${percent(rateAtMsSsim?.value)}; ${images?.better} of ` +
      `${images?.count} pictures take fewer bits, ${percent(images?.best)} to ${percent(images?.worst)}`,
  );
  console.log(`  bits at ${set.qualities.map((quality, i) => `${quality} dB ${percent(atQuality[i])}`).join(', ')}`);
}

for (const set of SETS) {
  const path = `${values.rows}/${set.name}/rows.csv`;
  if (!existsSync(path)) continue;
  const { rows } = new RowFile(path, false);
  for (const codec of set.codecs) compareSet(set, codec, rows);
}

const before = values.before === undefined ? undefined : readMeasurement<LosslessReport>('lossless', values.before);
const after = readMeasurement<LosslessReport>('lossless', DATA_FOLDER);
if (before?.model === oldId && after?.model === newId) {
  for (const [i, set] of after.result.sets.entries()) {
    const [a, b] = [before.result.sets[i], set].map((totals) => totals.ours / totals.samples);
    found[`${set.name}.lossless`] = [a, b];
    console.log(
      `${set.name}, lossless: ${a.toFixed(4)} -> ${b.toFixed(4)} bits a sample (${percent(100 * (b / a - 1))})`,
    );
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(found, null, 1)}\n`);
