/**
 * Measures how fine the detail of the default model's samples is, by sampler and number of steps, beside photographs:
 * samples with noise left in them have more of it, blurred ones less. What they look like is on the sheet.
 *
 *   npm run bench:samplers -- [--json FILE] [--sheet FILE.png] [--count 24] [--size 32] [--threads 2]
 *
 * The photographs are the first --count images of test/images/cifar10-test-128.bin. --sheet writes the first 8 samples of
 * every sampler that SHEET names, a row each. Takes 4 minutes on two cores.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type RawImage, writeImage } from 'ddpm-codec';
import { contactSheet, type SampleOptions, sample } from 'ddpm-codec/analysis';
import { commandLine } from './command-line.ts';
import { type Detail, type SamplerRow, type SamplersReport, samplersFigures } from './documents/figures/samplers.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { CIFAR_PATH, readCifar } from './pictures.ts';

/** Numbers of steps of the samplers that run the network once a step. */
const STEPS = [10, 25, 50, 100, 1000];
/** Of Heun's, which runs it twice. */
const HEUN_STEPS = [5, 10, 18, 25, 50, 100];

const RUNS: readonly Pick<SampleOptions, 'sampler' | 'variance' | 'steps'>[] = [
  ...(['beta', 'beta-tilde', 'calibrated'] as const).flatMap((variance) =>
    STEPS.map((steps) => ({ sampler: 'ancestral' as const, variance, steps })),
  ),
  ...STEPS.map((steps) => ({ sampler: 'ddim' as const, steps })),
  ...HEUN_STEPS.map((steps) => ({ sampler: 'heun' as const, steps })),
];

/** Steps of the rows of the sheet, from the top: ancestral with each variance, ddim, heun. */
const SHEET: Readonly<Record<string, number>> = {
  beta: 100,
  'beta-tilde': 100,
  calibrated: 100,
  ddim: 50,
  heun: 25,
};
const SHEET_IMAGES = 8;
const SHEET_SCALE = 2;

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    sheet: { type: 'string' },
    count: { type: 'string', default: '24' },
    size: { type: 'string', default: '32' },
    threads: { type: 'string', default: '2' },
  },
});

/** Luminance (ITU-R BT.601), R - Y and B - Y of a picture, each a plane. */
function planesOf({ data, width, height }: RawImage): Float64Array[] {
  const planes = Array.from({ length: 3 }, () => new Float64Array(width * height));
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = data.subarray(3 * i, 3 * i + 3);
    const luminance = 0.299 * r + 0.587 * g + 0.114 * b;
    planes[0][i] = luminance;
    planes[1][i] = r - luminance;
    planes[2][i] = b - luminance;
  }
  return planes;
}

/** Mean square of the difference from the mean of the four neighbours, over the pixels that have four. */
function fineSquare(plane: Float64Array, { width, height }: RawImage): number {
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      sum += (plane[i] - (plane[i - 1] + plane[i + 1] + plane[i - width] + plane[i + width]) / 4) ** 2;
    }
  }
  return sum / ((width - 2) * (height - 2));
}

function detailOf(images: readonly RawImage[]): Detail {
  let [luminance, colour, contrast] = [0, 0, 0];
  for (const image of images) {
    const [y, red, blue] = planesOf(image);
    luminance += fineSquare(y, image);
    colour += (fineSquare(red, image) + fineSquare(blue, image)) / 2;
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    contrast += y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length;
  }
  const root = (sum: number): number => Math.sqrt(sum / images.length);
  return { luminance: root(luminance), colour: root(colour), contrast: root(contrast) };
}

const [count, side, threads] = [values.count, values.size, values.threads].map(Number);
const photographs = detailOf(readCifar(CIFAR_PATH, count));
const rows: SamplerRow[] = [];
const sheet: RawImage[] = [];
for (const options of RUNS) {
  const { images, info } = await sample({ ...options, count, width: side, height: side, threads });
  const { sampler, variance, steps, networkRuns } = info;
  rows.push({ sampler, variance, steps, networkRuns, ...detailOf(images) });
  console.error(`${sampler} ${variance ?? ''} ${steps} steps: ${JSON.stringify(detailOf(images))}`);
  if (SHEET[variance ?? sampler] === steps) sheet.push(...images.slice(0, SHEET_IMAGES));
}
const report: SamplersReport = { images: count, photographs, rows };
for (const [name, { text }] of Object.entries(samplersFigures(report))) console.log(`${name}: ${text}`);
if (values.sheet) {
  const picture = contactSheet(sheet, { columns: Math.min(count, SHEET_IMAGES), scale: SHEET_SCALE });
  writeFileSync(values.sheet, await writeImage(picture, 'png'));
}
if (values.json) writeMeasurement(values.json, commandLine('bench:samplers'), report);
