/**
 * Tries the workers of a queue: with kills, and for speed. Needs redis-server or valkey-server on PATH.
 *
 *   npm run bench:fleet -- [--json FILE] [--pictures 2000] [--kill-every 4] [--rounds 5] [--only chaos|speed]
 *
 * Chaos: pictures of 32x32 are encoded by four worker processes, of which one is killed with SIGKILL every few seconds and another
 * started in its place; the server is killed and restarted once. Then every output must be there and be that of one
 * `encode -j 2`, byte for byte. Speed: four worker processes with a thread each against one `encode -j 2`, in turn, by the times
 * at which outputs were written from the first to the last tenth. Ends with exit code 1 if an output is not right, or a job is left.
 * Takes some ten minutes on two quiet cores; speed means nothing on a machine with other work.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commandLine } from './command-line.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { type ChaosReport, runChaos } from './fleet/chaos.ts';
import { RedisServer } from './fleet/redis-server.ts';
import { writeCrops, writeSmallPictures } from './fleet/small-pictures.ts';
import { measureThroughput, type ThroughputRound } from './fleet/throughput.ts';
import { median } from './median.ts';

const WORKERS = 4;
const THREADS = 2;
const SPEED_PICTURES = { small: 1000, crops: 60 };

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    pictures: { type: 'string', default: '2000' },
    'kill-every': { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});

/** Throughput of pictures of one size. */
interface SpeedReport {
  readonly name: string;
  readonly pictures: number;
  readonly rounds: readonly ThroughputRound[];
  /** Median of the ratios of fleet to single. */
  readonly ratio: number;
}

const folder = mkdtempSync(join(tmpdir(), 'ddpm-fleet-'));
try {
  const chaos = values.only === 'speed' ? undefined : await tryChaos();
  const speed = values.only === 'chaos' ? [] : await trySpeed();
  if (values.json) writeMeasurement(values.json, commandLine('bench:fleet'), { chaos, speed });
  if (chaos && !isRight(chaos)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function tryChaos(): Promise<ChaosReport> {
  const report = await runChaos({
    folder,
    pictures: Number(values.pictures),
    workers: WORKERS,
    killEveryMs: Number(values['kill-every']) * 1000,
    options: [],
    say: (text) => console.error(text),
  });
  console.log('| chaos | |\n| --- | ---: |');
  for (const [name, value] of Object.entries(report)) console.log(`| ${name} | ${value} |`);
  return report;
}

function isRight({ pictures, right, completed, left, strange, halfWritten }: ChaosReport): boolean {
  return right === pictures && completed === pictures && left === 0 && strange.length === 0 && halfWritten === 0;
}

async function trySpeed(): Promise<SpeedReport[]> {
  const server = await RedisServer.start(folder, 'of speed');
  const reports: SpeedReport[] = [];
  console.log('| pictures | one process, 1/s | workers, 1/s | ratio |\n| --- | ---: | ---: | ---: |');
  try {
    for (const [name, count, write] of [
      ['32x32', SPEED_PICTURES.small, writeSmallPictures],
      ['256x256', SPEED_PICTURES.crops, writeCrops],
    ] as const) {
      const input = join(folder, name);
      await write(input, count);
      const rounds = await measureThroughput({
        input,
        folder: join(folder, `${name}-outputs`),
        server,
        workers: WORKERS,
        threads: THREADS,
        rounds: Number(values.rounds),
        options: [],
      });
      const of = (key: keyof ThroughputRound): string => median(rounds.map((round) => round[key])).toFixed(2);
      const ratio = median(rounds.map(({ single, fleet }) => fleet / single));
      console.log(`| ${count} of ${name} | ${of('single')} | ${of('fleet')} | ${ratio.toFixed(3)} |`);
      reports.push({ name, pictures: count, rounds, ratio });
    }
  } finally {
    await server.kill();
  }
  return reports;
}
