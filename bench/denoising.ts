/**
 * Measures the denoiser: PSNR of its estimate of noisy pictures, by the strength of the noise.
 *
 *   npm run bench:denoising -- [--json FILE] [--model WEIGHTS] [--limit 12]
 *
 * The whole Kodak pictures of test/images, each in one run of the network; noise of some grey levels, seeded by picture
 * and level. The estimate is clamped to [-1, 1], not rounded; PSNRs are means over the pictures. --model measures
 * another weights file, and only prints.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RawImage } from 'ddpm-codec';
import { planeOf } from 'ddpm-codec/codec';
import { type Denoiser, loadUncalibratedModel, openBackend } from 'ddpm-codec/model';
import { fillGaussian, STREAM, streamKey } from '#dist/codec/math/gaussian-table.js';
import { commandLine } from './command-line.ts';
import { DEFAULT_MODEL, defaultWeights } from './default-model.ts';
import { type DenoisingReport, denoisingFigures } from './documents/figures/denoising.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { KODAK_PATHS, readPictures } from './pictures.ts';

/** Standard deviations of the noise in grey levels. */
const NOISE = [5, 15, 25, 50, 100];

const { values } = parseArgs({
  options: { json: { type: 'string' }, model: { type: 'string' }, limit: { type: 'string', default: '12' } },
});
if (values.json !== undefined && values.model !== undefined) throw new Error('--json keeps the default model alone');

/** PSNR in dB of the estimate of a picture under noise of some grey levels; `seed` is the picture's. */
async function psnrOf(picture: RawImage, noise: number, seed: number, denoiser: Denoiser): Promise<number> {
  const { width, height, channels, data } = picture;
  if (channels !== 3) throw new Error('the pictures must be RGB');
  const x = planeOf({ data, width, height, channels }).data;
  const sigma = noise / 127.5;
  const y = new Float32Array(x.length);
  fillGaussian(y, streamKey(seed, STREAM.sample, noise, 0));
  for (let i = 0; i < y.length; i++) y[i] = x[i] + sigma * y[i];
  const { mean } = await denoiser.denoise(y, { batch: 1, height, width }, sigma);
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (Math.min(Math.max(mean[i], -1), 1) - x[i]) ** 2;
  return 10 * Math.log10((4 * x.length) / squares);
}

const pictures = await readPictures(KODAK_PATHS, Number(values.limit));
const source = values.model ?? DEFAULT_MODEL.name;
const weights = values.model === undefined ? defaultWeights() : new Uint8Array(readFileSync(values.model));
const { denoiser } = await loadUncalibratedModel(weights, { backend: await openBackend('wasm'), source });
const levels = NOISE.map((noise) => ({ noise, psnr: [] as number[] }));
for (const [i, picture] of pictures.entries()) {
  for (const { noise, psnr } of levels) psnr.push(await psnrOf(picture, noise, i, denoiser));
  console.log(`${KODAK_PATHS[i]}: ${levels.map(({ noise, psnr }) => `${noise} ${psnr[i].toFixed(2)} dB`).join(', ')}`);
}
const report: DenoisingReport = { count: pictures.length, levels };
console.log(`${source}\n${denoisingFigures(report).table.text}`);
if (values.json) writeMeasurement(values.json, commandLine('bench:denoising'), report);
