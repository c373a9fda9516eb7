/**
 * Compares ways to send a sample of q = N(a, diag r) to a decoder who knows p = N(0, I) and r: the trellis code, dithered
 * quantisation, and the general schemes of the literature in chunks, on Gaussian targets of several signal-to-noise ratios and on those
 * of a layer of photographs. docs/design/trellis.md, "Against other channels", says what is measured and how it is made comparable.
 *
 *   FILTER='rho 3: trellis' npm run bench:channels -- [--json FILE] [--plot STEM]
 *
 * FILTER is a part of `source: scheme, setting`. Every message is decoded and compared. Times are CPU times of this process. --plot writes
 * STEM.svg. Takes about 5 minutes on a quiet core.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Model } from 'ddpm-codec/model';
import { plotSvg } from '#dist/analysis/plot-svg.js';
import { sourcesOf } from './channels/catalogue.ts';
import { klBits } from './channels/channel.ts';
import { measureSource } from './channels/measure-channels.ts';
import { channelsPlot } from './channels/plot.ts';
import { commandLine } from './command-line.ts';
import { openDefaultModel } from './default-model.ts';
import {
  type ChannelRow,
  type ChannelSource,
  type ChannelsReport,
  channelsTable,
} from './documents/figures/channels.ts';
import { writeMeasurement } from './documents/measurement.ts';

const { values } = parseArgs({ options: { json: { type: 'string' }, plot: { type: 'string' } } });
let loading: Promise<Model> | undefined;
const model = (): Promise<Model> => {
  loading ??= openDefaultModel();
  return loading;
};
const sources: ChannelSource[] = [];
const rows: ChannelRow[] = [];
for (const source of sourcesOf(model)) {
  const { tiles, rows: found } = await measureSource(source, process.env.FILTER ?? '');
  if (found.length === 0) continue;
  const coefficients = tiles.reduce((sum, { target }) => sum + target.length, 0);
  const bits = tiles.reduce((sum, tile) => sum + klBits(tile), 0);
  sources.push({ name: source.name, tiles: tiles.length, coefficients, klBits: bits });
  rows.push(...found);
  console.log(`${source.name}: ${tiles.length} tiles, ${coefficients} coefficients, KL ${bits.toFixed(0)} bits`);
  console.log(channelsTable(found).text);
}
const report: ChannelsReport = { sources, rows };
if (values.json) writeMeasurement(values.json, commandLine('bench:channels'), report);
if (values.plot) writeFileSync(`${values.plot}.svg`, await plotSvg(channelsPlot(report)));
(await loading)?.denoiser.dispose();
