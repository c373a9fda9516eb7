import { expect, test } from 'vitest';
import { WorkPace } from '../../src/queue/work-pace.ts';

test('a thread takes one large job or many small ones', () => {
  const pace = new WorkPace({ threads: 2, smallAThread: 16 });
  const ends = Array.from({ length: 16 }, () => pace.begin(3000));
  expect(pace.isFull).toBe(false);
  const end = pace.begin(5_000_000);
  expect(pace.isFull).toBe(true);
  expect(pace.jobs).toBe(17);
  end();
  expect(pace.isFull).toBe(false);
  for (const each of ends) each();
  expect(pace.jobs).toBe(0);
});

test('jobs begin at a rate', () => {
  const pace = new WorkPace({ threads: 8, smallAThread: 16, rate: 10 });
  expect(pace.pauseMs).toBe(0);
  pace.begin(1);
  expect(pace.pauseMs).toBeGreaterThan(90);
  expect(pace.pauseMs).toBeLessThanOrEqual(100);
  pace.begin(1);
  expect(pace.pauseMs).toBeGreaterThan(190);
});

test('tells when a job ends', async () => {
  const pace = new WorkPace({ threads: 1, smallAThread: 16 });
  const end = pace.begin(1e9);
  const ended = pace.jobEnded();
  end();
  await expect(ended).resolves.toBeUndefined();
});
