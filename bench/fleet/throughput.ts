/** How fast several worker processes of a queue are, against one process with as many threads as there are cores. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runCli, startCli } from './cli-process.ts';
import type { RedisServer } from './redis-server.ts';

/** What {@link measureThroughput} does. */
export interface ThroughputSettings {
  /** Inputs. */
  readonly input: string;
  /** For outputs. */
  readonly folder: string;
  readonly server: RedisServer;
  /** Worker processes, each with one thread. */
  readonly workers: number;
  /** Threads of the one process. */
  readonly threads: number;
  readonly rounds: number;
  /** Options of encode. */
  readonly options: readonly string[];
}

/** Pictures a second of one round, one after the other. */
export interface ThroughputRound {
  readonly single: number;
  readonly fleet: number;
}

/** Measures both in turn. */
export async function measureThroughput(settings: ThroughputSettings): Promise<ThroughputRound[]> {
  const rounds: ThroughputRound[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    const output = join(settings.folder, `${round}`);
    const single = await singleRate(settings, output);
    const fleet = await fleetRate(settings, output, `${basename(settings.input)}-${round}`);
    rounds.push({ single, fleet });
  }
  return rounds;
}

async function singleRate({ input, threads, options }: ThroughputSettings, output: string): Promise<number> {
  await runCli(['encode', join(input, '*.png'), '-o', `${output}/`, '-j', `${threads}`, '--quiet', ...options]);
  return takeRate(output);
}

async function fleetRate(
  { input, server, workers, options }: ThroughputSettings,
  output: string,
  name: string,
): Promise<number> {
  // Each round has a folder of inputs and outputs that the queue has not seen, by its name.
  const queue = server.queue(name);
  const running = Array.from({ length: workers }, () => startCli(['worker', '-j', '1', '--quiet'], queue));
  try {
    while ((await workerCount(queue)) < workers) await wait(100);
    await runCli(['submit', join(input, '*.png'), '-o', `${output}/`, '--quiet', ...options], queue);
    const client = server.connect();
    const count = readdirSync(input).length;
    while ((await client.zcard(`bull:${name}:completed`)) < count) await wait(100);
    client.disconnect();
  } finally {
    for (const { child } of running) child.kill('SIGTERM');
    await Promise.all(running.map(({ ended }) => ended));
  }
  return takeRate(output);
}

async function workerCount(queue: string): Promise<number> {
  const { stdout } = await runCli(['status', '--json'], queue);
  return JSON.parse(stdout).workers.length;
}

/**
 * Outputs a second after the first third and before the last tenth, by the times at which they were written; removes the outputs. So the
 * start of processes does not count, nor do the first pictures of each, during which it compiles its code.
 */
function takeRate(output: string): number {
  const times = readdirSync(output)
    .filter((name) => name.endsWith('.ddpm'))
    .map((name) => statSync(join(output, name)).mtimeMs)
    .sort((a, b) => a - b);
  rmSync(output, { recursive: true });
  const first = Math.floor(times.length / 3);
  const last = Math.ceil(times.length * 0.9) - 1;
  return ((last - first) / ((times[last] as number) - (times[first] as number))) * 1000;
}
