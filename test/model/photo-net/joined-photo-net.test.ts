import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import seedrandom from 'seedrandom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import type { BatchShape, Denoiser, Posterior } from '../../../src/model/denoiser.ts';
import {
  type Help,
  JoinedPhotoNet,
  runBytes,
  runHeader,
  sharedNetwork,
} from '../../../src/model/photo-net/joined-photo-net.ts';
import type { SharedPhotoNet } from '../../../src/model/photo-net/photo-net.ts';
import type { RunArea } from '../../../src/model/photo-net/program/program-network.ts';
import { loadModel } from '../../../src/model/weights/load-model.ts';
import { WEIGHTS } from '../../support/model-fixtures.ts';

const SHAPE = { batch: 1, height: 192, width: 208 };

/** A thread of the built package that calls a function with `joined`, `area` and its message, and posts what it returns. */
function startThread(shared: SharedPhotoNet, area: RunArea, body: string): Worker {
  const file = new URL('../../../dist/model/photo-net/joined-photo-net.js', import.meta.url).href;
  const code = `
    const { parentPort, workerData: { shared, area } } = require('node:worker_threads');
    import(${JSON.stringify(file)}).then(({ JoinedPhotoNet }) => {
      const joined = new JoinedPhotoNet(shared);
      const work = async (message) => { ${body} };
      parentPort.on('message', async (message) => {
        parentPort.postMessage(await work(message).catch(({ code, message }) => ({ code, message })));
      });
      parentPort.postMessage('ready');
    });`;
  return new Worker(code, { eval: true, workerData: { shared, area } });
}

async function answerOf<T>(thread: Worker, message?: unknown): Promise<T> {
  const answer = once(thread, 'message');
  if (message !== undefined) thread.postMessage(message);
  return (await answer)[0] as T;
}

async function open(): Promise<Denoiser> {
  const { denoiser } = await loadModel(WEIGHTS, { backend: await openBackend('wasm'), source: 'the default model' });
  return denoiser;
}

function noise(shape: BatchShape): Float32Array {
  const random = seedrandom(JSON.stringify(shape));
  return Float32Array.from({ length: shape.batch * shape.height * shape.width * 3 }, () => 4 * random() - 2);
}

describe('a photo-net that threads share', () => {
  let expected: Posterior;
  let shared: SharedPhotoNet;
  /** Room for two runs. */
  const areas: RunArea[] = [];
  const y = noise(SHAPE);
  const threads: Worker[] = [];
  const start = async (body: string): Promise<Worker> => {
    const thread = startThread(shared, areas[0] as RunArea, body);
    threads.push(thread);
    expect(await answerOf(thread)).toBe('ready');
    return thread;
  };

  beforeAll(async () => {
    const denoiser = await open();
    expected = await denoiser.denoise(y, SHAPE, 0.3);
    shared = sharedNetwork(denoiser) as SharedPhotoNet;
    const bytes = runBytes(shared, SHAPE, 3);
    const { end } = shared.network;
    for (const first of [end, end + bytes]) areas.push({ start: first, end: first + bytes, threads: 3 });
    await expect(denoiser.denoise(y, SHAPE, 0.3)).rejects.toThrow('disposed or shared');
  });
  afterAll(async () => {
    for (const thread of threads) await thread.terminate();
  });

  test('gives the same bits with helpers, which do a part of the work', async () => {
    const helpers = [1, 2].map(() => start('return joined.help(area, message, 10_000)'));
    const denoiser = new JoinedPhotoNet(shared).denoiser(areas[0] as RunArea);
    const header = runHeader(shared, areas[0] as RunArea);
    const helped = [0, 0];
    // A helper that the machine gives no time may be late.
    for (let run = 0; run < 20 && Math.min(...helped) === 0; run++) {
      header.open();
      const helps = (await Promise.all(helpers)).map((helper, i) => answerOf<Help>(helper, i + 1));
      expect(await denoiser.denoise(y, SHAPE, 0.3)).toEqual(expected);
      for (const [i, help] of (await Promise.all(helps)).entries()) helped[i] += Number(help) || 0;
    }
    expect(Math.min(...helped)).toBeGreaterThan(0);
  });

  test('runs images of several shapes, one after the other, in each area', async () => {
    const joined = new JoinedPhotoNet(shared);
    const batch = { batch: 2, height: 48, width: 32 };
    const one = await (await open()).denoise(noise(batch), batch, 1);
    for (const area of [...areas, ...areas]) {
      const header = runHeader(shared, area);
      header.open();
      expect(await joined.denoiser(area).denoise(noise(batch), batch, 1)).toEqual(one);
      header.open();
      expect(await joined.denoiser(area).denoise(y, SHAPE, 0.3)).toEqual(expected);
    }
  });

  test('tells a helper that it is early or late', async () => {
    const joined = new JoinedPhotoNet(shared);
    const area = areas[0] as RunArea;
    const header = runHeader(shared, area);
    header.open();
    expect(joined.help(area, 1, 1)).toBe('early');
    await joined.denoiser(area).denoise(y, SHAPE, 0.3);
    expect(joined.help(area, 1, 1000)).toBe('late');
    header.open();
    header.abandon();
    expect(joined.help(area, 1, 1000)).toBe('late');
  });

  test('does not wait for a helper that has died', async () => {
    const area = areas[0] as RunArea;
    const coordinator = await start('return joined.denoiser(area).denoise(message.y, message.shape, 0.3)');
    const header = runHeader(shared, area);
    header.open();
    const answer = answerOf(coordinator, { y, shape: SHAPE });
    const task = header.join(10_000);
    if (typeof task === 'string') throw new Error(`the run is ${task}`);
    // This thread takes a block of the last operation, and never does it.
    const taken = task.counters + 8 * (task.count - 1);
    Atomics.add(new Int32Array(shared.network.memory.buffer), taken / 4, 1);
    const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 2000, 'none'))]);
    expect(early).toBe('none');
    header.abandon();
    expect(await answer).toEqual({
      code: 'ERR_DDPM_BACKEND',
      message: expect.stringContaining('a worker thread ended'),
    });
    header.open();
    expect(await answerOf(coordinator, { y, shape: SHAPE })).toEqual(expected);
  });

  test('refuses a window that does not fit into its area', async () => {
    const area = areas[1] as RunArea;
    runHeader(shared, area).open();
    const shape = { batch: 1, height: 512, width: 512 };
    const failure = new JoinedPhotoNet(shared).denoiser(area).denoise(noise(shape), shape, 1);
    await expect(failure).rejects.toMatchObject({
      code: 'ERR_DDPM_BACKEND',
      message: expect.stringMatching(/a window needs \d+ MiB.*there are \d+\./),
    });
  });
});

test('a denoiser without a program cannot be shared, and stays as it is', async () => {
  const { denoiser } = await loadModel(WEIGHTS, { backend: await openBackend('cpu'), source: 'the default model' });
  expect(sharedNetwork(denoiser)).toBeUndefined();
  const shape = { batch: 1, height: 16, width: 16 };
  expect((await denoiser.denoise(noise(shape), shape, 1)).mean).toHaveLength(768);
  denoiser.dispose();
});
