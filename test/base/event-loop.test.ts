import { expect, test } from 'vitest';
import { drainInSlices, yieldToEventLoop } from '../../src/base/event-loop.ts';

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('work that can be cut lets timers run while it lasts, and gives its result', async () => {
  let ticks = 0;
  const timer = setInterval(() => void ticks++, 1);
  function* work(): Generator<number, string, void> {
    for (let step = 1; step <= 40; step++) {
      busy(5);
      yield step;
    }
    return 'done';
  }
  const seen: number[] = [];
  try {
    const turn = async (step: number): Promise<void> => {
      seen.push(step);
      await yieldToEventLoop();
    };
    expect(await drainInSlices(work(), turn)).toBe('done');
  } finally {
    clearInterval(timer);
  }
  expect(seen.length).toBeGreaterThan(3);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(ticks).toBeGreaterThan(3);
});

test('an error of a turn, such as an abort, ends the work', async () => {
  let steps = 0;
  function* work(): Generator<number, void, void> {
    for (;;) {
      busy(5);
      yield ++steps;
    }
  }
  await expect(drainInSlices(work(), () => Promise.reject(new Error('enough')))).rejects.toThrow('enough');
  expect(steps).toBeLessThan(100);
});
