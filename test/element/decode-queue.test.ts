import { describe, expect, test } from 'vitest';
import { DecodeQueue, type QueueClient, type Rank } from '../../src/element/decode-queue.ts';

/** A picture that wants a number of frames, whose work a test lets end. */
class Picture implements QueueClient {
  frames = 0;
  isVisible = true;
  readonly #name: string;
  readonly #wants: number;
  readonly #log: string[];
  #end: () => void = () => {};

  constructor(name: string, wants: number, log: string[]) {
    this.#name = name;
    this.#wants = wants;
    this.#log = log;
  }

  rank(): Rank | undefined {
    return this.frames < this.#wants ? { isVisible: this.isVisible, frames: this.frames } : undefined;
  }

  step(): Promise<void> {
    this.#log.push(`${this.#name}${this.frames + 1}`);
    return new Promise((resolve) => {
      this.#end = () => {
        this.frames++;
        resolve();
      };
    });
  }

  /** Ends the work in progress, and lets the queue go on. */
  async end(): Promise<void> {
    this.#end();
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Pictures by name that want some frames, in a queue that has looked at them. */
async function queued(wants: Readonly<Record<string, number>>) {
  const log: string[] = [];
  const queue = new DecodeQueue();
  const pictures = Object.fromEntries(
    Object.entries(wants).map(([name, frames]) => [name, new Picture(name, frames, log)]),
  );
  for (const picture of Object.values(pictures)) queue.add(picture);
  await settled();
  return { log, queue, ...pictures } as { log: string[]; queue: DecodeQueue } & Record<string, Picture>;
}

describe('DecodeQueue', () => {
  test('gives every picture its first frame before any has its second', async () => {
    const { log, a, b, c } = await queued({ a: 3, b: 3, c: 3 });
    expect(log).toEqual(['a1', 'b1']);
    await a.end();
    expect(log).toEqual(['a1', 'b1', 'c1']);
    await b.end();
    await c.end();
    expect(log.slice(3)).toEqual(['a2']);
    await a.end();
    await b.end();
    await c.end();
    expect(log.slice(3)).toEqual(['a2', 'b2', 'c2', 'a3']);
  });

  test('works at one later frame at a time, beside which a first frame may begin', async () => {
    const { log, a, b, c, queue } = await queued({ a: 2, b: 2, c: 0 });
    await a.end();
    await b.end();
    expect(log).toEqual(['a1', 'b1', 'a2']);
    const late = new Picture('late', 1, log);
    queue.add(late);
    await settled();
    expect(log.slice(3)).toEqual(['late1']);
    await late.end();
    expect(log).toHaveLength(4);
    await a.end();
    expect(log.slice(4)).toEqual(['b2']);
    expect(c.frames).toBe(0);
  });

  test('takes what is on the screen first, and gives the rest one slot', async () => {
    const log: string[] = [];
    const queue = new DecodeQueue();
    const far = [new Picture('x', 1, log), new Picture('y', 1, log)];
    const near = new Picture('near', 2, log);
    for (const picture of far) picture.isVisible = false;
    for (const picture of [...far, near]) queue.add(picture);
    await settled();
    expect(log).toEqual(['near1']);
    await near.end();
    expect(log).toEqual(['near1', 'near2']);
    await near.end();
    expect(log).toEqual(['near1', 'near2', 'x1']);
  });

  test('forgets a picture that is taken out, and looks again when it is told', async () => {
    const { log, queue, a, b } = await queued({ a: 2, b: 2 });
    queue.remove(b);
    await b.end();
    await a.end();
    await a.end();
    expect(log).toEqual(['a1', 'b1', 'a2']);
    b.frames = 0;
    queue.add(b);
    b.frames = 2;
    await settled();
    expect(log).toHaveLength(3);
    b.frames = 0;
    queue.poke();
    await settled();
    expect(log.slice(3)).toEqual(['b1']);
  });
});
