import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { WorkQueue } from '../../src/server/work-queue.ts';

const never = new AbortController().signal;
const refuse = (): Error => new Error('full');

/** Jobs that end when they are told to. */
function jobs() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const job = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await wait(0);
  };
  return { begun, job, end };
}

describe('WorkQueue', () => {
  test('runs as many as it may, the others in their order, and refuses what is too much', async () => {
    const { begun, job, end } = jobs();
    const queue = new WorkQueue(2, 2, refuse);
    const results = ['a', 'b', 'c', 'd'].map((name) => queue.run(job(name), never));
    await expect(queue.run(job('e'), never)).rejects.toThrow('full');
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    const late = queue.run(job('f'), never);
    await end('a');
    await end('c');
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'f']);
    await end('d');
    await end('f');
    expect(await Promise.all([...results, late])).toEqual(['a', 'b', 'c', 'd', 'f']);
  });

  test('what is aborted while it waits never runs, and leaves its place', async () => {
    const { begun, job, end } = jobs();
    const queue = new WorkQueue(1, 1, refuse);
    const first = queue.run(job('a'), never);
    const control = new AbortController();
    const second = queue.run(job('b'), control.signal);
    control.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    const third = queue.run(job('c'), never);
    await end('a');
    await end('c');
    expect(await Promise.all([first, third])).toEqual(['a', 'c']);
    await expect(queue.run(job('d'), AbortSignal.abort(new Error('gone before')))).rejects.toThrow('gone before');
    expect(begun).toEqual(['a', 'c']);
  });

  test('a job that fails makes room', async () => {
    const queue = new WorkQueue(1, 1, refuse);
    const failing = queue.run(() => Promise.reject(new Error('failed')), never);
    const next = queue.run(async () => 'next', never);
    await expect(failing).rejects.toThrow('failed');
    expect(await next).toBe('next');
    expect(await queue.run(async () => 'later', never)).toBe('later');
  });
});
