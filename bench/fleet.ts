/**
 * Tries the workers of a queue: with kills, for speed, and for the memory of their server. Needs redis-server or valkey-server on PATH.
 *
 *   npm run bench:fleet -- [--json FILE] [--pictures 2000] [--kill-every 4] [--rounds 3] [--small 3000] [--crops 72]
 *
 * Chaos: --pictures of 32x32 are encoded by four worker processes, of which one is killed with SIGKILL every few seconds and another
 * started in its place; the server is killed and restarted once. Then every output must be there and be that of one
 * `encode -j 2`, byte for byte. Speed: four worker processes with a thread each against one `encode -j 2`, in turn, with --small
 * pictures of 32x32 and --crops of 256x256, by the times at which outputs were written, without the first third and the last tenth. Memory: of the server, for
 * 100 000 jobs. Ends with exit code 1 if an output is not right, or a job is left.
 * Takes some fifteen minutes on two quiet cores; speed means nothing on a machine with other work.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commandLine } from './command-line.ts';
import type { SpeedReport } from './documents/figures/fleet.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { type ChaosReport, runChaos } from './fleet/chaos.ts';
import { RedisServer } from './fleet/redis-server.ts';
import { measureServerMemory } from './fleet/server-memory.ts';
import { writeCrops, writeSmallPictures } from './fleet/small-pictures.ts';
import { measureThroughput } from './fleet/throughput.ts';
import { median } from './median.ts';

const WORKERS = 4;
const THREADS = 2;
const MEMORY_JOBS = 100_000;

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    pictures: { type: 'string', default: '2000' },
    'kill-every': { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    small: { type: 'string', default: '3000' },
    crops: { type: 'string', default: '72' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'ddpm-fleet-'));
try {
  const chaos = await tryChaos(join(folder, 'chaos'));
  const server = await startServer(join(folder, 'server'));
  try {
    const memory = await measureServerMemory(server, MEMORY_JOBS);
    const [waiting, done] = [memory.waiting, memory.done].map((bytes) => (bytes / 1000).toFixed(2));
    console.log(`\nMemory of the server: ${waiting} kB for a job that waits, ${done} kB for one that is done.\n`);
    const speed = await trySpeed(server);
    if (values.json) writeMeasurement(values.json, commandLine('bench:fleet'), { chaos, speed, memory });
  } finally {
    await server.kill();
  }
  if (!isRight(chaos)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function startServer(place: string): Promise<RedisServer> {
  mkdirSync(place);
  return RedisServer.start(place, 'of the bench');
}

async function tryChaos(place: string): Promise<ChaosReport> {
  mkdirSync(place);
  const report = await runChaos({
    folder: place,
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

async function trySpeed(server: RedisServer): Promise<SpeedReport[]> {
  const reports: SpeedReport[] = [];
  console.log('| pictures | one process, 1/s | workers, 1/s | ratio |\n| --- | ---: | ---: | ---: |');
  for (const [name, count, write] of [
    ['32x32', Number(values.small), writeSmallPictures],
    ['256x256', Number(values.crops), writeCrops],
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
    const single = median(rounds.map((round) => round.single));
    const fleet = median(rounds.map((round) => round.fleet));
    const ratio = median(rounds.map((round) => round.fleet / round.single));
    console.log(`| ${count} of ${name} | ${single.toFixed(2)} | ${fleet.toFixed(2)} | ${ratio.toFixed(3)} |`);
    reports.push({ name, pictures: count, rounds, single, fleet, ratio });
  }
  return reports;
}
