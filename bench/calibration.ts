/**
 * Checks whether the default model is as sure as it should be, for each kind of picture and each layer of files of the
 * default effort that end at sigma 0.025: noise of the states, residuals against their predicted variance, ideal against expected bits, real
 * against ideal bits.
 *
 *   npm run bench:calibration -- [--json FILE] [--limit 64]
 *
 * 64 CIFAR-10 pictures, the middle 256x256 of the Kodak pictures of test/images, and made graphics (bench/graphics.ts).
 * --limit: at most this many of each kind.
 */
import { parseArgs } from 'node:util';
import type { RawImage } from 'ddpm-codec';
import type { Model } from 'ddpm-codec/model';
import { prepareEncode } from '#dist/coding/encoder/encoder.js';
import { inlineEngine } from '#dist/coding/engine.js';
import { NODE } from '#dist/node/node-platform.js';
import { observeSteps, type StepSums } from './calibration/observe-steps.ts';
import { commandLine } from './command-line.ts';
import { openDefaultModel } from './default-model.ts';
import {
  type CalibrationKind,
  type CalibrationReport,
  calibrationFigures,
  type LayerSums,
} from './documents/figures/calibration.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { readGraphics } from './graphics.ts';
import { CIFAR_PATH, KODAK_PATHS, middleOf, readPictures } from './pictures.ts';

/** Side in pixels of the part of a photograph that is encoded. */
const SIDE = 256;
/** Noise level at which the layers end, below that of the default goal. */
const END_SIGMA = 0.025;

const { values } = parseArgs({ options: { json: { type: 'string' }, limit: { type: 'string', default: '64' } } });
const limit = Number(values.limit);

/** Adds up sums, field by field. */
function added<T extends object>(a: T, b: T): T {
  const entries = Object.entries(a) as [keyof T, number][];
  return Object.fromEntries(entries.map(([key, value]) => [key, value + (b[key] as number)])) as T;
}

/** Encodes a picture; returns what is found of each layer, and the bits of the whole file. */
async function measurePicture(picture: RawImage, model: Model): Promise<{ layers: LayerSums[]; fileBits: number }> {
  const steps: StepSums[] = [];
  const observe = (layer: number, sums: StepSums): void => {
    // The first layer has one tile; it comes again if the encoder begins again without a pyramid.
    if (layer === 0) steps.length = 0;
    steps[layer] = steps[layer] ? added(steps[layer], sums) : sums;
  };
  const engine = inlineEngine(model);
  const { run } = await prepareEncode(async () => picture, { endSigma: END_SIGMA }, NODE);
  const { info } = await run(async () => ({
    ...engine,
    executor: (transport) => observeSteps(engine.executor(transport), observe),
  }));
  const layers = info.layers.map(({ level, sigma, actualBits, idealBits }, i) => {
    return { level, sigma, ...steps[i], idealBits, realBits: actualBits };
  });
  return { layers, fileBits: 8 * info.bytes };
}

/** Layers that end at the same noise level of the same pyramid level, added up; pictures without a pyramid have others. */
function mergedLayers(layers: readonly LayerSums[]): LayerSums[] {
  const merged = new Map<string, LayerSums>();
  for (const sums of layers) {
    const { level, sigma } = sums;
    const before = merged.get(`${level}/${sigma}`);
    merged.set(`${level}/${sigma}`, { ...(before ? added(before, sums) : sums), level, sigma });
  }
  return [...merged.values()];
}

/** Adds up the layers of pictures of one size. */
async function measureKind(name: string, pictures: readonly RawImage[], model: Model): Promise<CalibrationKind> {
  const { width, height } = pictures[0];
  let total: Awaited<ReturnType<typeof measurePicture>> | undefined;
  for (const picture of pictures) {
    if (picture.width !== width || picture.height !== height) throw new Error('pictures of a kind have one size');
    const { layers, fileBits } = await measurePicture(picture, model);
    total = {
      layers: mergedLayers([...(total?.layers ?? []), ...layers]),
      fileBits: (total?.fileBits ?? 0) + fileBits,
    };
  }
  if (!total) throw new Error('a kind has pictures');
  console.log(`${name}: done`);
  return { name, count: pictures.length, width, height, ...total };
}

const model = await openDefaultModel();
const kodak = (await readPictures(KODAK_PATHS, limit)).map((picture) => middleOf(picture, SIDE));
const report: CalibrationReport = {
  kinds: [
    await measureKind('CIFAR-10', await readPictures([CIFAR_PATH], limit), model),
    await measureKind('Kodak', kodak, model),
    await measureKind('graphics', await readGraphics(limit), model),
  ],
};
const { table, layers } = calibrationFigures(report);
console.log(`${table.text}\n\n${layers.text}`);
if (values.json) writeMeasurement(values.json, commandLine('bench:calibration'), report);
