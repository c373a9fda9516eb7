import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../bench/fleet/redis-server.ts';
import { sampleValue } from '../support/prometheus-text.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { fakeLibrary, runFake } from './support/fake-library.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  for (const name of ['a.png', 'b.png']) writeFileSync(join(folder, name), 'input bytes');
  writeFileSync(join(folder, 'empty.png'), '');
});

function events(stderr: string): Record<string, unknown>[] {
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('--metrics tells of the jobs while the command runs, and no longer', async () => {
  const url = `http://127.0.0.1:${await freePort()}/metrics`;
  const library = fakeLibrary();
  const texts: string[] = [];
  const encode: typeof library.encode = async (image, options) => {
    texts.push(await (await fetch(url)).text());
    return library.encode(image, options);
  };
  const args = ['encode', join(folder, '*.png'), '--metrics', new URL(url).port];
  const { code, stderr } = await runFake(args, { ...library, encode });
  expect(code).toBe(1); // one of the files is empty
  expect(stderr).toContain(`metrics at ${url}\n`);
  const value = (text: string, name: string, labels = {}): number | undefined =>
    sampleValue(text, `ddpm_codec_${name}`, { command: 'encode', ...labels });
  const done = texts.map((text) => value(text, 'jobs_total', { outcome: 'done', exit_code: '0' }));
  expect(done).toEqual([0, 1]);
  expect(texts.map((text) => value(text, 'jobs_active'))).toEqual([1, 1]);
  expect(value(texts[1], 'input_bytes_total')).toBe('input bytes'.length);
  expect(value(texts[1], 'pixels_total')).toBeGreaterThan(0);
  await expect(fetch(url)).rejects.toThrow();
});

test('a port that is taken ends the command before it touches a file', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const library = fakeLibrary();
  const { code, stderr } = await runFake(['encode', join(folder, 'a.png'), '--metrics', String(port)], library);
  expect({ code, stderr }).toEqual({
    code: 7,
    stderr: expect.stringContaining(`cannot serve metrics at 127.0.0.1:${port}: address already in use`),
  });
  expect(library.calls).toEqual([]);
  expect(existsSync(join(folder, 'a.ddpm'))).toBe(false);
});

test.each(['nowhere', '65536', ':80', '0.0.0.0:', '::1:80', '-1'])('--metrics %s is wrong usage', async (address) => {
  expect((await runFake(['encode', join(folder, 'a.png'), `--metrics=${address}`], fakeLibrary())).code).toBe(2);
});

test('--log json writes nothing but events: each job once, warnings and the end of the run', async () => {
  const library = fakeLibrary({ warnings: ['odd'] });
  const { code, stdout, stderr } = await runFake(['encode', join(folder, '*.png'), '--log', 'json'], library);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  const lines = events(stderr);
  const of = (name: string) => lines.filter(({ event }) => event === name);
  expect(of('job.started')).toHaveLength(3);
  expect(of('job.ended').map(({ outcome, exitCode }) => [outcome, exitCode])).toEqual([
    ['done', undefined],
    ['done', undefined],
    ['failed', 3],
  ]);
  const messages = of('message').map(({ level, message }) => [level, message]);
  expect(messages).toEqual([
    ['warn', `${join(folder, 'a.png')}: odd`],
    ['warn', `${join(folder, 'b.png')}: odd`],
    ['info', expect.stringContaining('2 done  0 skipped  1 failed')],
    ['error', '1 of 3 files failed'],
  ]);
});

test('--log json with --json has objects on standard output, with --quiet only errors', async () => {
  const both = await runFake(['encode', join(folder, 'a.png'), '--log', 'json', '--json'], fakeLibrary());
  expect(JSON.parse(both.stdout)).toMatchObject({ command: 'encode', bytes: expect.any(Number) });
  expect(events(both.stderr).map(({ event }) => event)).toEqual(['job.started', 'job.ended']);
  const quiet = await runFake(['encode', join(folder, '*.png'), '--log', 'json', '--quiet'], fakeLibrary());
  expect(events(quiet.stderr).map(({ level, event }) => [level, event])).toEqual([
    ['error', 'job.ended'],
    ['error', 'message'],
  ]);
});

test.each([
  ['decode', ['-o', '{dir}/{name}.out.png']],
  ['truncate', ['-o', '{dir}/{name}.cut.ddpm', '--layers', '1']],
])('%s takes them, too', async (command, more) => {
  writeFileSync(join(folder, 'empty.ddpm'), '');
  writeFileSync(join(folder, 'empty-too.ddpm'), '');
  const args = [command, join(folder, '*.ddpm'), ...more, '--log', 'json', '--metrics', '0'];
  const { code, stderr } = await runFake(args, fakeLibrary());
  expect(code).toBe(1);
  const ended = events(stderr).filter(({ event }) => event === 'job.ended');
  expect(ended.map(({ command, outcome }) => [command, outcome])).toEqual([
    [command, 'failed'],
    [command, 'failed'],
  ]);
  expect(stderr).toContain('metrics at http://127.0.0.1:');
});
