/**
 * Measures the time of encoding and decoding by size, number of threads and stage, with peak memory; the network alone,
 * also by the libraries of others; the least possible time of the network (floor); and the search kernel against its
 * reference. Compares with other commits and in other versions of Node.
 *
 *   npm run bench:speed -- [--against COMMIT[,COMMIT...]] [--nodes] [--big] [--repeats N] [--json FILE]
 *   FILTER=768x512,floor npm run bench:speed        # or --only; cases: 32x32, 256x256, 512x512, 768x512, effort,
 *                                                   # 4000x3000, floor, network, search, profile
 *
 * Each combination of size, operation, number of threads, commit and version of Node runs in a process of its own; the
 * processes work in turn. The first round is a warm-up that checks the results: streams and decoded pixels must be the
 * same in all processes of a build, and the decoded PSNR must be the one that the encoder reports. 4000x3000 is measured
 * only with `--big`, and in a single round that both checks and counts.
 *
 * - `--against`: commits to compare with. They are built in .scratch/builds, which may be deleted, and kept there.
 *   Criteria are about the first.
 * - `--nodes`: the network and 768x512 also in the versions of Node that `npm run fetch-nodes` has installed.
 * - onnxruntime-web is measured if `npm run fetch-rivals` has installed it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { version } from 'ddpm-codec';
import { openBackend } from 'ddpm-codec/model';
import { commandLine } from './command-line.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { buildCommit } from './speed/builds.js';
import { criteriaOf } from './speed/criteria.js';
import { measureFloor } from './speed/floor.js';
import { groups, LARGE } from './speed/groups.js';
import { writePictures } from './speed/inputs.js';
import { measureGroup } from './speed/measure-group.js';
import { measureNetwork } from './speed/network.js';
import { git } from './speed/package-root.js';
import { profileEncode } from './speed/profile.js';
import { measureSearch } from './speed/search.js';
import { allSubjects } from './speed/subjects.js';
import { speedTables } from './speed/tables.js';
import type { OtherRow, Profile, Row, SpeedReport } from './speed/types.js';

const { values: options } = parseArgs({
  options: {
    against: { type: 'string', default: '' },
    nodes: { type: 'boolean', default: false },
    big: { type: 'boolean', default: false },
    repeats: { type: 'string', default: '3' },
    only: { type: 'string', default: process.env.FILTER ?? '' },
    json: { type: 'string' },
  },
});

function say(what: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
}

/** Commit of the working tree, as described by git; `unknown` if it is not a working copy. */
function ownCommit(): string {
  try {
    return git('describe', '--always', '--dirty', '--exclude=*');
  } catch {
    return 'unknown';
  }
}

async function machine(): Promise<SpeedReport['machine']> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    backend: (await openBackend('wasm')).description,
    version,
    commit: ownCommit(),
    date: new Date().toISOString(),
  };
}

async function profiles(folder: string): Promise<Profile[]> {
  const small = await writePictures(folder, 32, 32, 64);
  const photograph = await writePictures(folder, 768, 512, 1);
  return [await profileEncode('768x512', photograph, 0.5), await profileEncode('64 of 32x32', small, undefined)];
}

async function measure(only: string, repeats: number): Promise<SpeedReport> {
  const wanted = (name: string): boolean => only.split(',').some((part) => name.includes(part));
  /** Measures something if it is wanted. */
  const part = async <T>(isWanted: boolean, name: string, run: () => Promise<T>, otherwise: T): Promise<T> => {
    if (!isWanted) return otherwise;
    say(name);
    return run();
  };
  const about = await machine();
  const builds = options.against
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      say(`build of ${name}`);
      return buildCommit(name);
    });
  const subjects = allSubjects(builds, options.nodes, say);
  const folder = mkdtempSync(join(tmpdir(), 'ddpm-speed-'));
  const rows: Row[] = [];
  const others: OtherRow[] = [];
  try {
    const chosen = groups(repeats).filter(({ name }) => wanted(name) && (options.big || name !== LARGE));
    const needsFloor = wanted('floor') || wanted('network') || chosen.length > 0;
    const floor = await part(needsFloor, 'floor', measureFloor, null);
    const network = await part(wanted('network'), 'network', () => measureNetwork(subjects, say), []);
    const search = await part(wanted('search'), 'search', measureSearch, null);
    const profiled = await part(wanted('profile'), 'profile', () => profiles(folder), []);
    for (const group of chosen) {
      say(group.name);
      const place = join(folder, group.name);
      const found = await measureGroup(group, subjects, place, floor);
      rows.push(...found.rows);
      others.push(...found.others);
      rmSync(place, { recursive: true });
    }
    const commits = builds.map(({ commit }) => commit as string);
    const measured = { machine: about, commits, rows, others, search, floor, network, profiles: profiled };
    return { ...measured, criteria: criteriaOf(measured) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The command that makes this measurement again; the environment may choose the cases. */
function command(): string {
  const { FILTER } = process.env;
  return `${FILTER ? `FILTER=${FILTER} ` : ''}${commandLine('bench:speed')}`;
}

const repeats = Number(options.repeats);
if (!Number.isSafeInteger(repeats) || repeats < 1) throw new RangeError('"--repeats" expected an integer from 1');
const report = await measure(options.only, repeats);
for (const [name, text] of Object.entries(speedTables(report))) {
  console.log(text.includes('\n') ? `\n${text}` : `\n${name}: ${text}`);
}
if (options.json) writeMeasurement(options.json, command(), report);
