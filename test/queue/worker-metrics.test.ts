import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCli } from '../../bench/fleet/cli-process.ts';
import { RedisServer } from '../../bench/fleet/redis-server.ts';
import { writeSmallPictures } from '../../bench/fleet/small-pictures.ts';
import { sampleValue } from '../support/prometheus-text.ts';
import { NO_OWN_SERVER, PASSWORD } from './support/queue-server.ts';

let folder: string;
let server: RedisServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-metrics-'));
  await writeSmallPictures(join(folder, 'pictures'), 3);
  writeFileSync(join(folder, 'pictures', 'broken.png'), 'no picture');
  if (NO_OWN_SERVER === undefined) server = await RedisServer.start(folder, PASSWORD);
});
afterAll(async () => {
  await server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Lines of a log, as far as they are whole. */
function events(stderr: string): Record<string, unknown>[] {
  return stderr
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describe.skipIf(NO_OWN_SERVER)(`a worker that is watched${NO_OWN_SERVER ? `: ${NO_OWN_SERVER}` : ''}`, () => {
  test('tells of its jobs and its queue while it runs, also while the server of the queue is away', async () => {
    const queue = server.queue('watched');
    const submitted = startCli(
      ['submit', '-e', '1', join(folder, 'pictures', '*.png'), '-o', join(folder, 'out/')],
      queue,
    );
    expect((await submitted.ended).code).toBe(0);
    const worker = startCli(['worker', '--metrics', '0', '--log', 'json'], queue);
    const until = async (isSo: () => Promise<boolean> | boolean): Promise<void> => {
      while (!(await isSo())) {
        expect(worker.child.exitCode, worker.stderr()).toBeNull();
        await wait(100);
      }
    };
    const ended = () => events(worker.stderr()).filter(({ event }) => event === 'job.ended');
    await until(() => ended().length === 4);
    const url = /http:\/\/\S+?\/metrics/.exec(worker.stderr())?.[0] ?? '';
    const scrape = async (): Promise<string> => (await fetch(url)).text();
    const ready = async (): Promise<number> => (await fetch(new URL('/readyz', url))).status;

    expect(
      ended()
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['done', 'done', 'done', 'failed']);
    expect(ended().find(({ outcome }) => outcome === 'failed')).toMatchObject({
      level: 'error',
      exitCode: 3,
      input: join(folder, 'pictures', 'broken.png'),
      message: expect.stringContaining('broken.png'),
    });
    await until(async () => sampleValue(await scrape(), 'ddpm_codec_queue_jobs', { state: 'completed' }) === 3);
    const text = await scrape();
    const done = { command: 'encode', outcome: 'done', exit_code: '0' };
    expect(sampleValue(text, 'ddpm_codec_jobs_total', done)).toBe(3);
    expect(sampleValue(text, 'ddpm_codec_jobs_total', { ...done, outcome: 'failed', exit_code: '3' })).toBe(1);
    expect(sampleValue(text, 'ddpm_codec_pixels_total', { command: 'encode' })).toBe(3 * 32 * 32);
    expect(sampleValue(text, 'ddpm_codec_queue_jobs', { state: 'failed' })).toBe(1);
    expect(sampleValue(text, 'ddpm_codec_queue_up')).toBe(1);
    expect(await ready()).toBe(200);

    await server.kill();
    await until(async () => (await ready()) === 503);
    const alone = await scrape();
    expect(sampleValue(alone, 'ddpm_codec_queue_up')).toBe(0);
    expect(sampleValue(alone, 'ddpm_codec_jobs_total', done)).toBe(3);
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    await server.start();
    await until(async () => (await ready()) === 200);
    expect(sampleValue(await scrape(), 'ddpm_codec_queue_up')).toBe(1);

    worker.child.kill('SIGTERM');
    const { code, stderr } = await worker.ended;
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain(PASSWORD);
    expect(events(stderr).at(-1)).toMatchObject({ level: 'info', event: 'message' });
    await expect(fetch(url)).rejects.toThrow();
  });
});
