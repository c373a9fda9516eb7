/**
 * Measures rate against time for the encoder's two settings, ladder step and beam width, to choose the settings of the
 * efforts.
 *
 *   npm run bench:effort -- PICTURES... [--limit N] [--crop SIDE] [--ladders 1,1.5,2] [--beams 256,1024] [--rounds N]
 *     [--json FILE] [--svg FILE]
 *
 * Counts real bytes. Rates at a PSNR are interpolated log-linearly between layers. Times are CPU times of this process,
 * which other work on the machine disturbs less than wall-clock times. All settings are measured in turn for each
 * picture, --rounds times; the least time of a picture counts.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RawImage } from 'ddpm-codec';
import {
  coarsestLevel,
  encodeWalk,
  ImagePyramid,
  inlineExecutor,
  ladder,
  nearestIndex,
  pictureOf,
  StreamWriter,
  trellisTransport,
  WalkRun,
} from 'ddpm-codec/codec';
import type { Model } from 'ddpm-codec/model';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { distortion } from '#dist/image/distortion.js';
import { commandLine } from './command-line.ts';
import { cpuTimeSince } from './cpu-time.ts';
import { openDefaultModel } from './default-model.ts';
import {
  ANCHOR,
  type EffortReport,
  type EffortRow,
  type EffortSetting,
  effortFigures,
} from './documents/figures/effort.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { middleOf, readPictures } from './pictures.ts';
import { type RatePoint, rateAt } from './rate-at.ts';

type Colour = RawImage & { readonly channels: 1 | 3 };

/** The curves of all pictures under one setting, and the CPU time they took. */
interface Result extends EffortSetting {
  readonly curves: RatePoint[][];
  seconds: number;
}

/** Noise level at which every stream ends. */
const END_SIGMA = 0.02;
/** PSNRs in dB at which rates are compared. */
const QUALITIES = [28, 31, 34, 37];

/** Encodes a picture; returns rate and PSNR after each layer. */
async function encodeCurve(raw: Colour, model: Model, { ladderStep, beamWidth }: EffortSetting): Promise<RatePoint[]> {
  const { width, height } = raw;
  const stepEighths = ladderStep * 8;
  const header = {
    width,
    height,
    grey: false,
    checksums: width * height >= 128 * 128,
    model: model.id,
    stepEighths,
    seed: 0,
    endPosition: nearestIndex(END_SIGMA),
    freeEnd: true,
  };
  const writer = new StreamWriter(header);
  const headerBytes = writer.bytes(header).length;
  const steps = ladder(coarsestLevel(raw), stepEighths, header.endPosition);
  const run = new WalkRun(inlineExecutor(model, trellisTransport({ beamWidth })));
  const image = new ImagePyramid({ ...raw, channels: 3 });
  const points: RatePoint[] = [];
  for await (const state of encodeWalk({ run, image, seed: 0, steps })) {
    const packed = state.tiles.flatMap(({ bits, packed }) => (packed ? [{ bits, packed }] : []));
    if (packed.length === 0) continue;
    writer.addLayer(steps[state.layers - 1], packed, false);
    const { psnr } = distortion(pictureOf(state.mean, state.level, raw, 3).data, raw.data);
    points.push({ rate: ((headerBytes + Math.ceil(writer.length / 8)) * 8) / (width * height), psnr });
  }
  return points;
}

/**
 * Bits of one setting divided by those of another: the geometric mean over all pictures and qualities that both reach.
 */
function relativeRate(result: Result, anchor: Result): number {
  let sum = 0;
  let count = 0;
  for (const [i, points] of result.curves.entries()) {
    for (const psnr of QUALITIES) {
      const [rate, other] = [rateAt(points, psnr), rateAt(anchor.curves[i], psnr)];
      if (rate === null || other === null) continue;
      sum += Math.log(rate / other);
      count++;
    }
  }
  return Math.exp(sum / count);
}

/** Plots bits against time as SVG, with a line for each ladder step and a point for each beam width. */
async function plot(rows: readonly EffortRow[], title: string): Promise<string> {
  const axis = (field: string, text: string): object => ({
    field,
    type: 'quantitative',
    scale: { zero: false, nice: true },
    title: text,
  });
  const spec = {
    title,
    width: 560,
    height: 360,
    background: 'white',
    data: { values: rows.map((row) => ({ ...row, ladder: `${row.ladderStep}`, label: `${row.beamWidth}` })) },
    encoding: {
      x: axis('relativeTime', 'CPU time of encoding, relative'),
      y: axis('relativeRate', 'bits at equal PSNR, relative (real bytes)'),
      color: { field: 'ladder', type: 'nominal', title: 'ladder step' },
    },
    layer: [
      { mark: { type: 'line', point: true }, encoding: { order: { field: 'beamWidth' } } },
      { mark: { type: 'text', dy: -9, fontSize: 9 }, encoding: { text: { field: 'label' } } },
    ],
  } as unknown as TopLevelSpec;
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: 'string', default: '8' },
    crop: { type: 'string', default: '256' },
    ladders: { type: 'string', default: '0.75,1,1.5,2,2.5' },
    beams: { type: 'string', default: '128,256,512,1024,2048,4096' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'string' },
    svg: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds ${values.rounds}: it must be 1 or more`);
const numbers = (list: string): number[] => list.split(',').map(Number);
const pictures = (await readPictures(positionals, Number(values.limit))).map((p) => middleOf(p, Number(values.crop)));
if (pictures.some(({ channels }) => channels !== 3)) throw new Error('the pictures must be RGB without alpha');
const model = await openDefaultModel();
const results: Result[] = numbers(values.ladders).flatMap((ladderStep) =>
  numbers(values.beams).map((beamWidth) => ({ ladderStep, beamWidth, curves: [], seconds: 0 })),
);
await encodeCurve(pictures[0] as Colour, model, { ladderStep: 2, beamWidth: 16 });
for (const picture of pictures as Colour[]) {
  const times = results.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [i, result] of results.entries()) {
      const start = process.cpuUsage();
      const curve = await encodeCurve(picture, model, result);
      times[i] = Math.min(times[i], cpuTimeSince(start) / 1e6);
      if (round === 0) result.curves.push(curve);
    }
  }
  for (const [i, result] of results.entries()) result.seconds += times[i];
}
const anchor =
  results.find(({ ladderStep, beamWidth }) => ladderStep === ANCHOR.ladderStep && beamWidth === ANCHOR.beamWidth) ??
  results[0];
const rows: EffortRow[] = results.map((result) => ({
  ladderStep: result.ladderStep,
  beamWidth: result.beamWidth,
  relativeRate: relativeRate(result, anchor),
  relativeTime: result.seconds / anchor.seconds,
  seconds: result.seconds,
  rates: result.curves.map((points) => QUALITIES.map((psnr) => rateAt(points, psnr))),
}));
rows.sort((a, b) => a.relativeTime - b.relativeTime);
console.log(
  `${pictures.length} pictures; relative to ladder ${anchor.ladderStep}, M = ${anchor.beamWidth} (${(anchor.seconds / pictures.length).toFixed(2)} s CPU a picture)`,
);
console.log('ladder     M    time   bits  on the frontier');
let best = Number.POSITIVE_INFINITY;
for (const row of rows) {
  const frontier = row.relativeRate < best;
  best = Math.min(best, row.relativeRate);
  console.log(
    `${String(row.ladderStep).padStart(6)} ${String(row.beamWidth).padStart(5)}  ${row.relativeTime.toFixed(3)}  ${row.relativeRate.toFixed(4)}  ${frontier ? '*' : ''}`,
  );
}
const report: EffortReport = {
  pictures: pictures.length,
  width: pictures[0].width,
  height: pictures[0].height,
  qualities: QUALITIES,
  anchor: { ladderStep: anchor.ladderStep, beamWidth: anchor.beamWidth },
  rows,
};
for (const [name, { text }] of Object.entries(effortFigures(report))) console.log(`${name}:\n${text}`);
if (values.json) writeMeasurement(values.json, commandLine('bench:effort'), report);
if (values.svg) {
  const { width, height } = report;
  writeFileSync(values.svg, await plot(rows, `${pictures.length} pictures of ${width} x ${height}: M at each point`));
}
