import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { inOrder } from '../../src/base/in-order.ts';

const DELAYS = [30, 5, 20, 0, 10, 0];

describe('inOrder', () => {
  test.each([1, 2, 4, 100])('with up to %i tasks at work, results come in the order of the items', async (limit) => {
    let working = 0;
    let most = 0;
    const found: number[] = [];
    const run = async (i: number): Promise<number> => {
      most = Math.max(most, ++working);
      await sleep(DELAYS[i]);
      working--;
      return i;
    };
    for await (const i of inOrder(DELAYS.keys(), limit, run)) found.push(i);
    expect(found).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(Math.min(limit, 6));
  });

  test('takes items only when there is room for their tasks', async () => {
    let taken = 0;
    const items = function* (): Generator<number> {
      for (let i = 0; i < 6; i++) {
        taken++;
        yield i;
      }
    };
    const results = inOrder(items(), 2, async (i) => i);
    await results.next();
    expect(taken).toBe(3);
  });

  test('a failure is thrown in its turn, and no other is left unhandled', async () => {
    const found: number[] = [];
    const run = async (i: number): Promise<number> => {
      if (i > 0) throw new Error(`task ${i}`);
      await sleep(10);
      return i;
    };
    const all = async (): Promise<void> => {
      for await (const i of inOrder([0, 1, 2, 3], 3, run)) found.push(i);
    };
    await expect(all()).rejects.toThrow('task 1');
    expect(found).toEqual([0]);
    await sleep(0); // an unhandled rejection would fail this file
  });
});
