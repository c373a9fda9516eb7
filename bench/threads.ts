/**
 * Measures what threads gain in sampling, analysis and calibration with the default model, and what the size of a batch
 * does on one thread.
 *
 *   npm run bench:threads -- [--json FILE] [--rounds 5]
 *
 * One thread and two work in turn, in one process; the first round is a warm-up that checks that both give the same.
 * Images are of test/images/cifar10-test-128.bin. Takes 4 minutes on two cores that do nothing else.
 */

import { loadavg } from 'node:os';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { models } from 'ddpm-codec';
import { analyze, sample } from 'ddpm-codec/analysis';
import { commandLine } from './command-line.ts';
import { type ThreadsReport, threadsFigures, type WorkTimes } from './documents/figures/threads.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { median } from './median.ts';
import { CIFAR_PATH, readCifar } from './pictures.ts';

const THREADS = [1, 2];
const BATCHES = [1, 2, 4, 8, 16, 32, 64];
/** Reverse steps of the analyses for the table of batches. */
const BATCH_STEPS = 5;
const MODEL = 'models/photo-v1.safetensors';

const { values } = parseArgs({ options: { json: { type: 'string' }, rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const images = readCifar(CIFAR_PATH, 64);

/** One kind of work. */
interface Work {
  readonly work: string;
  readonly networkRuns: number;
  /** Does it, and gives what must not depend on the threads. */
  run(threads: number): Promise<unknown>;
}

const WORK: readonly Work[] = [
  {
    work: '`sample -n 64`',
    networkRuns: 64 * 49,
    run: async (threads) => (await sample({ count: 64, threads })).images.map(({ data }) => Buffer.from(data)),
  },
  {
    work: '`analyze --images 32 --steps 50`',
    networkRuns: 32 * 50,
    run: (threads) => analyze(images.slice(0, 32), { steps: 50, threads }),
  },
  {
    work: '`calibrate --images 64`',
    networkRuns: 64 * 24,
    run: async (threads) => (await models.calibrate(MODEL, images, { threads })).info.id,
  },
];

/** Seconds that a task takes, and its result. */
async function timed<T>(task: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const start = performance.now();
  const result = await task();
  return { seconds: (performance.now() - start) / 1000, result };
}

async function measureWork({ work, networkRuns, run }: Work): Promise<WorkTimes> {
  const seconds: Record<number, number[]> = { 1: [], 2: [] };
  for (let round = 0; round <= rounds; round++) {
    const results: unknown[] = [];
    for (const threads of round % 2 === 0 ? THREADS : THREADS.toReversed()) {
      const found = await timed(() => run(threads));
      results.push(found.result);
      if (round > 0) seconds[threads].push(found.seconds);
    }
    if (!isDeepStrictEqual(results[0], results[1])) throw new Error(`${work}: results depend on threads`);
    console.error(`${work}, round ${round}: ${JSON.stringify(seconds)}`);
  }
  const ratios = seconds[1].map((one, i) => one / seconds[2][i]);
  return { work, networkRuns, seconds: { 1: median(seconds[1]), 2: median(seconds[2]) }, speedUp: median(ratios) };
}

async function measureBatches(): Promise<ThreadsReport['batches']> {
  const ms = BATCHES.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, batch] of BATCHES.entries()) {
      const { seconds } = await timed(() => analyze(images, { steps: BATCH_STEPS, batch }));
      ms[i].push((seconds * 1000) / (images.length * BATCH_STEPS));
    }
  }
  return BATCHES.map((count, i) => ({ images: count, ms: median(ms[i]) }));
}

const batches = await measureBatches();
const work: WorkTimes[] = [];
for (const each of WORK) work.push(await measureWork(each));
const report: ThreadsReport = { rounds, load: loadavg()[0], work, batches };
for (const [name, { text }] of Object.entries(threadsFigures(report))) console.log(`${name}: ${text}`);
if (values.json) writeMeasurement(values.json, commandLine('bench:threads'), report);
