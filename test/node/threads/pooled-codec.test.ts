import { MessagePort, Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type Codec,
  type CodecOptions,
  decode,
  decodeProgressive,
  type Encoded,
  type EncodeOptions,
  encode,
  type Frame,
  type RawImage,
} from '../../../src/entry/index.ts';
import type { PoolTask, PoolTasks } from '../../../src/node/threads/codec-worker.ts';
import { kodakCrop } from '../../support/pictures.ts';

/** The built package: worker threads run compiled code. */
async function builtCodec(options: CodecOptions): Promise<Codec> {
  const built = (await import('ddpm-codec')) as unknown as typeof import('../../../src/entry/index.ts');
  return built.createCodec(options);
}

const FAST: EncodeOptions = { beamWidth: 8, ladderStep: 2 };

/** The picture, five times side by side, which is wide enough for two windows. */
function fivefold({ data, width, height, channels }: RawImage): RawImage {
  const row = width * channels;
  const repeated = Uint8Array.from({ length: 5 * data.length }, (_, i) => {
    return data[Math.floor(i / (5 * row)) * row + (i % row)];
  });
  return { data: repeated, width: 5 * width, height, channels };
}

/** Every kind of goal. The first is used for the wide picture, which has two windows and three tiles. */
const CASES: readonly [number, number, 1 | 3, EncodeOptions][] = [
  [132, 24, 3, { ...FAST, bytes: 400 }],
  [37, 21, 3, { ...FAST, psnr: 26 }],
  [264, 21, 1, { ...FAST, endSigma: 0.3 }],
];

describe('the bytes and the pixels do not depend on threads', () => {
  const images: RawImage[] = [];
  const expected: { data: Uint8Array; picture: Uint8Array; sample: Uint8Array }[] = [];
  beforeAll(async () => {
    for (const [width, height, channels, options] of CASES) {
      const crop = await kodakCrop(width, height, channels);
      const image = images.length === 0 ? fivefold(crop) : crop;
      const { data } = await encode(image, options);
      images.push(image);
      const { data: picture } = await decode(data);
      const { data: sample } = await decode(data, { layers: 2, reconstruction: 'sample' });
      expected.push({ data, picture, sample });
    }
  });

  test.each([1, 2, 3])('threads: %i', async (threads) => {
    const codec = await builtCodec({ threads });
    try {
      for (const [i, [, , , options]] of CASES.entries()) {
        const { data, info } = await codec.encode(images[i], options);
        expect(data).toEqual(expected[i].data);
        expect(info.timing.networkMs).toBeGreaterThan(0);
        const [whole, sample] = await Promise.all([
          codec.decode(data),
          codec.decode(data, { layers: 2, reconstruction: 'sample' }),
        ]);
        expect(whole.data).toEqual(expected[i].picture);
        expect(sample.data).toEqual(expected[i].sample);
      }
    } finally {
      await codec.close();
    }
  });
});

describe('a codec', () => {
  let codec: Codec;
  beforeAll(async () => {
    codec = await builtCodec({ threads: 2 });
  });
  afterAll(() => codec.close());

  test('gives small pictures that share runs of the network the same bytes as alone', async () => {
    const images = await Promise.all(Array.from({ length: 40 }, (_, i) => kodakCrop(24 + (i % 2), 16, 3)));
    for (const [i, image] of images.entries()) (image.data as Uint8Array).fill(6 * i, 0, 300);
    const options = { ...FAST, endSigma: 0.3 };
    const together = await Promise.all(images.map((image) => codec.encode(image, options)));
    for (const [i, image] of images.entries()) {
      if (i % 5 === 0) expect(together[i].data).toEqual((await encode(image, options)).data);
    }
    const decoded = await Promise.all(together.map(({ data }) => codec.decode(data)));
    expect(decoded[15].data).toEqual((await decode(together[15].data)).data);
  });

  test('rejects an aborted call at once, whether it is running or waiting, and continues with the others', async () => {
    const image = await kodakCrop(200, 200);
    const small = await kodakCrop(16, 16);
    const inWork = new AbortController();
    const first = codec.encode(image, { effort: 9, signal: inWork.signal });
    const second = codec.encode(image, { effort: 9, signal: AbortSignal.timeout(50) });
    const other = codec.encode(small, { ...FAST, endSigma: 1 });
    setTimeout(() => inWork.abort(new Error('enough')), 100);
    await Promise.all([
      expect(first).rejects.toThrow('enough'),
      expect(second).rejects.toMatchObject({ name: 'TimeoutError' }),
    ]);
    expect((await other).data.length).toBeGreaterThan(5);
  });

  test('refuses work after it is closed', async () => {
    const closed = await builtCodec({ threads: 1 });
    const last = closed.encode(await kodakCrop(16, 16), { ...FAST, endSigma: 1 });
    await closed.close();
    expect((await last).data.length).toBeGreaterThan(5);
    await expect(closed.decode(new Uint8Array(9))).rejects.toThrow('closed');
  });
});

describe('a thread that dies causes a clear error, and is replaced for the next call', () => {
  type EncodeWith = (image: RawImage, options: EncodeOptions) => Promise<Encoded>;

  /**
   * Encodes, and again after that has failed.
   *
   * @param open - makes the encoder
   * @param onBegun - called once the encoder is at work, with a function that terminates every worker that this thread has started
   */
  async function dies(open: () => Promise<EncodeWith>, onBegun: (kill: () => void) => void): Promise<void> {
    const starts = vi.spyOn(Worker.prototype, 'postMessage');
    const kill = (): void => {
      for (const worker of new Set(starts.mock.contexts as Worker[])) void worker.terminate();
    };
    try {
      const encodeWith = await open();
      const image = await kodakCrop(128, 128);
      const onProgress = ({ step }: { step: number }): void => {
        if (step === 2) onBegun(kill);
      };
      await expect(encodeWith(image, { effort: 9, onProgress })).rejects.toMatchObject({
        name: 'DdpmError',
        code: 'ERR_DDPM_BACKEND',
        message: expect.stringContaining('a worker thread ended'),
      });
      const small = await kodakCrop(16, 16);
      const options = { ...FAST, endSigma: 1 };
      expect((await encodeWith(small, options)).data).toEqual((await encode(small, options)).data);
    } finally {
      starts.mockRestore();
    }
  }

  test('the thread of a codec', async () => {
    await using codec = await builtCodec({ threads: 1 });
    await dies(
      async () => (image, options) => codec.encode(image, options),
      (kill) => kill(),
    );
  });

  test('a thread of its pool', async () => {
    const file = '#dist/node/threads/pooled-codec.js';
    const { PooledCodec }: typeof import('../../../src/node/threads/pooled-codec.ts') = await import(file);
    const post = MessagePort.prototype.postMessage;
    const posts = vi.spyOn(MessagePort.prototype, 'postMessage');
    try {
      await dies(
        async () => {
          const codec = new PooledCodec({ threads: 1 });
          return (image, options) => codec.encode(async () => image, options);
        },
        // With a window, which takes long: a thread that dies between two tasks is replaced without an error.
        (kill) => {
          posts.mockImplementation(function (this: MessagePort, ...[message, moved]: Parameters<typeof post>) {
            post.call(this, message, moved);
            if ((message as { readonly task?: PoolTask } | null)?.task?.kind !== 'windows') return;
            posts.mockReset();
            kill();
          });
        },
      );
    } finally {
      posts.mockRestore();
    }
  });
});

describe('threads help with a picture of one window', () => {
  const OPTIONS: EncodeOptions = { ...FAST, endSigma: 0.3 };
  let image: RawImage;
  let expected: Uint8Array;
  beforeAll(async () => {
    image = await kodakCrop(256, 256);
    ({ data: expected } = await encode(image, OPTIONS));
  });

  type Post = { readonly task?: PoolTask };

  /**
   * Encodes the picture twice in a pool of this thread; calls `onHelp`, once, with its workers when a thread has been asked to help with
   * the largest window.
   */
  async function encodeTwice(
    threads: number,
    onHelp: (workers: readonly Worker[]) => void,
  ): Promise<PromiseSettledResult<Encoded>[]> {
    const file = '#dist/node/threads/pooled-codec.js';
    const { PooledCodec }: typeof import('../../../src/node/threads/pooled-codec.ts') = await import(file);
    const starts = vi.spyOn(Worker.prototype, 'postMessage');
    const post = MessagePort.prototype.postMessage;
    let isLargest = false;
    let isAsked = false;
    const posts = vi.spyOn(MessagePort.prototype, 'postMessage').mockImplementation(function (
      this: MessagePort,
      ...[message, moved]: Parameters<MessagePort['postMessage']>
    ) {
      const { task } = (message ?? {}) as Post;
      if (task?.kind === 'windows') {
        isLargest = (task.job as PoolTasks['windows']['job']).windows[0]?.seen.width === image.width;
      }
      post.call(this, message, moved);
      if (task?.kind !== 'help' || !isLargest || isAsked) return;
      isAsked = true;
      onHelp([...new Set(starts.mock.contexts as Worker[])]);
    });
    try {
      const codec = new PooledCodec({ threads });
      const first = await Promise.allSettled([codec.encode(async () => image, OPTIONS)]);
      return [...first, ...(await Promise.allSettled([codec.encode(async () => image, OPTIONS)]))];
    } finally {
      posts.mockRestore();
      starts.mockRestore();
    }
  }

  test.each([2, 3])('and the bytes are the same, with %i threads', async (threads) => {
    const onHelp = vi.fn();
    const results = await encodeTwice(threads, onHelp);
    for (const result of results) expect(result).toMatchObject({ status: 'fulfilled', value: { data: expected } });
    expect(onHelp).toHaveBeenCalledOnce();
  });

  test.each([0, 1])('and one that dies ends the call or leaves it as it is: worker %i', async (dying) => {
    let died: Promise<number> | undefined;
    const [first, second] = await encodeTwice(2, (workers) => {
      died = workers[dying]?.terminate();
    });
    expect(await died).toBe(1);
    if (first?.status === 'rejected') {
      expect(first.reason).toMatchObject({
        code: 'ERR_DDPM_BACKEND',
        message: expect.stringContaining('thread ended'),
      });
    } else {
      expect(first?.value.data).toEqual(expected);
    }
    expect(second).toMatchObject({ status: 'fulfilled', value: { data: expected } });
  });
});

test('a missing model is an error of each call', async () => {
  const codec = await builtCodec({ threads: 2, model: 'no/such/model.safetensors' });
  try {
    const image = await kodakCrop(16, 16);
    const codes = { code: 'ERR_DDPM_MODEL_MISSING' };
    for (let i = 0; i < 2; i++) await expect(codec.encode(image, FAST)).rejects.toMatchObject(codes);
  } finally {
    await codec.close();
  }
});

describe('decodeProgressive of a pool', () => {
  async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 50) yield bytes.subarray(at, at + 50);
  }

  test('gives the frames of the function, also several at a time', async () => {
    const image = await kodakCrop(96, 64);
    const { data } = await encode(image, { ...FAST, endSigma: 0.3 });
    const expected: Frame[] = [];
    for await (const frame of decodeProgressive(pieces(data))) expected.push(frame);
    const codec = await builtCodec({ threads: 2 });
    try {
      const all = await Promise.all(
        [1, 2, 3].map(async () => {
          const frames: Frame[] = [];
          for await (const frame of codec.decodeProgressive(pieces(data))) frames.push(frame);
          return frames;
        }),
      );
      for (const frames of all) expect(frames).toEqual(expected);
      expect(expected.length).toBeGreaterThan(3);
    } finally {
      await codec.close();
    }
  });

  test('ends with an error if the codec is closed meanwhile, and does not prevent it from closing', async () => {
    const { data } = await encode(await kodakCrop(96, 64), { ...FAST, endSigma: 0.3 });
    const codec = await builtCodec({ threads: 1 });
    const frames = codec.decodeProgressive(pieces(data));
    expect((await frames.next()).done).toBe(false);
    await codec.close();
    await expect(
      (async () => {
        for await (const _ of frames);
      })(),
    ).rejects.toThrow('this codec is closed');
  });
});
