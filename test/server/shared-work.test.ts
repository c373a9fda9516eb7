import { describe, expect, test } from 'vitest';
import { SharedWork } from '../../src/server/shared-work.ts';

/** Work that can be ended, and whose signals are kept. */
function watched() {
  const signals: AbortSignal[] = [];
  const ends: ((value: string | Error) => void)[] = [];
  const work = (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return new Promise((resolve, reject) => {
      ends.push((value) => (value instanceof Error ? reject(value) : resolve(value)));
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  };
  return { signals, ends, work };
}

const never = new AbortController().signal;

describe('SharedWork', () => {
  test('is done once for all who wait, and again for who comes later', async () => {
    const { ends, work } = watched();
    const shared = new SharedWork<string>();
    const both = [shared.run('key', never, work), shared.run('key', never, work)];
    const other = shared.run('other key', never, work);
    expect(ends.length).toBe(2);
    ends[0]('one');
    ends[1]('two');
    expect(await Promise.all([...both, other])).toEqual(['one', 'one', 'two']);
    const again = shared.run('key', never, work);
    ends[2](new Error('failed'));
    await expect(again).rejects.toThrow('failed');
    expect(ends.length).toBe(3);
  });

  test('goes on while anybody waits, and is aborted when the last has left', async () => {
    const { signals, work } = watched();
    const shared = new SharedWork<string>();
    const [first, second] = [new AbortController(), new AbortController()];
    const results = [shared.run('key', first.signal, work), shared.run('key', second.signal, work)];
    first.abort(new Error('first left'));
    await expect(results[0]).rejects.toThrow('first left');
    expect(signals[0].aborted).toBe(false);
    second.abort(new Error('second left'));
    await expect(results[1]).rejects.toThrow('second left');
    expect(signals[0].aborted).toBe(true);
  });

  test('who comes after all have left does not get what was aborted', async () => {
    const { ends, work } = watched();
    const shared = new SharedWork<string>();
    const control = new AbortController();
    const left = shared.run('key', control.signal, work);
    control.abort(new Error('left'));
    const next = shared.run('key', never, work);
    ends[1]('next');
    expect(await next).toBe('next');
    await expect(left).rejects.toThrow('left');
  });

  test('is not begun for who has left already', async () => {
    const { signals, work } = watched();
    const shared = new SharedWork<string>();
    await expect(shared.run('key', AbortSignal.abort(new Error('left')), work)).rejects.toThrow('left');
    expect(signals).toEqual([]);
  });
});
