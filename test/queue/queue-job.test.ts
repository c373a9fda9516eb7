import { describe, expect, test } from 'vitest';
import { jobId, parseQueueJob, type QueueJob } from '../../src/queue/queue-job.ts';

const JOB: QueueJob = {
  version: 1,
  command: 'encode',
  input: '/in/a.png',
  output: 's3://bucket/a.ddpm',
  size: 1234,
  identity: 'etag',
  options: { psnr: 32 },
  optionsKey: 'a'.repeat(64),
  model: '0123456789abcdef',
};

describe('parseQueueJob', () => {
  test('takes a job', () => {
    expect(parseQueueJob(JSON.parse(JSON.stringify(JOB)))).toEqual(JOB);
    expect(parseQueueJob({ ...JOB, command: 'decode', model: '' })).toMatchObject({ model: '' });
  });

  test.each([
    [undefined, 'it is no object'],
    [[JOB], 'it is no object'],
    [{ ...JOB, version: 2 }, 'it has version 2; this worker knows 1. Update the worker'],
    [{ ...JOB, version: '1' }, 'its field version is missing or not valid'],
    [{ ...JOB, command: 'truncate' }, 'its field command is missing or not valid'],
    [{ ...JOB, input: 'a.png' }, 'its field input is missing or not valid'],
    [{ ...JOB, input: '-' }, 'its field input is missing or not valid'],
    [{ ...JOB, input: '/in/\0' }, 'its field input is missing or not valid'],
    [{ ...JOB, output: `/${'x'.repeat(10_000)}` }, 'its field output is missing or not valid'],
    [{ ...JOB, size: -1 }, 'its field size is missing or not valid'],
    [{ ...JOB, options: { a: 'x'.repeat(5000) } }, 'its field options is missing or not valid'],
    [{ ...JOB, model: '../../etc/passwd' }, 'its field model is missing or not valid'],
    [{ ...JOB, optionsKey: undefined }, 'its field optionsKey is missing or not valid'],
    [{ ...JOB, shell: 'rm' }, 'it has the unknown field "shell"'],
    [JSON.parse('{"__proto__": 1}'), 'it has the unknown field "__proto__"'],
  ])('refuses %j', (data, why) => {
    expect(() => parseQueueJob(data)).toThrow(`not a job of ddpm-codec: ${why}`);
  });
});

test('jobs of one id write the same bytes to the same place', () => {
  const id = jobId(JOB);
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(jobId({ ...JOB, options: { psnr: 32, limitPixels: 5 } })).toBe(id);
  const others = [
    { ...JOB, input: '/in/b.png' },
    { ...JOB, output: '/out' },
    { ...JOB, size: 1235 },
    { ...JOB, identity: 'other' },
    { ...JOB, optionsKey: 'b'.repeat(64) },
    { ...JOB, command: 'decode' as const },
  ].map(jobId);
  expect(new Set([id, ...others]).size).toBe(7);
});
