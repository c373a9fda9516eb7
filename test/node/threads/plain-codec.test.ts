import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { EncodeOptions, Frame, RawImage } from '../../../src/entry/index.ts';
import { kodakCrop } from '../../support/pictures.ts';
import { runNode } from '../../support/run-node.ts';

/** The built package: worker threads run compiled code. */
const { DdpmError, decode, decodeProgressive, encode }: typeof import('../../../src/entry/index.ts') = await import(
  'ddpm-codec' as string
);

const INLINE = { thread: 'inline' } as const;
const FAST: EncodeOptions = { beamWidth: 8, ladderStep: 2, endSigma: 0.3 };

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50) yield bytes.subarray(at, at + 50);
}

async function framesOf(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

type Parts = typeof import('../../../src/node/threads/codec-thread.ts') &
  typeof import('../../../src/node/threads/threaded-codec.ts');

/** Parts of the built package. */
async function parts(): Promise<Pick<Parts, 'CodecThread' | 'ThreadedCodec'>> {
  const files = ['codec-thread', 'threaded-codec'].map((name) => import(`#dist/node/threads/${name}.js`));
  const [{ CodecThread }, { ThreadedCodec }] = await Promise.all(files);
  return { CodecThread, ThreadedCodec };
}

let picture: RawImage;
let stream: Uint8Array;

beforeAll(async () => {
  picture = await kodakCrop(96, 64);
  stream = (await encode(picture, { ...FAST, ...INLINE })).data;
});

describe('the shared thread gives what the calling thread gives', () => {
  test.each<[string, Partial<RawImage>, EncodeOptions]>([
    ['RGB', {}, FAST],
    ['RGBA', { width: 72, channels: 4 }, FAST],
    [
      'lossless, from the bytes of a view',
      { data: new Uint8Array(2 * 48 * 48 * 3).fill(90, 7000).subarray(48 * 48 * 3), width: 48, height: 48 },
      { lossless: true },
    ],
    [
      'clamped, with metadata',
      { data: new Uint8ClampedArray(32 * 32 * 3), width: 32, height: 32, metadata: { exif: Buffer.from('exif') } },
      FAST,
    ],
  ])('%s', async (_, changes, options) => {
    const image = { ...picture, ...changes };
    const before = image.data.slice();
    const encoded = await encode(image, options);
    const expected = await encode(image, { ...options, ...INLINE });
    expect(image.data).toEqual(before);
    expect(encoded.data).toEqual(expected.data);
    expect(encoded.info).toEqual({ ...expected.info, timing: expect.anything() });
    const decoded = await decode(encoded.data);
    const expectedPicture = await decode(encoded.data, INLINE);
    expect(decoded).toEqual({ ...expectedPicture, info: { ...expectedPicture.info, timing: expect.anything() } });
    expect(await framesOf(decodeProgressive(pieces(encoded.data)))).toEqual(
      await framesOf(decodeProgressive(pieces(encoded.data), INLINE)),
    );
  });

  test('files by path, with their names in messages', async () => {
    const path = 'test/images/kodak/none.png';
    await expect(encode(path)).rejects.toMatchObject({
      code: 'ERR_DDPM_INPUT',
      message: expect.stringContaining(path),
    });
    const text = encode(Buffer.from('no image'));
    await expect(text).rejects.toMatchObject({ code: 'ERR_DDPM_INPUT', message: expect.stringMatching(/^image: /) });
  });

  test('several calls at a time', async () => {
    const all = await Promise.all([decode(stream), encode(picture, FAST), decode(stream.subarray(0, 200))]);
    expect(all[0].data).toEqual((await decode(stream, INLINE)).data);
    expect(all[1].data).toEqual(stream);
    expect(all[2].data).toEqual((await decode(stream.subarray(0, 200), INLINE)).data);
  });
});

describe('the event loop', () => {
  /** Share of the time of some work in which the event loop of this thread was busy. */
  async function busyShare(work: () => Promise<unknown>): Promise<number> {
    const before = performance.eventLoopUtilization();
    await work();
    return performance.eventLoopUtilization(before).utilization;
  }

  test('is nearly idle while the shared thread works, and busy while this one does', async () => {
    const image = await kodakCrop(128, 128);
    const { data } = await encode(image, FAST); // also loads the models
    const work = [
      (options: object) => encode(image, { ...FAST, ...options }),
      (options: object) => decode(data, options),
      (options: object) => framesOf(decodeProgressive(pieces(data), options)),
    ];
    for (const run of work) {
      expect(await busyShare(() => run({}))).toBeLessThan(0.5);
      expect(await busyShare(() => run(INLINE))).toBeGreaterThan(0.5);
    }
  });
});

describe('errors and ends', () => {
  test('a damaged stream is a DdpmError with its code, a wrong option of the stream a RangeError', async () => {
    const damaged = stream.slice();
    damaged[3] ^= 255;
    const failure = await decode(damaged).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DdpmError);
    expect(failure).toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    await expect(decode(stream, { layers: 1000 })).rejects.toThrow(RangeError);
    await expect(decode(stream, { thread: 'here' as 'inline' })).rejects.toThrow(
      '"thread" expected one of worker, inline',
    );
    await expect(encode(picture, null as never)).rejects.toThrow('"options" expected object');
  });

  test('an abort rejects with its reason, and later calls work', async () => {
    const stop = new AbortController();
    const onProgress = (): void => stop.abort(new Error('enough'));
    await expect(encode(picture, { effort: 9, signal: stop.signal, onProgress })).rejects.toThrow('enough');
    await expect(decode(stream, { signal: stop.signal })).rejects.toThrow('enough');
    await expect(framesOf(decodeProgressive(pieces(stream), { signal: stop.signal }))).rejects.toThrow('enough');
    expect((await decode(stream)).info.truncated).toBe(false);
  });

  test('an abort ends the work in the thread', async () => {
    const { CodecThread, ThreadedCodec } = await parts();
    const thread = new CodecThread({ pool: undefined });
    const codec = new ThreadedCodec(thread);
    try {
      const worker = thread.start();
      const stop = new AbortController();
      // Takes minutes if it is not stopped.
      const running = codec.encode(await kodakCrop(320, 320), {
        beamWidth: 4096,
        ladderStep: 0.5,
        signal: stop.signal,
        onProgress: () => stop.abort(new Error('enough')),
      });
      await expect(running).rejects.toThrow('enough');
      const isIdle = async (): Promise<void> => {
        const before = worker.performance.eventLoopUtilization();
        await wait(200);
        expect(worker.performance.eventLoopUtilization(before).utilization).toBeLessThan(0.2);
      };
      await vi.waitFor(isIdle, { timeout: 30_000 });
    } finally {
      await codec.close();
    }
  });

  test('an error of the listener or of the source is that of the call', async () => {
    const error = new Error('mine');
    const fail = (): never => {
      throw error;
    };
    await expect(encode(picture, { ...FAST, onProgress: fail })).rejects.toBe(error);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield stream.subarray(0, stream.length - 1);
      throw error;
    }
    const frames = decodeProgressive(broken());
    expect((await frames.next()).value?.info.layer).toBe(1);
    await expect(framesOf(frames)).rejects.toBe(error);
  });

  test('a consumer that wants no more ends the source, also while bytes are awaited', async () => {
    let ended = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(stream);
      } finally {
        ended++;
      }
    }
    for await (const { info } of decodeProgressive(source())) if (info.layer === 2) break;
    expect(ended).toBe(1);
    const waiting = decodeProgressive(new ReadableStream({ cancel: () => void ended++ }));
    const next = waiting.next();
    await waiting.return();
    expect(await next).toEqual({ done: true, value: undefined });
    await vi.waitFor(() => expect(ended).toBe(2));
    const late = framesOf(decodeProgressive(new ReadableStream(), { timeout: 0.2 }));
    await expect(late).rejects.toMatchObject({ code: 'ERR_DDPM_LIMIT' });
  });

  test('a thread that dies is a clear error, and the next call starts another', async () => {
    const posts = vi.spyOn(Worker.prototype, 'postMessage');
    try {
      const stop = (): void => void (posts.mock.contexts.at(-1) as Worker).terminate();
      const running = encode(picture, { effort: 9, onProgress: stop });
      await expect(running).rejects.toMatchObject({
        code: 'ERR_DDPM_BACKEND',
        message: expect.stringContaining('a worker thread ended'),
      });
      expect((await decode(stream)).data).toEqual((await decode(stream, INLINE)).data);
    } finally {
      posts.mockRestore();
    }
  });

  test('an idle thread ends, and the next call starts another', async () => {
    const { CodecThread, ThreadedCodec } = await parts();
    const thread = new CodecThread({ pool: undefined, idleMs: 1 });
    const codec = new ThreadedCodec(thread);
    for (let i = 0; i < 2; i++) {
      const worker = thread.start();
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      expect((await codec.decode(stream)).info.bytes).toBe(stream.length);
      await ended;
    }
  });

  test('a process ends by itself, also one whose program is given as text, or that leaves frames unread', async () => {
    // Without top-level await, so that it is a CommonJS program as well as a module.
    const program = `
      import('ddpm-codec').then(async ({ decodeProgressive, encode }) => {
        const { data } = await encode({ data: new Uint8Array(300).fill(9), width: 10, height: 10, channels: 3 });
        const frames = decodeProgressive([data]);
        const { value } = await frames.next();
        process.stdout.write(String(value.info.layer));
      });`;
    for (const args of [['--input-type=module'], ['--expose-gc', '--input-type', 'module'], ['--expose-gc']]) {
      const { code, stdout, stderr } = await runNode([...args, '--eval', program]);
      expect({ code, stdout: String(stdout), stderr }).toEqual({ code: 0, stdout: '1', stderr: '' });
    }
  });
});
