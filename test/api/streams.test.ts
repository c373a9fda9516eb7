import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type createCodec,
  type DdpmError,
  decode,
  decodeProgressive,
  decodeStream,
  encode,
  encodeStream,
  type Frame,
  inspect,
  type RawImage,
  readImage,
  writeImage,
} from '../../src/entry/index.ts';
import { distortion } from '../../src/image/distortion.ts';
import { kodakCrop } from '../support/pictures.ts';

let picture: RawImage;
let stream: Uint8Array;

beforeAll(async () => {
  picture = await kodakCrop(40, 32);
  stream = (await encode(picture, { bytes: 250, beamWidth: 16 })).data;
});

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

describe('decodeProgressive', () => {
  test.each([1, 7, 1000])('a frame for each layer, as from decode; pieces of %d bytes', async (length) => {
    const frames: Frame[] = [];
    for await (const frame of decodeProgressive(pieces(stream, length))) frames.push(frame);
    expect(frames.map(({ info }) => info.layer)).toEqual(inspect(stream).layers.map(({ layer }) => layer));
    for (const { data, info } of frames) {
      expect(data).toEqual((await decode(stream, { layers: info.layer })).data);
      expect(info.bytes).toBe(inspect(stream).layers[info.layer - 1].cumulativeBytes);
    }
    expect(frames.map(({ info }) => info.complete)).toEqual(frames.map((_, i) => i === frames.length - 1));
  });

  test('a list of chunks is a source, too', async () => {
    const frames: Frame[] = [];
    const chunks: unknown = [stream.subarray(0, 99), stream.subarray(99)];
    for await (const frame of decodeProgressive(chunks as AsyncIterable<Uint8Array>)) frames.push(frame);
    expect(frames.at(-1)?.info.complete).toBe(true);
  });

  test('a source that gives no bytes is a TypeError that says what is taken', async () => {
    const message = (got: string): string =>
      `"source" expected an async iterable of Uint8Array, such as a stream of bytes, got ${got}`;
    const sources: [unknown, string][] = [
      [Readable.from(['text']), 'chunks of "text"'],
      [Readable.from(Buffer.from(stream)).setEncoding('latin1'), 'chunks of '],
      [[new ArrayBuffer(5)], 'chunks of ArrayBuffer'],
      [Readable.toWeb(Readable.from(['text'])), 'chunks of "text"'],
      [stream, 'Uint8Array'],
      ['text', '"text"'],
      [undefined, 'undefined'],
    ];
    for (const [source, got] of sources) {
      const error = await decodeProgressive(source as AsyncIterable<Uint8Array>)
        .next()
        .catch((e: unknown) => e);
      expect(error, got).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain(message(got));
    }
  });

  test('frames come before the last byte has arrived', async () => {
    const asked: number[] = [];
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < stream.length; at += 10) {
        asked.push(at);
        yield stream.subarray(at, at + 10);
      }
    }
    for await (const _ of decodeProgressive(slow())) break;
    expect(asked[asked.length - 1]).toBeLessThan(stream.length / 2);
  });

  test('a source that ends early gives the frames of its complete layers; one that ends in the header is corrupt', async () => {
    let layers = 0;
    for await (const { info } of decodeProgressive(pieces(stream.subarray(0, 100), 9))) {
      layers = info.layer;
      expect(info.complete).toBe(false);
    }
    expect(layers).toBe(inspect(stream.subarray(0, 100)).layers.length);
    await expect(decodeProgressive(pieces(stream.subarray(0, 3), 1)).next()).rejects.toMatchObject({
      code: 'ERR_DDPM_CORRUPT',
    });
  });

  test('stops when aborted', async () => {
    const abort = new AbortController();
    const frames = decodeProgressive(pieces(stream, 20), { signal: abort.signal });
    await frames.next();
    abort.abort(new Error('enough'));
    await expect(frames.next()).rejects.toThrow('enough');
  });
});

/** A source that gives the first bytes of the stream, and then never anything, nor an end. */
async function* stalled(bytes: number, onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield stream.subarray(0, bytes);
    await new Promise(() => {});
  } finally {
    onEnd();
  }
}

describe('decodeProgressive that is ended by its consumer', () => {
  test('return() ends it while a layer is decoded: nothing is reported afterwards', async () => {
    const large = (await encode(await kodakCrop(160, 160), { effort: 1, endSigma: 0.3 })).data;
    const reports: number[] = [];
    let begun = (): void => {};
    const firstReport = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const frames = decodeProgressive(pieces(large, large.length), {
      onProgress: ({ step }) => {
        reports.push(step);
        begun();
      },
    });
    const first = frames.next();
    await firstReport;
    const seen = reports.length;
    expect(await Promise.all([frames.return(), first])).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    await wait(300);
    expect(reports.length).toBe(seen);
    expect(await frames.next()).toEqual({ done: true, value: undefined });
  });

  test('a break ends the source', async () => {
    let ended = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(stream, 20);
      } finally {
        ended = true;
      }
    }
    for await (const _ of decodeProgressive(source())) break;
    expect(ended).toBe(true);
  });

  test.each(['return', 'abort', 'timeout'] as const)('%s does not wait for bytes that never come', async (how) => {
    const abort = new AbortController();
    const options = { signal: abort.signal, ...(how === 'timeout' && { timeout: 0.2 }) };
    const frames = decodeProgressive(
      stalled(3, () => {}),
      options,
    );
    const next = frames.next();
    await wait(20);
    if (how === 'return') {
      await frames.return();
      expect(await next).toEqual({ done: true, value: undefined });
      return;
    }
    if (how === 'abort') abort.abort(new Error('enough'));
    await expect(next).rejects.toThrow(how === 'abort' ? 'enough' : /timeout 0\.2 s/);
  });

  test('a Node stream or a web stream that is waiting is closed', async () => {
    const node = new PassThrough();
    node.write(stream.subarray(0, 3));
    let cancelled = false;
    const web = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(stream.subarray(0, 3)),
      cancel: () => {
        cancelled = true;
      },
    });
    for (const source of [node, web]) {
      const frames = decodeProgressive(source as AsyncIterable<Uint8Array>);
      const next = frames.next();
      await wait(20);
      await frames.return();
      expect((await next).done).toBe(true);
    }
    await wait(0);
    expect([node.destroyed, cancelled]).toEqual([true, true]);
  });
});

describe('sample', () => {
  test('has more texture and less PSNR than the mean, and is the same for the same seed', async () => {
    const bytes = 80;
    const mean = await decode(stream, { bytes });
    const [a, b, other] = await Promise.all(
      [1, 1, 2].map((reconstructionSeed) => decode(stream, { bytes, reconstruction: 'sample', reconstructionSeed })),
    );
    expect(a.data).toEqual(b.data);
    expect(a.data).not.toEqual(other.data);
    const original = new Uint8Array(picture.data);
    expect(distortion(a.data, original).psnr).toBeLessThan(distortion(mean.data, original).psnr);
    const roughness = (data: Uint8Array): number =>
      data.reduce((sum, v, i) => sum + (i < 3 ? 0 : (v - data[i - 3]) ** 2), 0);
    expect(roughness(a.data)).toBeGreaterThan(roughness(mean.data));
  });

  test('goes up through the pyramid', async () => {
    const large = await kodakCrop(136, 130);
    const { data } = await encode(large, { endSigma: 0.5, beamWidth: 8 });
    const { info } = await decode(data, { layers: 3, reconstruction: 'sample' });
    expect(info.layers[2].level).toBeGreaterThan(0);
  });
});

describe('alpha and metadata', () => {
  const rgba = (channels: 2 | 4): RawImage => {
    const colours = channels - 1;
    const data = Uint8Array.from({ length: 40 * 32 * channels }, (_, i) =>
      i % channels === colours ? (i * 7) % 256 : picture.data[Math.floor(i / channels) * 3 + (i % channels)],
    );
    return { data, width: 40, height: 32, channels };
  };

  test.each([2, 4] as const)('alpha of %d channels comes back exactly, from every prefix', async (channels) => {
    const image = rgba(channels);
    const { data, info } = await encode(image, { endSigma: 0.3, beamWidth: 8 });
    expect(info.channels).toBe(channels);
    expect(inspect(data).channels).toBe(channels);
    const alphaOf = (pixels: Uint8Array | Uint8ClampedArray): number[] =>
      [...pixels].filter((_, i) => i % channels === channels - 1);
    for (const layers of [0, info.layers.length]) {
      const decoded = await decode(data, { layers });
      expect(decoded.info.channels).toBe(channels);
      expect(alphaOf(decoded.data)).toEqual(alphaOf(image.data));
    }
  });

  test('an alpha that is opaque everywhere costs nothing', async () => {
    const image = rgba(4);
    const opaque = { ...image, data: new Uint8Array(image.data).map((v, i) => (i % 4 === 3 ? 255 : v)) };
    const { info } = await encode(opaque, { endSigma: 0.5, beamWidth: 8 });
    expect(info).toMatchObject({ channels: 3, headerBytes: inspect(stream).headerBytes });
  });

  test('metadata comes back byte for byte', async () => {
    const metadata = {
      icc: Uint8Array.of(1, 2, 3),
      exif: new Uint8Array(5000).fill(7),
      xmp: new TextEncoder().encode('<x/>'),
    };
    const { data } = await encode({ ...picture, metadata }, { endSigma: 0.5, beamWidth: 8 });
    expect((await decode(data)).metadata).toEqual(metadata);
    expect((await decode(stream)).metadata).toEqual({});
  });

  test('a damaged chunk is corrupt', async () => {
    const metadata = { icc: new Uint8Array(100).map((_, i) => i) };
    const { data } = await encode({ ...picture, metadata }, { endSigma: 0.5, beamWidth: 8 });
    for (let at = inspect(stream).headerBytes + 3; at < inspect(data).headerBytes - 1; at += 5) {
      await expect(decode(data.with(at, data[at] ^ 4))).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    }
  });
});

describe('encodeStream and decodeStream', () => {
  test('work as links of a pipeline', async () => {
    const file = await writeImage(picture, 'png');
    const out = Readable.from([file.subarray(0, 50), file.subarray(50)])
      .pipe(encodeStream({ bytes: 250, beamWidth: 16 }))
      .pipe(decodeStream());
    const decoded = await readImage(await buffer(out), { source: 'out' });
    expect(new Uint8Array(decoded.data)).toEqual((await decode(stream)).data);
  });

  test('pass errors on to the pipeline', async () => {
    await expect(buffer(Readable.from([Buffer.from('no image')]).pipe(encodeStream()))).rejects.toMatchObject({
      code: 'ERR_DDPM_INPUT',
    });
  });

  test.each([
    ['text', '"text"'],
    [5, '5'],
    [new ArrayBuffer(5), 'ArrayBuffer'],
  ])('a chunk that is no bytes is a TypeError: %s', async (chunk, got) => {
    for (const link of [encodeStream(), decodeStream()]) {
      const running = pipeline(Readable.from([chunk]), link, new PassThrough());
      await expect(running).rejects.toThrow(new TypeError(`"chunk" expected Uint8Array, got ${got}`));
    }
  });
});

describe('a pipeline that is aborted', () => {
  /** Runs a pipeline until its first report and aborts it; returns the reports that come after it rejected. */
  async function reportsAfterAbort(
    link: (onProgress: () => void) => NodeJS.ReadWriteStream,
    input: Uint8Array,
    how: 'signal' | 'destroy',
  ): Promise<number> {
    const abort = new AbortController();
    let reports = 0;
    const stage = link(() => {
      if (++reports !== 2) return;
      if (how === 'signal') abort.abort();
      else (stage as PassThrough).destroy(new Error('gone'));
    });
    const running = pipeline(Readable.from([input]), stage, new PassThrough(), { signal: abort.signal });
    await expect(running).rejects.toThrow(how === 'signal' ? /abort/i : 'gone');
    const seen = reports;
    await wait(500);
    return reports - seen;
  }

  test.each(['signal', 'destroy'] as const)('encoder and decoder stop: %s', async (how) => {
    const large = await kodakCrop(160, 160);
    const file = await writeImage(large, 'png');
    const settings = { effort: 1, endSigma: 0.1 } as const;
    const coded = (await encode(large, settings)).data;
    expect(await reportsAfterAbort((onProgress) => encodeStream({ ...settings, onProgress }), file, how)).toBe(0);
    expect(await reportsAfterAbort((onProgress) => decodeStream({ onProgress }), coded, how)).toBe(0);
  });

  test('a signal of the options stops the work, too', async () => {
    const file = await writeImage(picture, 'png');
    const abort = new AbortController();
    const onProgress = (): void => abort.abort(new Error('enough'));
    const link = encodeStream({ signal: abort.signal, onProgress });
    await expect(pipeline(Readable.from([file]), link, new PassThrough())).rejects.toThrow('enough');
  });

  test('a picture that the format cannot hold is refused before it is decoded', async () => {
    const alpha = { data: new Uint8Array(16 * 16 * 4), width: 16, height: 16, channels: 4 } as const;
    const { data } = await encode(alpha, { effort: 1, endSigma: 1 });
    const onProgress = (): never => {
      throw new Error('decoded');
    };
    const running = buffer(Readable.from([data]).pipe(decodeStream({ format: 'jpeg', onProgress })));
    await expect(running).rejects.toThrow(/^cannot write the picture: the picture has an alpha channel/);
    expect(() => decodeStream({ format: 'gif' as 'png' })).toThrow(/^"format" expected one of png, /);
  });
});

/** The built package: worker threads run compiled code. */
async function builtCodec(threads: number): ReturnType<typeof createCodec> {
  const built = (await import('ddpm-codec')) as unknown as { createCodec: typeof createCodec };
  return built.createCodec({ threads });
}

describe('createCodec', () => {
  test('gives the bytes that encode gives, whatever the number of threads', async () => {
    const pictures = [picture, await kodakCrop(17, 9), await kodakCrop(24, 24, 1)];
    const expected = await Promise.all(pictures.map((p) => encode(p, { endSigma: 0.2, beamWidth: 8 })));
    for (const threads of [1, 2]) {
      const codec = await builtCodec(threads);
      try {
        const steps: number[] = [];
        const onProgress = ({ step }: { step: number }): void => void steps.push(step);
        const coded = await Promise.all(
          pictures.map((p) => codec.encode(p, { endSigma: 0.2, beamWidth: 8, onProgress })),
        );
        expect(coded.map(({ data }) => data)).toEqual(expected.map(({ data }) => data));
        expect(Math.max(...steps)).toBe(Math.max(...expected.map(({ info }) => info.layers.length)));
        const decoded = await codec.decode(coded[0].data);
        expect(decoded.data).toEqual((await decode(coded[0].data)).data);
      } finally {
        await codec.close();
      }
    }
  });

  test('after an abort no more work is done, and the threads are free', async () => {
    const codec = await builtCodec(2);
    try {
      const large = await kodakCrop(256, 192);
      const abort = new AbortController();
      let reports = 0;
      const onProgress = (): void => {
        if (++reports === 1) abort.abort(new Error('enough'));
      };
      await expect(codec.encode(large, { effort: 1, signal: abort.signal, onProgress })).rejects.toThrow('enough');
      expect((await codec.decode(stream)).data).toEqual((await decode(stream)).data);
      await codec.close(); // waits for what still runs
      expect(reports).toBe(1);
    } finally {
      await codec.close();
    }
  });

  test('passes errors with their codes, and aborts', async () => {
    const codec = await builtCodec(1);
    try {
      const failure = await codec.encode(picture, { bytes: 2 }).catch((error: DdpmError) => error);
      expect(failure).toMatchObject({ name: 'DdpmError', code: 'ERR_DDPM_TARGET' });
      await expect(codec.encode(picture, { effort: 10 })).rejects.toThrow(RangeError);
      const abort = new AbortController();
      const running = codec.encode(picture, { effort: 9, signal: abort.signal });
      setTimeout(() => abort.abort(new Error('enough')), 30);
      await expect(running).rejects.toThrow('enough');
      expect((await codec.decode(stream)).data).toEqual((await decode(stream)).data);
    } finally {
      await codec.close();
    }
  });
});
