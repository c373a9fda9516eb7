/**
 * Compares the transports in the same reverse process: bits at equal PSNR of the trellis code, of dithered quantisation
 * and of the ideal channel, for several steps of the noise ladder.
 *
 *   npm run bench:transport -- PICTURES... [--limit N] [--crop X,Y,SIDE] [--ladder 1,2,4,8] [--psnr 30,34,38] [--beam M] [--json FILE]
 *
 * PICTURES are CIFAR-10 binary files or image files, all of the same size (after --crop). For each ladder step, a walk
 * takes the nominal steps; from it, last steps branch off to a few noise levels, the same for all transports. Bits at a
 * PSNR are interpolated between these ends (log-linearly). Real bits include everything but the header. "plain" is an
 * estimate: the cross-entropy of the same dithered integers under the model's Gaussians, without the neighbourhood and
 * the mixture of the dithered code.
 */
import { parseArgs } from 'node:util';
import type { RawImage } from 'ddpm-codec';
import {
  coarsestLevel,
  ditheredTransport,
  type EncodeResume,
  type EncodeWalkState,
  encodeWalk,
  endingAt,
  ImagePyramid,
  idealTransport,
  inlineExecutor,
  type LadderStep,
  nominalLadder,
  pictureOf,
  type Sender,
  StreamWriter,
  trellisTransport,
  WalkRun,
} from 'ddpm-codec/codec';
import type { Model } from 'ddpm-codec/model';
import { quantisationStep } from '#dist/codec/dithered/dithered-code.js';
import { normalTail } from '#dist/codec/dithered/normal-tail.js';
import { distortion } from '#dist/image/distortion.js';
import { commandLine } from './command-line.ts';
import { openDefaultModel } from './default-model.ts';
import { type TransportColumn, type TransportRow, transportFigures } from './documents/figures/transport.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { cropOf, readPictures } from './pictures.ts';
import { type RatePoint, rateAt } from './rate-at.ts';

/** Noise indices at which streams end: sigma 0.339 to 0.0226. */
const ENDS = [-400, -650, -900, -1150, -1400];

const TRANSPORTS = ['ideal', 'trellis', 'dithered'] as const;
type Transport = (typeof TRANSPORTS)[number];

/** Size and squared error of a stream that ends at one of {@link ENDS}; also used for sums over pictures. */
interface Point {
  bits: number;
  /** Estimated bits under the plain Gaussians; 0 except for the dithered transport. */
  plainBits: number;
  squaredError: number;
}

interface Setup {
  readonly model: Model;
  readonly stepEighths: number;
  readonly beamWidth: number;
}

/**
 * Estimated bits of the dithered integers of a tile: cross-entropy under N(0, 1 - r) convolved with the uniform
 * distribution.
 */
function plainBits(problem: Parameters<Sender['convey']>[0], values: Float32Array): number {
  const { residualVariance } = problem;
  let bits = 0;
  for (let i = 0; i < values.length; i++) {
    const r = residualVariance[i];
    const deviation = Math.sqrt(Math.max(1 - r, 2 ** -24));
    const centre = Math.abs(values[i]);
    const half = quantisationStep(r) / 2;
    const beyond = normalTail((centre + half) / deviation);
    const near = (centre - half) / deviation;
    const p = near >= 0 ? normalTail(near) - beyond : 1 - normalTail(-near) - beyond;
    bits -= Math.log2(Math.max(p, 2 ** -30));
  }
  return bits;
}

/** Makes a transport. `taken` returns the plain bits (see {@link plainBits}) since its last call. */
function transport(name: Transport, seed: string, beamWidth: number): { sender: Sender; taken: () => number } {
  if (name === 'ideal') return { sender: idealTransport(seed), taken: () => 0 };
  if (name === 'trellis') return { sender: trellisTransport({ beamWidth }), taken: () => 0 };
  const dithered = ditheredTransport();
  let bits = 0;
  return {
    sender: {
      name,
      convey(problem) {
        const conveyed = dithered.convey(problem);
        bits += plainBits(problem, conveyed.values);
        return conveyed;
      },
    },
    taken: () => {
      const sum = bits;
      bits = 0;
      return sum;
    },
  };
}

/** Encodes one picture into streams that end at each of {@link ENDS}. */
async function streams(picture: RawImage, name: Transport, seed: string, setup: Setup): Promise<Point[]> {
  const { model, stepEighths, beamWidth } = setup;
  const { width, height } = picture;
  const colour = { ...picture, channels: 3 as const };
  const dithered = name === 'dithered';
  const writer = new StreamWriter({
    width,
    height,
    checksums: width * height >= 128 * 128,
    ...(dithered && { dithered }),
  });
  const { sender, taken } = transport(name, seed, beamWidth);
  const run = new WalkRun(inlineExecutor(model, sender));
  const walk = { run, image: new ImagePyramid(colour), seed: 0, withGains: !dithered };
  const points: Point[] = [];
  let [idealBits, plain] = [0, 0];
  /** Bits of a layer with its side information; for the ideal channel, the KL divergence. */
  const bitsOf = ({ tiles }: EncodeWalkState, step: LadderStep): number => {
    if (name === 'ideal') return tiles.reduce((sum, tile) => sum + tile.idealBits, 0);
    return writer.layerLength(step, tiles, false);
  };
  const end = async (nominal: LadderStep, index: number, resume: EncodeResume): Promise<void> => {
    const last = endingAt(nominal, index);
    for await (const state of encodeWalk({ ...walk, steps: [nominal], plan: () => last, resume })) {
      if (!state.step) continue;
      const { mse } = distortion(pictureOf(state.mean, state.level, colour, 3).data, colour.data);
      const before = name === 'ideal' ? idealBits : writer.length;
      points.push({ bits: before + bitsOf(state, last), plainBits: plain + taken(), squaredError: mse });
    }
  };
  const ladder = nominalLadder(coarsestLevel(picture), stepEighths);
  let next = ladder.next().value;
  for await (const state of encodeWalk({ ...walk, steps: nominalLadder(coarsestLevel(picture), stepEighths) })) {
    if (state.step) {
      idealBits += name === 'ideal' ? bitsOf(state, state.step) : 0;
      plain += taken();
      const tiles = state.tiles.flatMap(({ bits, packed, gains }) => (packed ? [{ bits, packed, gains }] : []));
      if (tiles.length > 0) writer.addLayer(state.step, tiles, false);
      next = ladder.next().value;
    }
    const { layers: layer, state: y, posterior, gains, debts } = state;
    const resume = { layer, state: y, posterior, gains, debts };
    for (const index of next.level === 0 ? ENDS : []) {
      if (next.toIndex <= index && index < next.fromIndex) await end(next, index, resume);
    }
    if (points.length === ENDS.length) break;
  }
  return points;
}

function cropped(picture: RawImage, crop: string | undefined): RawImage {
  if (crop === undefined) return picture;
  const [left, top, side] = crop.split(',').map(Number);
  return cropOf(picture, { left, top, width: side, height: side });
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: 'string', default: '16' },
    crop: { type: 'string' },
    ladder: { type: 'string', default: '1,1.5,2,3,4,6,8' },
    psnr: { type: 'string', default: '30,34,38' },
    beam: { type: 'string', default: '1024' },
    json: { type: 'string' },
  },
});
const pictures = (await readPictures(positionals, Number(options.limit))).map((raw) => cropped(raw, options.crop));
const { width, height } = pictures[0];
if (pictures.some((p) => p.channels !== 3 || p.width !== width || p.height !== height)) {
  throw new Error('the pictures must be RGB without alpha and have one size');
}
const model = await openDefaultModel();
const beamWidth = Number(options.beam);
const levels = options.psnr.split(',').map(Number);

/** Curves of all transports with one ladder, over all pictures. */
async function curvesOf(ladder: number): Promise<Record<TransportColumn, RatePoint[]>> {
  const curves = new Map<TransportColumn, RatePoint[]>();
  for (const name of TRANSPORTS) {
    const sums: Point[] = ENDS.map(() => ({ bits: 0, plainBits: 0, squaredError: 0 }));
    for (const [i, picture] of pictures.entries()) {
      const points = await streams(picture, name, `transport/${i}`, { model, stepEighths: ladder * 8, beamWidth });
      for (const [j, { bits, plainBits, squaredError }] of points.entries()) {
        sums[j].bits += bits;
        sums[j].plainBits += plainBits;
        sums[j].squaredError += squaredError;
      }
    }
    const curve = (key: 'bits' | 'plainBits'): RatePoint[] =>
      sums.map((sum) => ({
        rate: sum[key] / (pictures.length * width * height),
        psnr: 10 * Math.log10((255 ** 2 * pictures.length) / sum.squaredError),
      }));
    curves.set(name, curve('bits'));
    if (name === 'dithered') curves.set('plain', curve('plainBits'));
  }
  return Object.fromEntries(curves) as Record<TransportColumn, RatePoint[]>;
}

const rows: TransportRow[] = [];
const ends: { ladder: number; curves: Record<TransportColumn, RatePoint[]> }[] = [];
for (const ladder of options.ladder.split(',').map(Number)) {
  const curves = await curvesOf(ladder);
  ends.push({ ladder, curves });
  for (const psnr of levels) {
    const at = (name: TransportColumn): number | null => rateAt(curves[name], psnr);
    rows.push({
      ladder,
      psnr,
      bpp: { ideal: at('ideal'), trellis: at('trellis'), dithered: at('dithered'), plain: at('plain') },
    });
  }
  console.error(`ladder ${ladder}: done`);
}
const report = { pictures: pictures.length, width, height, beamWidth, rows, ends };
console.log(`${pictures.length} pictures of ${width} x ${height}, M = ${beamWidth}; bits per pixel at equal PSNR`);
for (const [name, { text }] of Object.entries(transportFigures(report))) console.log(`${name}:\n${text}`);
if (options.json) writeMeasurement(options.json, commandLine('bench:transport'), report);
