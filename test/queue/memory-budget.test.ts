import { expect, test } from 'vitest';
import { MemoryBudget } from '../../src/queue/memory-budget.ts';

const settled = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);

test('pictures wait for room, in the order in which they came', async () => {
  const budget = new MemoryBudget(100);
  const first = await budget.take(60, 'a');
  const large = budget.take(90, 'b');
  const small = budget.take(10, 'c');
  expect(budget.hasLine).toBe(true);
  expect(await settled(large)).toBe(false);
  expect(await settled(small)).toBe(false); // it would have room, but came later
  first();
  const release = await large;
  expect(await settled(small)).toBe(true);
  expect(budget.hasLine).toBe(false);
  release();
  release(); // counts once
  const again = await budget.take(90, 'd');
  expect(await settled(budget.take(10, 'e'))).toBe(false);
  again();
});

test('a picture that never has room is refused', async () => {
  const message = "a.png: the picture takes about 2 MB of memory, more than this worker's 1 MB; raise --limit-memory";
  await expect(new MemoryBudget(1e6).take(1.1e6, 'a.png')).rejects.toThrow(message);
  await expect(new MemoryBudget(1e6).take(1.1e6, 'a.png')).rejects.toMatchObject({ code: 'ERR_DDPM_LIMIT' });
});

test('a picture that is given back leaves the line', async () => {
  const budget = new MemoryBudget(100);
  const release = await budget.take(60, 'a');
  const controller = new AbortController();
  const large = budget.take(90, 'b', controller.signal);
  const small = budget.take(40, 'c');
  controller.abort(new Error('given back'));
  await expect(large).rejects.toThrow('given back');
  expect(await settled(small)).toBe(true);
  release();
});

test('without a limit nothing waits', async () => {
  const budget = new MemoryBudget();
  expect(budget.isOpen).toBe(true);
  await budget.take(1e15, 'a');
  expect(await settled(budget.take(1e15, 'b'))).toBe(true);
});
