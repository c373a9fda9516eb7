/**
 * Computes the examples of docs/format.md that follow from the default model: its calibration in integers, files, and
 * what side information costs.
 *
 *   npm run bench:format-examples -- [--json FILE]
 *
 * test/vectors/32x32.ddpm must be of the default model.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { encode } from 'ddpm-codec';
import { spectrumTable } from '#dist/codec/trellis/bit-allocation.js';
import { commandLine } from './command-line.ts';
import { openDefaultModel } from './default-model.ts';
import { type FileCost, type FormatReport, formatFigures } from './documents/figures/format.ts';
import { writeMeasurement } from './documents/measurement.ts';
import {
  logShapeHash,
  margin,
  mostBitsAtLimit,
  mostBitsOf,
  stageExamples,
} from './format-examples/allocation-facts.ts';
import { costCases, costFiles, costOf } from './format-examples/costs.ts';
import { crop } from './format-examples/crops.ts';
import { fileExample, smallFile } from './format-examples/file-examples.ts';
import { modelFacts } from './format-examples/model-facts.ts';
import { streamTiles } from './format-examples/stream-tiles.ts';
import { tailFacts } from './format-examples/tail-facts.ts';

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const { calibration, denoiser } = await openDefaultModel();
const { sizeMultiple } = denoiser;
denoiser.dispose();
const table = spectrumTable(calibration);

const vector = new Uint8Array(readFileSync('test/vectors/32x32.ddpm'));
const costs: FileCost[] = [];
let inFiles = 0;
for (const row of await costCases()) {
  const files = await costFiles(row);
  costs.push(costOf(row, files));
  for (const tile of files.flatMap(streamTiles)) inFiles = Math.max(inFiles, mostBitsOf(table, tile));
  if (costs.length === 1 && Buffer.compare(files[0], vector) !== 0)
    console.error('test/vectors/32x32.ddpm is not what the encoder makes now: is it of another model?');
}

const dots = await crop('kodim13', { left: 10, top: 10, width: 3, height: 1 });
const report: FormatReport = {
  model: modelFacts(sizeMultiple),
  allocation: {
    indices: [...table.indices],
    logShapeSha256: logShapeHash(table),
    margin: margin(calibration),
    stages: stageExamples(table),
    mostBits: { atLimit: mostBitsAtLimit(table), inFiles },
  },
  example: fileExample(vector),
  small: smallFile(dots, (await encode(dots)).data, table),
  tail: tailFacts(),
  costs,
};
for (const [name, { text }] of Object.entries(formatFigures(report))) console.log(`${name}: ${text}`);
if (values.json) writeMeasurement(values.json, commandLine('bench:format-examples'), report);
