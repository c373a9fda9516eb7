/** Workers of a queue that are killed while they work, and a server that is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type CliProcess, runCli, startCli } from './cli-process.ts';
import { RedisServer } from './redis-server.ts';
import { writeSmallPictures } from './small-pictures.ts';

/** What {@link runChaos} does. */
export interface ChaosSettings {
  /** An empty folder. */
  readonly folder: string;
  /** Number of pictures of 32x32. */
  readonly pictures: number;
  readonly workers: number;
  /** Time between two kills of a worker. */
  readonly killEveryMs: number;
  /** Most kills of workers; default: until all outputs are there. */
  readonly mostKills?: number;
  /** Options of encode. */
  readonly options: readonly string[];
  /** Is told what happens. */
  readonly say?: (text: string) => void;
}

/** What was left in the end. */
export interface ChaosReport {
  readonly pictures: number;
  readonly seconds: number;
  /** Workers that were killed. */
  readonly kills: number;
  readonly serverKills: number;
  /** Outputs that are byte for byte those of one `encode -j 2`, that differ, and that are not there. */
  readonly right: number;
  readonly wrong: number;
  readonly missing: number;
  /** Outputs that were looked at while the workers ran, when they had just appeared, and those that were not whole. */
  readonly seenEarly: number;
  readonly halfWritten: number;
  /** Files in the folder of outputs that are no outputs: temporary ones of workers that were killed as they wrote. */
  readonly temporary: number;
  /** Names of files that are neither. */
  readonly strange: readonly string[];
  /** Jobs in the queue by state. */
  readonly completed: number;
  readonly failed: number;
  readonly left: number;
  /** Exit codes of the workers that were asked to end. */
  readonly exitCodes: readonly (number | null)[];
}

const QUEUE = 'chaos';
/** Share of the jobs that are done when the server is killed. */
const SERVER_KILL_AT = 0.3;
const LOOK_MS = 100;

/** Encodes pictures by workers of which one is killed with SIGKILL again and again, and kills and restarts the server once. */
export async function runChaos(settings: ChaosSettings): Promise<ChaosReport> {
  const { folder, pictures, options, say = () => {} } = settings;
  const input = join(folder, 'input');
  const output = join(folder, 'output');
  const reference = join(folder, 'reference');
  await writeSmallPictures(input, pictures);
  await runCli(['encode', join(input, '*.png'), '-o', `${reference}/`, '-j', '2', '--quiet', ...options]);
  say(`${pictures} references encoded`);
  const server = await RedisServer.start(folder, 'of chaos');
  const queue = server.queue(QUEUE);
  const fleet = new Fleet(settings.workers, queue);
  try {
    await runCli(['submit', join(input, '*.png'), '-o', `${output}/`, '--quiet', ...options], queue);
    const begin = performance.now();
    fleet.start();
    const early = await watch({ settings, server, fleet, output, reference, say });
    const seconds = (performance.now() - begin) / 1000;
    const exitCodes = await fleet.end();
    return {
      ...early,
      ...compare(output, reference),
      pictures,
      seconds,
      exitCodes,
      ...(await jobCounts(server)),
    };
  } finally {
    fleet.kill();
    await server.kill();
  }
}

interface Watched {
  readonly settings: ChaosSettings;
  readonly server: RedisServer;
  readonly fleet: Fleet;
  readonly output: string;
  readonly reference: string;
  say(text: string): void;
}

/** Kills workers and the server until all jobs have ended; looks at outputs as they appear. */
async function watch({ settings, server, fleet, output, reference, say }: Watched) {
  const { mostKills = Number.POSITIVE_INFINITY } = settings;
  const seen = new Set<string>();
  let halfWritten = 0;
  let kills = 0;
  let serverKills = 0;
  let lastKillMs = performance.now();
  for (;;) {
    await wait(LOOK_MS);
    for (const name of outputsIn(output)) {
      if (seen.has(name)) continue;
      seen.add(name);
      if (!readFileSync(join(output, name)).equals(readFileSync(join(reference, name)))) halfWritten++;
    }
    if (serverKills === 0 && seen.size > SERVER_KILL_AT * settings.pictures) {
      await server.kill();
      await server.start();
      serverKills++;
      say(`${seen.size} outputs: killed and restarted the server`);
    }
    const isTime = performance.now() - lastKillMs > settings.killEveryMs;
    if (isTime && kills < mostKills && seen.size < settings.pictures) {
      lastKillMs = performance.now();
      await fleet.killNext();
      kills++;
      say(`${seen.size} outputs: killed worker ${kills}`);
    }
    const { completed, failed } = await jobCounts(server);
    if (completed + failed >= settings.pictures) break;
  }
  return { seenEarly: seen.size, halfWritten, kills, serverKills };
}

/** Workers, of which one after the other can be killed. */
class Fleet {
  readonly #queue: string;
  readonly #size: number;
  readonly #workers: CliProcess[] = [];
  #next = 0;

  constructor(size: number, queue: string) {
    this.#size = size;
    this.#queue = queue;
  }

  start(): void {
    for (let i = 0; i < this.#size; i++) this.#workers.push(this.#worker());
  }

  /** Kills a worker, and starts another in its place. */
  async killNext(): Promise<void> {
    const at = this.#next++ % this.#size;
    const worker = this.#workers[at] as CliProcess;
    worker.child.kill('SIGKILL');
    await worker.ended;
    this.#workers[at] = this.#worker();
  }

  /** Asks all to end; their exit codes. */
  async end(): Promise<(number | null)[]> {
    for (const { child } of this.#workers) child.kill('SIGTERM');
    return Promise.all(this.#workers.map(async ({ ended }) => (await ended).code));
  }

  kill(): void {
    for (const { child } of this.#workers) child.kill('SIGKILL');
  }

  #worker(): CliProcess {
    return startCli(['worker', '-j', '1', '--quiet'], this.#queue);
  }
}

async function jobCounts(server: RedisServer): Promise<Pick<ChaosReport, 'completed' | 'failed' | 'left'>> {
  const client = server.connect();
  const key = (name: string): string => `bull:${QUEUE}:${name}`;
  try {
    const [completed, failed, delayed, wait, active] = await Promise.all([
      client.zcard(key('completed')),
      client.zcard(key('failed')),
      client.zcard(key('delayed')),
      client.llen(key('wait')),
      client.llen(key('active')),
    ]);
    return { completed, failed, left: delayed + wait + active };
  } finally {
    client.disconnect();
  }
}

function outputsIn(folder: string): string[] {
  return filesIn(folder).filter((name) => name.endsWith('.ddpm'));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing has been written yet
  }
}

function compare(
  output: string,
  reference: string,
): Pick<ChaosReport, 'right' | 'wrong' | 'missing' | 'temporary' | 'strange'> {
  const expected = outputsIn(reference);
  const found = new Set(outputsIn(output));
  const there = expected.filter((name) => found.has(name));
  const right = there.filter((name) => readFileSync(join(output, name)).equals(readFileSync(join(reference, name))));
  const others = filesIn(output).filter((name) => !expected.includes(name));
  const temporary = others.filter((name) => /^\.[0-9a-f]+\.tmp$/.test(name));
  return {
    right: right.length,
    wrong: there.length - right.length,
    missing: expected.length - there.length,
    temporary: temporary.length,
    strange: others.filter((name) => !temporary.includes(name)),
  };
}
