/** Real runs over many real pictures: killed at any moment and gone on with, and with corrupt pictures among them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseLine } from '../../src/batch/journal-lines.ts';
import { encode, readImage, writeImage } from '../../src/entry/index.ts';
import { BIN, ROOT } from '../support/built.ts';
import { runNode } from '../support/run-node.ts';

const PICTURES = 60;
const RECORD_BYTES = 3073;
const FLAGS = ['--effort', '1', '--end-sigma', '0.1'];

let folder: string;
/** What the library makes of each picture, by the name of the output. */
const wanted = new Map<string, Uint8Array>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-killed-'));
  mkdirSync(join(folder, 'in'));
  const records = readFileSync(join(ROOT, 'test', 'images', 'cifar10-test-128.bin'));
  for (let i = 0; i < PICTURES; i++) {
    const planes = records.subarray(i * RECORD_BYTES + 1, (i + 1) * RECORD_BYTES);
    const data = Uint8Array.from({ length: 3072 }, (_, k) => planes[(k % 3) * 1024 + Math.floor(k / 3)]);
    const png = await writeImage({ data, width: 32, height: 32, channels: 3 }, 'png');
    const name = String(i).padStart(2, '0');
    writeFileSync(join(folder, 'in', `${name}.png`), png);
    const { data: bytes } = await encode(await readImage(png), { effort: 1, endSigma: 0.1, thread: 'inline' });
    wanted.set(`${name}.ddpm`, bytes);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectOutputs(out: string, names: readonly string[]): void {
  // A process that is killed while it writes may leave its temporary file, which has no name of an output.
  const found = readdirSync(out).filter((name) => !/^\.[0-9a-f]+\.tmp$/.test(name));
  expect(found.sort()).toEqual(names);
  for (const name of names)
    expect(readFileSync(join(out, name)).equals(wanted.get(name) as Uint8Array), name).toBe(true);
}

test.each(['1', '2'])(
  'killed with SIGKILL at random moments, a run with -j %s goes on: each output is there once and right',
  async (threads) => {
    const [out, journal] = [join(folder, `out-${threads}`), join(folder, `journal-${threads}`)];
    const args = [
      'encode',
      join(folder, 'in', '*.png'),
      '-o',
      `${out}/`,
      '--journal',
      journal,
      '-j',
      threads,
      ...FLAGS,
    ];
    const lines = (): string[] => {
      try {
        return readFileSync(journal, 'utf8').split('\n').slice(0, -1);
      } catch {
        return [];
      }
    };
    let kills = 0;
    while (lines().length < PICTURES - 5) {
      const before = lines().length;
      const child = spawn(process.execPath, [BIN, ...args], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      // Each process gets to do a few pictures, and is killed somewhere in the next ones.
      while (lines().length < before + 4 && child.exitCode === null) await sleep(5);
      await sleep(Math.random() * 30);
      child.kill('SIGKILL');
      await ended;
      kills++;
    }
    expect(kills).toBeGreaterThan(3);
    const done = lines().length;
    const last = await runNode([BIN, ...args, '--json']);
    expect(last.code).toBe(0);
    const objects = last.stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    // A process may have been killed between an output and its line.
    expect(objects.at(-1)).toMatchObject({ summary: { done: PICTURES - done, skipped: done, failed: 0 } });
    expectOutputs(out, [...wanted.keys()]);
    const noted = lines().flatMap((line) => parseLine(line) ?? []);
    expect(noted.map(({ input }) => input).sort()).toEqual(
      [...wanted.keys()].map((name) => join(folder, 'in', name.replace('ddpm', 'png'))),
    );
  },
  180_000,
);

test('of a folder with 10 % corrupt pictures each is reported once with its code, and the rest is done', async () => {
  const [mixed, out] = [join(folder, 'mixed'), join(folder, 'out-mixed')];
  mkdirSync(mixed);
  const bad: string[] = [];
  const good: string[] = [];
  for (const [i, name] of readdirSync(join(folder, 'in')).entries()) {
    const png = readFileSync(join(folder, 'in', name));
    const isBad = i % 10 === 3;
    (isBad ? bad : good).push(name);
    writeFileSync(join(mixed, name), isBad ? png.subarray(0, png.length >> 1) : png);
  }
  const shards = ['1/2', '2/2'].map((shard) => ['--shard', shard, '--journal', join(folder, `mixed-${shard[0]}`)]);
  const runs = await Promise.all(
    shards.map((flags) =>
      runNode([BIN, 'encode', join(mixed, '*.png'), '-o', `${out}/`, '--json', ...flags, ...FLAGS]),
    ),
  );
  const objects = runs.flatMap(({ stdout }) =>
    stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  const failed = objects.filter(({ error }) => error !== undefined);
  expect(failed.map(({ input }) => input).sort()).toEqual(bad.map((name) => join(mixed, name)));
  for (const { error } of failed) expect(error.exitCode).toBe(3);
  expectOutputs(
    out,
    good.map((name) => name.replace('png', 'ddpm')),
  );
  const counts = objects.flatMap(({ summary }) => summary ?? []);
  expect(counts).toHaveLength(2);
  expect(counts.reduce((sum, { done }) => sum + done, 0)).toBe(good.length);
  expect(counts.reduce((sum, { failedByExitCode }) => sum + (failedByExitCode[3] ?? 0), 0)).toBe(bad.length);
  expect(runs.map(({ code }) => code)).toEqual(runs.map(({ stdout }) => (stdout.includes('"error"') ? 1 : 0)));
  const again = await runNode([BIN, 'encode', join(mixed, '*.png'), '-o', `${out}/`, ...shards[0], ...FLAGS]);
  expect(again.stderr).toMatch(/0 done {2}\d+ skipped {2}\d failed/);
}, 120_000);
