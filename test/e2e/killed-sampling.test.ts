/** Real samples in a folder: two shards at a time, killed at any moment and gone on with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sample } from '../../src/entry/analysis.ts';
import { writeImage } from '../../src/entry/index.ts';
import { BIN } from '../support/built.ts';
import { runNode } from '../support/run-node.ts';

const COUNT = 80;
const STEPS = 2;

let folder: string;
/** What the library makes, by the name of the file. */
const wanted = new Map<string, Uint8Array>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-samples-'));
  const { images } = await sample({ count: COUNT, steps: STEPS, seed: 6 });
  for (const [i, image] of images.entries()) {
    wanted.set(`${String(i).padStart(6, '0')}.png`, await writeImage(image, 'png'));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Names of the images that are there. */
function images(): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.png'));
  } catch {
    return [];
  }
}

test('killed with SIGKILL, two shards go on: each image is there and is what one run makes', async () => {
  const args = [BIN, 'sample', '-n', `${COUNT}`, '--steps', `${STEPS}`, '--seed', '6', '--out', folder, '-j', '2'];
  const shards = ['1/2', '2/2'].map((shard) => [...args, '--shard', shard]);
  const running = shards.map((each) => spawn(process.execPath, each, { stdio: 'ignore' }));
  const ended = Promise.all(running.map((child) => once(child, 'exit')));
  while (images().length < 10 && running.some(({ exitCode }) => exitCode === null)) await sleep(2);
  for (const child of running) child.kill('SIGKILL');
  await ended;
  const before = images().length;
  expect(before).toBeGreaterThanOrEqual(10);
  expect(before).toBeLessThan(COUNT);
  const results = await Promise.all(shards.map((each) => runNode([...each, '--json'])));
  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  const reports = results.map(({ stdout }) => JSON.parse(stdout.toString()));
  expect(reports[0].existing + reports[1].existing).toBe(before);
  expect(reports[0].made + reports[1].made).toBe(COUNT - before);
  expect(images().sort()).toEqual([...wanted.keys()]);
  for (const [name, bytes] of wanted) expect(readFileSync(join(folder, name)).equals(bytes), name).toBe(true);
});
