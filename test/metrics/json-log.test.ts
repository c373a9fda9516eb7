import { expect, test } from 'vitest';
import type { JobEnd, ObservedJob } from '../../src/batch/job-observer.ts';
import { JsonLog, jobLog } from '../../src/metrics/json-log.ts';

const job: ObservedJob = { id: '7', command: 'encode', input: 's3://photos/a.jpg', output: 'out/a.ddpm' };

function logged(use: (log: JsonLog) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  use(new JsonLog((line) => lines.push(line)));
  expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
  return lines.map((line) => JSON.parse(line));
}

test('a job is logged when it begins and when it ends, one JSON object a line, with all that was told', () => {
  const seconds = { read: 0.1, network: 2, transport: 1, write: 0.2, total: 3.5 };
  const end: JobEnd = { outcome: 'done', attempts: 1, inputBytes: 10, outputBytes: 4, pixels: 64, seconds };
  const [started, ended] = logged((log) => {
    const observer = jobLog(log);
    observer.started(job);
    observer.ended(job, end);
  });
  expect(started).toEqual({ time: expect.any(String), level: 'info', event: 'job.started', ...job });
  expect(ended).toEqual({ time: expect.any(String), level: 'info', event: 'job.ended', ...job, ...end });
  expect(new Date(String(started.time)).toISOString()).toBe(started.time);
});

test('outcomes have levels: what failed for good is an error, what will be tried again a warning', () => {
  const outcomes = ['done', 'skipped', 'returned', 'retried', 'failed'] as const;
  const lines = logged((log) => {
    for (const outcome of outcomes) jobLog(log).ended(job, { outcome, attempts: 1 });
  });
  expect(lines.map(({ level }) => level)).toEqual(['info', 'info', 'warn', 'warn', 'error']);
});

test('line breaks in a message do not break the line, passwords and signatures do not get into it, and its length is bounded', () => {
  const message = `cannot read https://me:pass%40word@host/a?X-Amz-Signature=abc:\n${'x'.repeat(10_000)}`;
  const [line] = logged((log) => jobLog(log).ended(job, { outcome: 'failed', exitCode: 3, message, attempts: 2 }));
  expect(line).toMatchObject({ exitCode: 3, attempts: 2, level: 'error' });
  expect(line.message).toMatch(/^cannot read https:\/\/\*\*\*@host\/a\?X-Amz-Signature=\*\*\*\n?/);
  expect(JSON.stringify(line)).not.toMatch(/pass|abc/);
  expect(String(line.message).length).toBeLessThan(4100);
});
