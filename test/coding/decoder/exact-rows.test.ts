/** A lossless file that ends within its tail, or arrives slowly: exact rows above, the picture of the layers below. */
import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { crc32 } from '../../../src/base/crc.ts';
import {
  type Decoded,
  type DecodeOptions,
  decode,
  decodeProgressive,
  encode,
  type Frame,
  inspect,
  type ProgressiveOptions,
  type RawImage,
} from '../../../src/entry/index.ts';
import { FLAG, MORE, putTogether, takeApart } from '../../fuzz/raw-stream.ts';
import { kodakCrop } from '../../support/pictures.ts';

/** With a pyramid level, and a file whose tail starts where the state has come to the full size. */
let image: RawImage;
let file: Uint8Array;
/** The picture of the layers. */
let lossy: Uint8Array;
/** Offset of the message of the tail. */
let message: number;

beforeAll(async () => {
  image = await kodakCrop(72, 66);
  file = (await encode(image, { lossless: true, effort: 1 })).data;
  const { tail, layersTotal } = inspect(file);
  lossy = (await decode(file, { layers: layersTotal })).data;
  message = file.length - (tail?.bytes ?? 0) + 6;
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Turns of the event loop after which a decoder has done what bytes of a tail let it do. */
const TURNS = 30;

/** Frames of a file whose layers come at once, and whose tail in pieces, each when the decoder has done its work on those before. */
async function trickledFrames(bytes: Uint8Array, size: number, options: ProgressiveOptions): Promise<Frame[]> {
  let showLayers = (): void => {};
  const layersShown = new Promise<void>((resolve) => {
    showLayers = resolve;
  });
  async function* source(): AsyncGenerator<Uint8Array, void, void> {
    yield bytes.subarray(0, message);
    await layersShown;
    for await (const piece of pieces(bytes.subarray(message), size)) {
      yield piece;
      for (let turn = 0; turn < TURNS; turn++) await setImmediate();
    }
  }
  const frames: Frame[] = [];
  for await (const frame of decodeProgressive(source(), options)) {
    frames.push(frame);
    if (frame.info.layer === frame.info.layersTotal) showLayers();
  }
  return frames;
}

async function framesOf(source: AsyncIterable<Uint8Array>, options: ProgressiveOptions = {}): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of decodeProgressive(source, options)) frames.push(frame);
  return frames;
}

/** Exact rows above, others below. */
function joined(rows: number, below: Uint8Array = lossy): Uint8Array {
  const bytes = rows * image.width * image.channels;
  return Uint8Array.from([...image.data.subarray(0, bytes), ...below.subarray(bytes)]);
}

function expectSame(data: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(data, expected)).toBe(0);
}

test('the file is as these tests expect it', () => {
  expect(inspect(file)).toMatchObject({ lossless: true, tail: { sigma: 1 }, partialTail: null });
  expect(inspect(file).layers.at(-1)?.level).toBe(1);
});

describe('while the bytes trickle', () => {
  test('rows appear one after the other, each exact, above the picture of the layers', async () => {
    const frames = await trickledFrames(file, 30, { everyBytes: 1 });
    const withRows = frames.filter(({ info }) => info.exactRows > 0);
    expect(withRows.length).toBeGreaterThan(40);
    for (const { data, info } of withRows) {
      expect(info.layer).toBe(info.layersTotal);
      expectSame(data, joined(info.exactRows));
    }
    const rows = frames.map(({ info }) => info.exactRows);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    const bytes = frames.map((frame) => frame.info.bytes);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(frames.at(-1)?.info).toMatchObject({ lossless: true, complete: true, exactRows: 66, bytes: file.length });
    expect(frames.slice(0, -1).some(({ info }) => info.lossless || info.complete)).toBe(false);
  });

  test('the bytes that a frame is said to take give its rows', async () => {
    const frames = await trickledFrames(file, 200, { everyBytes: 1 });
    const some = frames.filter(({ info }) => info.exactRows > 0 && !info.lossless).slice(0, 4);
    expect(some.length).toBeGreaterThan(2);
    for (const { data, info } of some) {
      const cut = await decode(file.subarray(0, info.bytes));
      expect(cut.info.exactRows).toBe(info.exactRows);
      expectSame(cut.data, data);
    }
  });

  test('without a pace there is a frame after each layer, and rows only from time to time', async () => {
    const frames = await framesOf(pieces(file, 64));
    const { layersTotal } = inspect(file);
    const ofLayers = frames.filter(({ info }) => info.exactRows === 0);
    expect(ofLayers.map(({ info }) => info.layer)).toEqual(Array.from({ length: layersTotal }, (_, i) => i + 1));
    for (const { data, info } of frames.slice(layersTotal)) expectSame(data, joined(info.exactRows));
    expect(frames.at(-1)?.info.lossless).toBe(true);
  });

  test.each([{}, { everyMs: 100 }])('rows are shown though no more bytes come, %j', async (options) => {
    let shown = (): void => {};
    const hasRows = new Promise<void>((resolve) => {
      shown = resolve;
    });
    const middle = Math.floor((message + file.length) / 2);
    async function* stalling(): AsyncGenerator<Uint8Array, void, void> {
      yield file.subarray(0, middle);
      await hasRows;
      yield file.subarray(middle);
    }
    const frames: Frame[] = [];
    for await (const frame of decodeProgressive(stalling(), options)) {
      frames.push(frame);
      if (frame.info.exactRows > 0) shown();
    }
    const part = frames.find(({ info }) => info.exactRows > 0);
    expect(part?.info.lossless).toBe(false);
    expectSame(part?.data ?? new Uint8Array(0), joined(part?.info.exactRows ?? 0));
    expect(frames.at(-1)?.info.lossless).toBe(true);
  });

  test('a consumer that has seen enough ends a source that stalls', async () => {
    async function* stalling(): AsyncGenerator<Uint8Array, void, void> {
      yield file.subarray(0, Math.floor((message + file.length) / 2));
      await new Promise(() => {});
    }
    let rows = 0;
    for await (const { info } of decodeProgressive(stalling())) {
      rows = info.exactRows;
      if (rows > 0) break;
    }
    expect(rows).toBeGreaterThan(0);
  });

  test('a source that ends within the tail leaves the rows that it has brought', async () => {
    const cut = file.subarray(0, Math.floor((message + file.length) / 2));
    const last = (await framesOf(pieces(cut, 50))).at(-1);
    expect(last?.info).toMatchObject({ lossless: false, complete: false });
    expect(last?.info.exactRows).toBe((await decode(cut)).info.exactRows);
    expectSame(last?.data ?? new Uint8Array(0), joined(last?.info.exactRows ?? 0));
    await expect(framesOf(pieces(cut, 50), { failOn: 'truncated' })).rejects.toMatchObject({
      code: 'ERR_DDPM_TRUNCATED',
    });
  });

  test('a small picture is complete with its coarse layers, and no byte of the tail is read', async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<Uint8Array, void, void> {
      for await (const piece of pieces(file, 16)) {
        read += piece.length;
        yield piece;
      }
    }
    const last = (await framesOf(counted(), { maxWidth: 18 })).at(-1);
    expect(last?.info).toMatchObject({ width: 18, complete: true, exactRows: 0, lossless: false });
    expect(read).toBeLessThanOrEqual(message + 16);
    const { data, info } = await decode(file, { maxWidth: 18 });
    expect(info).toMatchObject({ truncated: false, exactRows: 0 });
    expectSame(data, last?.data ?? new Uint8Array(0));
  });
});

describe('cut within the tail', () => {
  const shares = [0, 0.001, 0.1, 0.3, 0.5, 0.77, 0.9, 0.99];

  test.each(shares)('at %f of it: exact rows above, layers below', async (share) => {
    const end = Math.ceil(message + share * (file.length - 1 - message));
    const { data, info } = await decode(file.subarray(0, end));
    expect(info).toMatchObject({ truncated: true, damage: null, lossless: false, bytes: end });
    expect(Math.abs(info.exactRows / 66 - share)).toBeLessThan(0.1);
    expectSame(data, joined(info.exactRows));
    const asked = await decode(file, { bytes: end });
    expect(asked.info).toMatchObject({ truncated: false, exactRows: info.exactRows });
    expectSame(asked.data, data);
    await expect(decode(file.subarray(0, end), { failOn: 'truncated' })).rejects.toMatchObject({
      code: 'ERR_DDPM_TRUNCATED',
    });
    const { partialTail } = inspect(file.subarray(0, end));
    expect(partialTail).toEqual({ bytes: end - message + 6, bytesTotal: file.length - message + 6, sigma: 1 });
  });

  test('one byte short: all rows but a few', async () => {
    const { info } = await decode(file.subarray(0, -1));
    expect(info.exactRows).toBeGreaterThanOrEqual(64);
  });

  test('before its message: the picture of the layers', async () => {
    for (const end of [message - 6, message - 2]) {
      const { data, info } = await decode(file.subarray(0, end));
      expect(info).toMatchObject({ truncated: true, exactRows: 0 });
      expectSame(data, lossy);
    }
  });

  test('below the rows may be a sample', async () => {
    const options: DecodeOptions = { reconstruction: 'sample', reconstructionSeed: 3 };
    const sample = await decode(file, { ...options, layers: inspect(file).layersTotal });
    const { data, info } = await decode(file.subarray(0, Math.floor((message + file.length) / 2)), options);
    expect(info.exactRows).toBeGreaterThan(20);
    expectSame(data, joined(info.exactRows, sample.data));
  });

  test('of a smaller picture of the full size', async () => {
    const size = { maxWidth: 50 };
    const [whole, cut, layers]: Decoded[] = [
      await decode(file, size),
      await decode(file.subarray(0, Math.floor((message + file.length) / 2)), size),
      await decode(file, { ...size, layers: inspect(file).layersTotal }),
    ];
    const rows = Math.floor((cut.info.exactRows * 50) / 72) * 50 * 3;
    expect(rows).toBeGreaterThan(0);
    expectSame(cut.data.subarray(0, rows), whole.data.subarray(0, rows));
    const differ = cut.data
      .subarray(rows + 300)
      .filter((value, i) => Math.abs(value - layers.data[rows + 300 + i]) > 1);
    expect(differ).toHaveLength(0);
  });

  test('with alpha, which is exact anyway', async () => {
    const data = Uint8Array.from({ length: 40 * 30 * 4 }, (_, i) => ((i * 7) % 251) ^ (i >> 6));
    const picture: RawImage = { data, width: 40, height: 30, channels: 4 };
    const coded = (await encode(picture, { lossless: true, effort: 1 })).data;
    const cut = await decode(coded.subarray(0, coded.length - 900));
    expect(cut.info.exactRows).toBeGreaterThan(0);
    const bytes = cut.info.exactRows * 40 * 4;
    expectSame(cut.data.subarray(0, bytes), data.subarray(0, bytes));
  });
});

describe('a tail after layers that end at level 1', () => {
  /** A lossy file, with the pixels as its tail. */
  async function withPixels(endSigma: number): Promise<Uint8Array> {
    const raw = takeApart((await encode(image, { endSigma, effort: 1, index: false })).data);
    raw.flags |= FLAG.more;
    raw.more |= MORE.tail;
    const data = Uint8Array.from(image.data);
    const crc = crc32(data);
    const checksum = Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24);
    raw.tail = { claimed: data.length, checksum, data };
    return putTogether(raw);
  }

  test('follows where the state comes to the full size', async () => {
    const { data, info } = await decode(await withPixels(1));
    expect(info).toMatchObject({ lossless: true, exactRows: 66 });
    expect(info.layers.at(-1)?.level).toBe(1);
    expectSame(data, joined(66));
  });

  test('is damage where they end before that', async () => {
    const bytes = await withPixels(1.5);
    expect(inspect(bytes)).toMatchObject({
      damage: expect.stringMatching(/^tail at byte \d+: the layers end at pyramid level 1, before the full size$/),
      tail: null,
    });
    await expect(decode(bytes)).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    expect((await decode(bytes, { failOn: 'none' })).info).toMatchObject({ lossless: false, exactRows: 0 });
  });
});

describe('damaged in the tail', () => {
  function damaged(): Uint8Array {
    const bytes = file.slice();
    bytes[Math.floor((message + file.length) / 2)] ^= 4;
    return bytes;
  }

  test('no row is called exact once the checksum is known not to match', async () => {
    await expect(decode(damaged())).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    const { data, info } = await decode(damaged(), { failOn: 'none' });
    expect(info).toMatchObject({ lossless: false, exactRows: 0, damage: expect.stringMatching(/damaged tail/) });
    expectSame(data, lossy);
  });

  test('frames end with the picture of the layers, or an error', async () => {
    const frames = await trickledFrames(damaged(), 100, { everyBytes: 1, failOn: 'none' });
    expect(frames.some(({ info }) => info.exactRows > 30)).toBe(true);
    expect(frames.at(-1)?.info).toMatchObject({ exactRows: 0, lossless: false, complete: false });
    expectSame(frames.at(-1)?.data ?? new Uint8Array(0), lossy);
    await expect(framesOf(pieces(damaged(), 100))).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
  });
});
