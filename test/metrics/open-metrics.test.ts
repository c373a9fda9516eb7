import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { JobEnd, ObservedJob } from '../../src/batch/job-observer.ts';
import { type Metrics, type MetricsOptions, openMetrics } from '../../src/metrics/open-metrics.ts';
import { sampleValue } from '../support/prometheus-text.ts';

const job: ObservedJob = { id: '1', command: 'encode', input: 'a.png', output: 'a.ddpm' };
const seconds = { read: 0.02, network: 3, transport: 1, write: 0.001, total: 2.2 };
const done: JobEnd = { outcome: 'done', attempts: 1, inputBytes: 1000, outputBytes: 200, pixels: 64, seconds };
const queue = {
  waiting: 5,
  prioritized: 1,
  active: 2,
  delayed: 3,
  failed: 4,
  completed: 90,
  oldestWaitingSeconds: 12.5,
};

async function open(options: Partial<MetricsOptions> = {}): Promise<Metrics> {
  const address = { host: '127.0.0.1', port: 0 };
  const metrics = await openMetrics({ address, version: '1.2.3', commands: ['encode'], ...options });
  onTestFinished(metrics.close);
  return metrics;
}

async function scrape({ url }: Metrics): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return response.text();
}

test('jobs, tries, bytes, pixels and seconds are counted by command, outcome and exit code', async () => {
  const metrics = await open();
  const end = (id: string, how: JobEnd): void => {
    metrics.observer.started({ ...job, id });
    metrics.observer.ended({ ...job, id }, how);
  };
  end('1', done);
  end('2', done);
  end('3', { outcome: 'failed', exitCode: 3, attempts: 1, inputBytes: 77 });
  end('4', { outcome: 'retried', exitCode: 7, attempts: 1 });
  metrics.observer.started({ ...job, id: '4' });
  metrics.observer.started({ ...job, id: '5' });
  const text = await scrape(metrics);
  const value = (name: string, labels: Record<string, string> = {}) =>
    sampleValue(text, `ddpm_codec_${name}`, { command: 'encode', ...labels });
  expect(value('jobs_total', { outcome: 'done', exit_code: '0' })).toBe(2);
  expect(value('jobs_total', { outcome: 'failed', exit_code: '3' })).toBe(1);
  expect(value('retries_total', { exit_code: '7' })).toBe(1);
  expect(value('input_bytes_total')).toBe(2000);
  expect(value('output_bytes_total')).toBe(400);
  expect(value('pixels_total')).toBe(128);
  expect(value('jobs_active')).toBe(2);
  expect(value('job_seconds_count')).toBe(2);
  expect(value('job_seconds_sum')).toBeCloseTo(4.4);
  expect(value('stage_seconds_bucket', { stage: 'network', le: '2.5' })).toBe(0);
  expect(value('stage_seconds_bucket', { stage: 'network', le: '5' })).toBe(2);
  expect(value('stage_seconds_bucket', { stage: 'write', le: '0.01' })).toBe(2);
});

test('what will run is there as zeros before the first job ends, and the process tells of itself', async () => {
  const text = await scrape(await open({ commands: ['encode', 'decode'] }));
  const done = { command: 'decode', outcome: 'done', exit_code: '0' };
  expect(sampleValue(text, 'ddpm_codec_jobs_total', done)).toBe(0);
  expect(sampleValue(text, 'ddpm_codec_build_info', { version: '1.2.3', node: process.version })).toBe(1);
  expect(sampleValue(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(text).not.toContain('ddpm_codec_queue');
});

test('a queue is told by state and age', async () => {
  const text = await scrape(await open({ readQueue: async () => queue }));
  for (const state of ['waiting', 'prioritized', 'active', 'delayed', 'failed', 'completed'] as const) {
    expect(sampleValue(text, 'ddpm_codec_queue_jobs', { state })).toBe(queue[state]);
  }
  expect(sampleValue(text, 'ddpm_codec_queue_oldest_waiting_seconds')).toBe(12.5);
  expect(sampleValue(text, 'ddpm_codec_queue_up')).toBe(1);
});

test('a queue that fails, or throws at once, takes its numbers with it and nothing else', async () => {
  let answer: () => Promise<typeof queue> = async () => queue;
  const metrics = await open({ readQueue: () => answer() });
  await scrape(metrics);
  for (const failure of [
    () => Promise.reject(new Error('gone')),
    () => {
      throw new Error('gone');
    },
  ]) {
    answer = failure;
    const text = await scrape(metrics);
    expect(sampleValue(text, 'ddpm_codec_queue_up')).toBe(0);
    expect(text).not.toMatch(/^ddpm_codec_queue_(jobs|oldest)/m);
    expect(sampleValue(text, 'ddpm_codec_jobs_active', { command: 'encode' })).toBe(0);
  }
  answer = async () => queue;
  expect(sampleValue(await scrape(metrics), 'ddpm_codec_queue_up')).toBe(1);
});

test('a queue that never answers delays reading by about two seconds, and is asked once however often the metrics are read', async () => {
  let asked = 0;
  const never = new Promise<typeof queue>(() => {});
  const metrics = await open({
    readQueue: () => {
      asked++;
      return never;
    },
  });
  const start = performance.now();
  const texts = await Promise.all([scrape(metrics), scrape(metrics)]);
  texts.push(await scrape(metrics));
  expect(performance.now() - start).toBeLessThan(9000);
  for (const text of texts) expect(sampleValue(text, 'ddpm_codec_queue_up')).toBe(0);
  expect(asked).toBe(1);
});

test('health is that of the process, readiness what the caller says, and other requests are refused', async () => {
  let ready = false;
  const { url } = await open({ isReady: () => ready });
  const status = async (path: string, method = 'GET'): Promise<number> =>
    (await fetch(new URL(path, url), { method })).status;
  expect(await status('/healthz')).toBe(200);
  expect(await status('/readyz')).toBe(503);
  ready = true;
  expect(await status('/readyz')).toBe(200);
  expect(await status('/')).toBe(404);
  expect(await status('/metrics', 'HEAD')).toBe(200);
  expect(await status('/metrics?a=b')).toBe(200);
  expect(await status('/metrics', 'POST')).toBe(405);
});

test('a port that is taken is an error that names it', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  await expect(open({ address: { host: '127.0.0.1', port } })).rejects.toMatchObject({
    code: 'ERR_DDPM_OUTPUT',
    message: `cannot serve metrics at 127.0.0.1:${port}: address already in use. Give another port or host, or port 0 for a free one`,
  });
});

test('closing ends the server although a connection is open, and frees its port', async () => {
  const metrics = await open();
  await scrape(metrics); // its connection is kept alive
  await metrics.close();
  await expect(fetch(metrics.url)).rejects.toThrow();
  const again = await open({ address: { host: '127.0.0.1', port: Number(new URL(metrics.url).port) } });
  await scrape(again);
});

const promtool = spawnSync('promtool', ['--version']).status === 0;
test.skipIf(!promtool)('promtool finds no fault in the text (needs promtool of Prometheus)', async () => {
  const metrics = await open({ readQueue: async () => queue });
  metrics.observer.started(job);
  metrics.observer.ended(job, done);
  metrics.observer.ended(job, { outcome: 'retried', exitCode: 3, attempts: 1 });
  const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], {
    input: await scrape(metrics),
    encoding: 'utf8',
  });
  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});
