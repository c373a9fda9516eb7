/**
 * Measures what threads gain in sampling, analysis and calibration with the default model, and what the size of a batch
 * does on one thread.
 *
 *   npm run bench:threads -- [--json FILE] [--rounds 3]
 *
 * One thread and two work in turn, in one process; the first round is a warm-up that checks that both give the same.
 * Beside the clock, which says little where other work runs, it takes the CPU time of all threads.
 * Images are of test/images/cifar10-test-128.bin. Takes 2 minutes on two cores that do nothing else.
 */
import { loadavg } from 'node:os';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { models } from 'ddpm-codec';
import { analyze, sample } from 'ddpm-codec/analysis';
import { commandLine } from './command-line.ts';
import { cpuTimeSince } from './cpu-time.ts';
import { type RunTimes, type ThreadsReport, threadsFigures, type WorkTimes } from './documents/figures/threads.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { median } from './median.ts';
import { CIFAR_PATH, readCifar } from './pictures.ts';

const THREADS = [1, 2];
const BATCHES = [1, 2, 4, 8, 16, 32, 64];
/** Reverse steps of the analyses for the table of batches. */
const BATCH_STEPS = 5;
const MODEL = 'models/photo-v2.safetensors';

const { values } = parseArgs({ options: { json: { type: 'string' }, rounds: { type: 'string', default: '3' } } });
const rounds = Number(values.rounds);
const images = readCifar(CIFAR_PATH, 64);

/** One kind of work. */
interface Work {
  readonly work: string;
  readonly networkRuns: number;
  /** Does it, and gives what must not depend on the threads. */
  run(options: { readonly threads: number }): Promise<unknown>;
}

const WORK: readonly Work[] = [
  {
    work: '`sample -n 64`',
    networkRuns: 64 * 49,
    run: async (options) => (await sample({ ...options, count: 64 })).images.map(({ data }) => Buffer.from(data)),
  },
  {
    work: '`analyze --images 32 --steps 50`',
    networkRuns: 32 * 50,
    run: (options) => analyze(images.slice(0, 32), { ...options, steps: 50 }),
  },
  {
    work: '`calibrate --images 64`',
    networkRuns: 64 * 24,
    run: async (options) => (await models.calibrate(MODEL, images, options)).info.id,
  },
];

/** Does some work once. */
async function runOnce({ run }: Work, threads: number): Promise<{ times: RunTimes; result: unknown }> {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await run({ threads });
  const clock = (performance.now() - start) / 1000;
  return { times: { clock, all: cpuTimeSince(before) / 1e6 }, result };
}

function medianTimes(times: readonly RunTimes[]): RunTimes {
  return {
    clock: median(times.map(({ clock }) => clock)),
    all: median(times.map(({ all }) => all)),
  };
}

async function measureWork(what: Work): Promise<WorkTimes> {
  const times: Record<number, RunTimes[]> = { 1: [], 2: [] };
  for (let round = 0; round <= rounds; round++) {
    const results: unknown[] = [];
    for (const threads of round % 2 === 0 ? THREADS : THREADS.toReversed()) {
      const found = await runOnce(what, threads);
      results.push(found.result);
      if (round > 0) times[threads].push(found.times);
    }
    if (!isDeepStrictEqual(results[0], results[1])) throw new Error(`${what.work}: results depend on threads`);
    console.error(`${what.work}, round ${round} of ${rounds}`);
  }
  const { work, networkRuns } = what;
  return { work, networkRuns, one: medianTimes(times[1]), two: medianTimes(times[2]) };
}

async function measureBatches(): Promise<ThreadsReport['batches']> {
  const ms = BATCHES.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, batch] of BATCHES.entries()) {
      const before = process.cpuUsage();
      await analyze(images, { steps: BATCH_STEPS, batch });
      ms[i].push(process.cpuUsage(before).user / 1000 / (images.length * BATCH_STEPS));
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
