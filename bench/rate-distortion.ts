/**
 * Rate and distortion by real bytes after every layer, beside the ideal channel (labelled so) in the same loop.
 *
 *   npm run bench:rate-distortion -- PICTURES... [--limit N] [--beam M] [--ladder S] [--end-sigma S] [--json FILE]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { distortion, type RawImage } from 'ddpm-codec';
import {
  type Channel,
  coarsestLevel,
  encodeWalk,
  idealChannel,
  ladder,
  nearestIndex,
  nominalEnd,
  pictureOf,
  planeOf,
  StreamWriter,
  trellisChannel,
} from 'ddpm-codec/codec';
import { loadModel, type Model, openBackend } from 'ddpm-codec/model';
import { readPictures } from './pictures.js';

interface Point {
  /** Bytes of the shortest prefix with the layer (real), or bits / 8 (ideal). */
  bytes: number;
  squaredError: number;
  /** Squared noise of the state over sigma^2; NaN where the level is not the image's own. */
  noise: number;
  idealBits: number;
  level: number;
  sigma: number;
}

type Colour = RawImage & { readonly channels: 1 | 3 };

interface Settings {
  readonly stepEighths: number;
  readonly endSigma: number;
}

/** Mean of (y - x)^2 / sigma^2 over the image. */
function relativeNoise(
  state: { width: number; data: Float32Array },
  image: ReturnType<typeof planeOf>,
  sigma: number,
): number {
  let sum = 0;
  for (let y = 0; y < image.height; y++) {
    for (let i = 0; i < image.width * 3; i++) {
      sum += (state.data[y * state.width * 3 + i] - image.data[y * image.width * 3 + i]) ** 2;
    }
  }
  return sum / (image.data.length * sigma * sigma);
}

async function curve(raw: Colour, model: Model, channel: Channel, settings: Settings): Promise<Point[]> {
  const image = planeOf(raw);
  const { width, height } = raw;
  const { stepEighths } = settings;
  const levels = coarsestLevel(raw);
  let count = 1;
  while (nominalEnd(levels, stepEighths, count) > nearestIndex(settings.endSigma)) count++;
  const header = {
    width,
    height,
    grey: false,
    checksums: width * height >= 128 * 128,
    model: model.id,
    stepEighths,
    seed: 0,
    endPosition: nominalEnd(levels, stepEighths, count),
    freeEnd: false,
  };
  const steps = ladder(levels, stepEighths, header.endPosition);
  const writer = new StreamWriter(header);
  const headerBytes = writer.bytes(header).length;
  const points: Point[] = [];
  let idealBits = 0;
  for await (const state of encodeWalk({ image, seed: 0, steps, model, channel })) {
    for (const tile of state.tiles) idealBits += tile.idealBits;
    const packed = state.tiles.flatMap(({ bits, packed }) => (packed ? [{ bits, packed }] : []));
    if (packed.length > 0) writer.addLayer(steps[state.layers - 1], packed, false);
    const { mse } = distortion(pictureOf(state.mean, state.level, raw, 3).data, raw.data);
    const noise = state.level === 0 ? relativeNoise(state.state, image, state.sigma) : Number.NaN;
    const bytes = packed.length > 0 ? headerBytes + Math.ceil(writer.length / 8) : idealBits / 8;
    points.push({ bytes, squaredError: mse, noise, idealBits, level: state.level, sigma: state.sigma });
  }
  return points.slice(1);
}

interface MeanPoint {
  readonly bpp: number;
  readonly psnr: number;
  readonly noise: number;
  readonly level: number;
  readonly sigma: number;
}

/** Mean of bytes and of squared errors over pictures of one size, layer by layer; PSNR is that of the mean squared error. */
function mean(curves: Point[][], pixels: number): MeanPoint[] {
  return curves[0].map(({ level, sigma }, layer) => {
    const of = (key: 'bytes' | 'squaredError' | 'noise'): number =>
      curves.reduce((sum, points) => sum + points[layer][key], 0) / curves.length;
    const psnr = 10 * Math.log10(255 ** 2 / of('squaredError'));
    return { bpp: (of('bytes') * 8) / pixels, psnr, noise: Math.sqrt(of('noise')), level, sigma };
  });
}

/** Rate at a PSNR: log-linear between the points around it. */
function rateAt(points: readonly MeanPoint[], psnr: number): number {
  const upper = points.findIndex((point) => point.psnr >= psnr);
  if (upper < 1) return Number.NaN;
  const [a, b] = [points[upper - 1], points[upper]];
  const share = (psnr - a.psnr) / (b.psnr - a.psnr);
  return Math.exp((1 - share) * Math.log(a.bpp) + share * Math.log(b.bpp));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: 'string', default: '128' },
    beam: { type: 'string', default: '1024' },
    ladder: { type: 'string', default: '1.5' },
    'end-sigma': { type: 'string', default: '0.025' },
    json: { type: 'string' },
  },
});
const pictures = (await readPictures(positionals, Number(values.limit))) as Colour[];
if (pictures.some(({ channels }) => channels !== 3)) throw new Error('the pictures must be RGB without alpha');
const backend = await openBackend('wasm');
const source = new URL(import.meta.resolve('ddpm-codec/package.json'));
const weights = readFileSync(new URL('models/photo-v0.safetensors', source));
const model = await loadModel(weights, { backend, source: 'photo-v0' });
const settings = { stepEighths: Number(values.ladder) * 8, endSigma: Number(values['end-sigma']) };
const { width, height } = pictures[0];
if (pictures.some((p) => p.width * p.height !== width * height || coarsestLevel(p) !== coarsestLevel(pictures[0]))) {
  throw new Error('the pictures must have one size');
}
const real: Point[][] = [];
const ideal: Point[][] = [];
for (const [i, picture] of pictures.entries()) {
  real.push(await curve(picture, model, trellisChannel({ beamWidth: Number(values.beam) }), settings));
  ideal.push(await curve(picture, model, idealChannel(`bench/${i}`), settings));
}
const realMean = mean(real, width * height);
const idealMean = mean(ideal, width * height);
console.log(`${pictures.length} pictures of ${width} x ${height}, M = ${values.beam}, ladder ${values.ladder}`);
console.log('layer level   sigma  real bpp  PSNR dB  noise/sigma | ideal bpp  PSNR dB | real/ideal bits at this PSNR');
for (const [i, point] of realMean.entries()) {
  const other = idealMean[i];
  const cells = [
    String(i + 1).padStart(5),
    String(point.level).padStart(5),
    point.sigma.toFixed(4).padStart(8),
    point.bpp.toFixed(4).padStart(9),
    point.psnr.toFixed(2).padStart(8),
    (Number.isNaN(point.noise) ? '-' : point.noise.toFixed(4)).padStart(12),
    `|${other.bpp.toFixed(4).padStart(10)}`,
    other.psnr.toFixed(2).padStart(8),
    `| ${(point.bpp / rateAt(idealMean, point.psnr)).toFixed(3)}`,
  ];
  console.log(cells.join(' '));
}
if (values.json)
  writeFileSync(values.json, JSON.stringify({ settings: values, real: realMean, ideal: idealMean }, null, 1));
