import { expect, test } from 'vitest';
import { backoffMs, retry } from '../../src/batch/retry.ts';

const isTransient = (error: unknown): boolean => (error as Error).message === 'passes';

/** Work that fails a number of times. */
function failing(times: number, message = 'passes'): { work: () => Promise<string>; calls: () => number } {
  let calls = 0;
  const work = async (): Promise<string> => {
    if (++calls <= times) throw new Error(message);
    return 'result';
  };
  return { work, calls: () => calls };
}

test('the wait doubles up to 30 s; half of it is random', () => {
  const failures = [1, 2, 3, 4, 7, 50];
  expect(failures.map((count) => backoffMs(count, 1))).toEqual([500, 1000, 2000, 4000, 30_000, 30_000]);
  expect([backoffMs(3, 0), backoffMs(3, 0.5)]).toEqual([1000, 1500]);
});

test('tries again what may pass, and says so', async () => {
  const { work, calls } = failing(2);
  const told: [number, boolean][] = [];
  const startMs = performance.now();
  const onRetry = (_: unknown, attempt: number, delayMs: number): void => void told.push([attempt, delayMs > 200]);
  expect(await retry(work, { retries: 2, isTransient, onRetry })).toBe('result');
  expect(calls()).toBe(3);
  expect(told).toEqual([
    [1, true],
    [2, true],
  ]);
  expect(performance.now() - startMs).toBeGreaterThan(700); // at least 250 and 500 ms
});

test('throws the last error when it has no more retries, and others at once', async () => {
  const often = failing(9);
  await expect(retry(often.work, { retries: 1, isTransient })).rejects.toThrow('passes');
  expect(often.calls()).toBe(2);
  const never = failing(9, 'corrupt');
  await expect(retry(never.work, { retries: 5, isTransient })).rejects.toThrow('corrupt');
  expect(never.calls()).toBe(1);
  const none = failing(9);
  await expect(retry(none.work, { retries: 0, isTransient })).rejects.toThrow('passes');
  expect(none.calls()).toBe(1);
});

test('a signal ends the wait', async () => {
  const controller = new AbortController();
  const { work, calls } = failing(9);
  const end = retry(work, { retries: 9, isTransient, signal: controller.signal, onRetry: () => controller.abort() });
  await expect(end).rejects.toThrow(/abort/i);
  expect(calls()).toBe(1);
});
