/**
 * Measures how long the event loop of a program waits while pictures are encoded and decoded: in the calling thread, in the thread
 * that `encode` and `decode` share, and by `createCodec`.
 *
 *   npm run bench:loop -- [--json FILE] [--limit 768]
 *
 * Prints a Markdown table. `longest` is the longest time between two turns of a timer of 10 ms (node:perf_hooks,
 * monitorEventLoopDelay), on a quiet machine about 11 ms where nothing happens; `busy` is the time in which the loop had something to
 * do, in all (eventLoopUtilization); the models are loaded beforehand. --limit leaves out pictures
 * that are wider. Takes 3 minutes.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  createCodec,
  type DecodeOptions,
  decode,
  type EncodeOptions,
  encode,
  type RawImage,
  readImage,
  type ThreadOption,
} from 'ddpm-codec';
import { commandLine } from './command-line.ts';
import { CODERS, type LoopReport, type LoopRow, loopFigures } from './documents/figures/loop.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { KODAK_PATHS, repeated } from './pictures.ts';

interface Case {
  readonly name: string;
  readonly picture: RawImage;
  readonly options: EncodeOptions;
}

interface Coder {
  encode(picture: RawImage, options: EncodeOptions): Promise<{ readonly data: Uint8Array }>;
  decode(stream: Uint8Array, options?: DecodeOptions): Promise<unknown>;
}

/** An opaque picture with a pattern as its alpha. */
function withAlpha({ data, width, height }: RawImage): RawImage {
  const rgba = new Uint8Array(width * height * 4);
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) rgba[p * 4 + c] = data[p * 3 + c] as number;
    rgba[p * 4 + 3] = 128 + ((p * 7) % 127);
  }
  return { data: rgba, width, height, channels: 4 };
}

const PHOTOGRAPH = KODAK_PATHS.find((path) => path.endsWith('kodim05.png')) as string;

async function allCases(): Promise<Case[]> {
  const photograph = await readImage(readFileSync(PHOTOGRAPH), { source: PHOTOGRAPH });
  const at = (width: number, height: number): RawImage => repeated(photograph, width, height);
  const rate = { bpp: 0.5 };
  // The layers of the coarse levels: what is done for each pixel is done, and the network has little to do.
  const coarse = { endSigma: 4, effort: 1 };
  return [
    { name: '64x64', picture: at(64, 64), options: rate },
    { name: '256x256', picture: at(256, 256), options: rate },
    { name: '256x256, alpha', picture: withAlpha(at(256, 256)), options: { quality: 40 } },
    { name: '256x256, lossless', picture: at(256, 256), options: { lossless: true } },
    { name: '768x512', picture: at(768, 512), options: rate },
    { name: '4000x3000, coarse layers', picture: at(4000, 3000), options: coarse },
    { name: '4000x3000, alpha, coarse layers', picture: withAlpha(at(4000, 3000)), options: coarse },
  ];
}

type Measured = LoopRow['coders'][number];

/** Runs some work, and measures the event loop meanwhile. */
async function measured<T>(work: () => Promise<T>): Promise<Measured & { readonly result: T }> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  await wait(50);
  delay.reset();
  const before = performance.eventLoopUtilization();
  const start = performance.now();
  const result = await work();
  const callMs = performance.now() - start;
  const { active: busyMs } = performance.eventLoopUtilization(before);
  await wait(30);
  delay.disable();
  return { longestMs: delay.max / 1e6, busyMs, callMs, result };
}

const { values } = parseArgs({ options: { json: { type: 'string' }, limit: { type: 'string', default: '4000' } } });
const cases = (await allCases()).filter(({ picture }) => picture.width <= Number(values.limit));
const inline: ThreadOption = { thread: 'inline' };
const pool = await createCodec({ threads: 2 });
const coders: Record<(typeof CODERS)[number], Coder> = {
  inline: {
    encode: (picture, options) => encode(picture, { ...options, ...inline }),
    decode: (stream) => decode(stream, inline),
  },
  worker: { encode, decode },
  createCodec: pool,
};
const { longestMs: idleMs } = await measured(() => wait(5000));
const rows: LoopRow[] = [];
try {
  const [{ picture: small }] = cases as [Case];
  for (const coder of Object.values(coders)) await coder.decode((await coder.encode(small, {})).data);
  for (const { name, picture, options } of cases) {
    const encoded: Measured[] = [];
    const decoded: Measured[] = [];
    for (const coder of CODERS) {
      const { result, ...encoding } = await measured(() => coders[coder].encode(picture, options));
      const { result: _, ...decoding } = await measured(() => coders[coder].decode(result.data));
      encoded.push(encoding);
      decoded.push(decoding);
    }
    rows.push({ work: `encode ${name}`, coders: encoded }, { work: `decode ${name}`, coders: decoded });
    console.error(`${name}: done`);
  }
} finally {
  await pool.close();
}
const report: LoopReport = { idleMs, rows };
console.log(loopFigures(report).rows?.text);
console.log(`while nothing was done: ${idleMs.toFixed(0)} ms`);
if (values.json) writeMeasurement(values.json, commandLine('bench:loop'), report);
