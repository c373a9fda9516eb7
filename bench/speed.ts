/**
 * Measures the time of encoding and decoding by size, number of threads and stage, with peak memory; the least possible
 * time of the network (floor); and the search kernel against its reference.
 *
 *   npm run bench:speed -- [--big] [--repeats N] [--json FILE] [--compare FILE]
 *   FILTER=768x512,floor npm run bench:speed        # or --only; cases: 32x32, 256x256, 768x512, 4000x3000, floor,
 *                                                   # network, search, profile
 *
 * Each combination of size, operation and number of threads runs in a process of its own; the processes work in turn.
 * The first round is a warm-up that checks the results: streams and decoded pixels must be the same in all processes.
 * 4000x3000 is measured only with `--big` (10 minutes),
 * and in a single round that both checks and counts. `--compare` prints ratios against the measurement in a file of
 * `--json`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { version } from 'ddpm-codec';
import { openBackend } from 'ddpm-codec/model';
import { commandLine } from './command-line.ts';
import { type Measurement, writeMeasurement } from './documents/measurement.ts';
import { comparison } from './speed/comparison.js';
import { criteriaOf } from './speed/criteria.js';
import { measureFloor } from './speed/floor.js';
import { writePictures } from './speed/inputs.js';
import { measureGroup } from './speed/measure-group.js';
import { measureNetwork } from './speed/network.js';
import { profileEncode } from './speed/profile.js';
import { measureSearch } from './speed/search.js';
import { speedTables } from './speed/tables.js';
import type { Group, Profile, Row, SpeedReport, Variant } from './speed/types.js';

const BPP = 0.5;
const ONE_BY_ONE: readonly Variant[] = [
  { threads: 'inline', together: false },
  { threads: 1, together: false },
  { threads: 2, together: false },
];

const { values: options } = parseArgs({
  options: {
    big: { type: 'boolean', default: false },
    repeats: { type: 'string', default: '3' },
    only: { type: 'string', default: process.env.FILTER ?? '' },
    json: { type: 'string' },
    compare: { type: 'string' },
  },
});

function groups(repeats: number): Group[] {
  const group = (width: number, height: number, more: Partial<Group> = {}): Group => ({
    ...{
      name: `${width}x${height}`,
      width,
      height,
      pictures: 1,
      bpp: BPP,
      variants: ONE_BY_ONE,
      warmUp: true,
      repeats,
    },
    ...more,
  });
  const together: Variant[] = [1, 2].map((threads) => ({ threads, together: true }));
  return [
    group(32, 32, { pictures: 64, bpp: undefined, variants: [...ONE_BY_ONE, ...together] }),
    group(256, 256),
    group(768, 512),
    group(4000, 3000, { variants: ONE_BY_ONE.slice(1), warmUp: false, repeats: 1 }),
  ];
}

/** Commit of the package's folder, as described by git; `unknown` if it is not a working copy. */
function commit(root: string): string {
  try {
    const described = ['describe', '--always', '--dirty', '--exclude=*'];
    return execFileSync('git', described, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}

async function machine(): Promise<SpeedReport['machine']> {
  const root = fileURLToPath(new URL('.', import.meta.resolve('ddpm-codec/package.json')));
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    backend: (await openBackend('wasm')).description,
    version,
    commit: commit(root),
    date: new Date().toISOString(),
  };
}

async function profiles(folder: string): Promise<Profile[]> {
  const small = await writePictures(folder, 32, 32, 64);
  const photograph = await writePictures(folder, 768, 512, 1);
  return [await profileEncode('768x512', photograph, BPP), await profileEncode('64 of 32x32', small, undefined)];
}

async function measure(only: string, repeats: number, big: boolean): Promise<SpeedReport> {
  const wanted = (name: string): boolean => only.split(',').some((part) => name.includes(part));
  const say = (what: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
  const about = await machine();
  const folder = mkdtempSync(join(tmpdir(), 'ddpm-speed-'));
  const rows: Row[] = [];
  try {
    const chosen = groups(repeats).filter(({ name }) => wanted(name) && (big || name !== '4000x3000'));
    if (wanted('floor') || chosen.length > 0) say('floor');
    const floor = wanted('floor') || chosen.length > 0 ? await measureFloor() : null;
    if (wanted('network')) say('network');
    const network = wanted('network') ? await measureNetwork() : [];
    if (wanted('search')) say('search');
    const search = wanted('search') ? await measureSearch() : null;
    if (wanted('profile')) say('profile');
    const profiled = wanted('profile') ? await profiles(folder) : [];
    for (const group of chosen) {
      say(group.name);
      rows.push(...(await measureGroup(group, join(folder, group.name), floor)));
      rmSync(join(folder, group.name), { recursive: true });
    }
    const criteria = criteriaOf(rows, search);
    return { machine: about, rows, search, floor, network, profiles: profiled, criteria };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The command that makes this measurement again; the environment may choose the cases. */
function command(): string {
  const { FILTER } = process.env;
  return `${FILTER ? `FILTER=${FILTER} ` : ''}${commandLine('bench:speed', ['--json', '--compare'])}`;
}

const repeats = Number(options.repeats);
if (!Number.isSafeInteger(repeats) || repeats < 1) throw new RangeError('"--repeats" expected an integer from 1');
const earlier =
  options.compare && (JSON.parse(readFileSync(options.compare, 'utf8')) as Measurement<SpeedReport>).result;
const report = await measure(options.only, repeats, options.big);
for (const [name, text] of Object.entries(speedTables(report))) {
  console.log(text.includes('\n') ? `\n${text}` : `\n${name}: ${text}`);
}
if (options.json) writeMeasurement(options.json, command(), report);
if (earlier) console.log(`\n${comparison(report, earlier)}`);
