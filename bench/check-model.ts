/**
 * Checks a weights file before it becomes the default model: that the package reads it, that its network gives the estimates of its
 * fixture, and that the format can work with its calibration.
 *
 *   node .scratch/bench/check-model.js WEIGHTS FIXTURE [--json FILE]
 *
 * Prints a line for each check. Exits with 1 if one fails.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { loadUncalibratedModel, openBackend, parseSafetensors } from 'ddpm-codec/model';
import type { ModelFacts } from './documents/figures/model.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { margin } from './format-examples/allocation-facts.ts';
import { expectedCases, relativeError } from './model-fixture.ts';

/** Largest relative difference to the fixture. */
const TOLERANCE = 1e-5;
/**
 * Least distance of a logarithm from where it would be rounded to another integer, so that every implementation of the
 * logarithm finds the same ones (docs/format.md, "Bit allocation").
 */
const LEAST_MARGIN = 1e-7;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const [path, fixture] = positionals;
if (path === undefined || fixture === undefined) throw new Error('WEIGHTS and FIXTURE expected');

function report(holds: boolean, what: string): void {
  console.log(`${holds ? 'holds' : 'FAILS'}: ${what}`);
  if (!holds) process.exitCode = 1;
}

const bytes = new Uint8Array(readFileSync(path));
const model = await loadUncalibratedModel(bytes, { backend: await openBackend('wasm'), source: path });
const hash = createHash('sha256').update(bytes).digest('hex');
report(model.id === hash.slice(0, 16), `${path}: ${bytes.length} bytes, SHA-256 ${hash}`);
report(model.config.architecture === 'photo-net', `architecture ${model.config.architecture}`);
const { calibration, denoiser } = model;
report(calibration !== null, 'it has a calibration');
if (calibration !== null) {
  const least = margin(calibration);
  report(least > LEAST_MARGIN, `its logarithms lie ${least.toExponential(1)} or more from where they are rounded`);
}
for (const { name, height, width, sigma, y, mean, logVariance } of expectedCases(
  parseSafetensors(new Uint8Array(readFileSync(fixture)), fixture).tensors,
)) {
  const found = await denoiser.denoise(y, { batch: 1, height, width }, sigma);
  const error = Math.max(relativeError(found.mean, mean), relativeError(found.logVariance, logVariance));
  report(error < TOLERANCE, `${name}: largest difference to the fixture ${error.toExponential(1)}`);
}
if (values.json) {
  const { tensors } = parseSafetensors(bytes, path);
  const counts = [...tensors].filter(([name]) => !name.startsWith('calibration.')).map(([, { data }]) => data.length);
  const parameters = counts.reduce((sum, count) => sum + count, 0);
  const facts: ModelFacts = { name: basename(path, '.safetensors'), sha256: hash, bytes: bytes.length, parameters };
  writeMeasurement(values.json, `npm run release:model -- ${path} --only model`, facts);
}
