/** Parts of layers: what the first bits of a layer bring. */
import { beforeAll, describe, expect, test } from 'vitest';
import { compareImages, type Decoded, decode, decodeProgressive, encode, inspect } from '../../../src/entry/index.ts';
import type { RawImage } from '../../../src/image/raw-image.ts';
import { kodakCrop } from '../../support/pictures.ts';

/** PSNR in dB of a decoded picture. */
function psnrOf(
  { data, info }: Pick<Decoded, 'data'> & { info: Pick<Decoded['info'], 'width' | 'height' | 'channels'> },
  image: RawImage,
): number {
  const { width, height, channels } = info;
  return compareImages({ data, width, height, channels }, image).psnr;
}

describe.each([
  { name: 'one tile, with a pyramid', width: 96, height: 80 },
  { name: 'two tiles', width: 272, height: 64 },
  { name: 'several tiles with checksums', width: 272, height: 264 },
])('$name', ({ width, height }) => {
  let image: RawImage;
  let data: Uint8Array;
  let ends: number[];

  beforeAll(async () => {
    image = await kodakCrop(width, height);
    ({ data } = await encode(image, { effort: 1, endSigma: 0.1 }));
    ends = inspect(data).layers.map(({ cumulativeBytes }) => cumulativeBytes);
  });

  test('half of the bits of a layer bring about half of the decibels, and three quarters more', async () => {
    for (const layer of [ends.length - 2, ends.length - 1]) {
      const [from, to] = [ends[layer - 1], ends[layer]];
      const at = async (share: number): Promise<number> =>
        psnrOf(await decode(data.subarray(0, Math.round(from + share * (to - from)))), image);
      const [before, quarter, half, most, after] = [
        psnrOf(await decode(data, { layers: layer }), image),
        await at(0.25),
        await at(0.5),
        await at(0.75),
        psnrOf(await decode(data, { layers: layer + 1 }), image),
      ];
      const gain = after - before;
      expect(gain).toBeGreaterThan(1);
      expect(quarter).toBeGreaterThan(before + 0.08 * gain);
      expect(half).toBeGreaterThan(before + 0.3 * gain);
      expect(most).toBeGreaterThan(half + 0.1 * gain);
      expect(after).toBeGreaterThan(most);
    }
  });

  test('all code bits without the checksums give the picture of the layer', async () => {
    const tiles = Math.ceil(width / 256) * Math.ceil(height / 256);
    const checksumBytes = width * height >= 128 * 128 ? 2 * tiles : 0;
    const prefix = data.subarray(0, data.length - checksumBytes);
    const { data: picture, info } = await decode(prefix);
    const whole = await decode(data);
    if (checksumBytes === 0) expect(info.partialLayer).toBeNull();
    else expect(info.partialLayer?.bits).toBeGreaterThan((info.partialLayer?.bitsTotal ?? 0) - 8);
    expect(psnrOf({ data: picture, info }, { data: whole.data, width, height, channels: 3 })).toBeGreaterThan(60);
  });

  test('no tile is far ahead of the others', async () => {
    const cut = Math.round((ends[ends.length - 2] + ends[ends.length - 1]) / 2);
    const { data: picture } = await decode(data.subarray(0, cut));
    const { data: before } = await decode(data, { layers: ends.length - 1 });
    /** Mean squared change of a part of the picture. */
    const change = (x0: number, x1: number): number => {
      let sum = 0;
      for (let y = 0; y < height; y++) {
        for (let at = (y * width + x0) * 3; at < (y * width + x1) * 3; at++) sum += (picture[at] - before[at]) ** 2;
      }
      return sum / (height * (x1 - x0) * 3);
    };
    const [left, right] = [change(0, width / 2), change(width / 2, width)];
    expect(Math.min(left, right)).toBeGreaterThan(0.15 * Math.max(left, right));
  });
});

describe('a sample of a part of a layer', () => {
  test('has more texture and less PSNR than the mean, and depends on its seed', async () => {
    const image = await kodakCrop(64, 64);
    const { data } = await encode(image, { effort: 1, endSigma: 0.1 });
    const [from, to] = inspect(data)
      .layers.slice(-3)
      .map(({ cumulativeBytes }) => cumulativeBytes);
    const prefix = data.subarray(0, Math.round(0.1 * from + 0.9 * to));
    const mean = await decode(prefix);
    const sample = await decode(prefix, { reconstruction: 'sample' });
    expect(mean.info.partialLayer).not.toBeNull();
    expect(sample.info.partialLayer).toEqual(mean.info.partialLayer);
    expect(psnrOf(sample, image)).toBeLessThan(psnrOf(mean, image) - 0.5);
    expect((await decode(prefix, { reconstruction: 'sample' })).data).toEqual(sample.data);
    expect((await decode(prefix, { reconstruction: 'sample', reconstructionSeed: 1 })).data).not.toEqual(sample.data);
    // It fits what is known of the layer: it is nearer to the picture than a sample without the part.
    const without = await decode(data, { layers: inspect(prefix).layers.length, reconstruction: 'sample' });
    expect(psnrOf(sample, image)).toBeGreaterThan(psnrOf(without, image));
  });
});

describe('decodeProgressive', () => {
  let image: RawImage;
  let data: Uint8Array;

  beforeAll(async () => {
    image = await kodakCrop(64, 64);
    ({ data } = await encode(image, { effort: 1, endSigma: 0.1 }));
  });

  /** Chunks that come one at a time, whenever the last one has been shown. */
  async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, void> {
    for (let at = 0; at < bytes.length; at += size) {
      yield bytes.subarray(at, at + size);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  test('after layers: the last frame of a cut stream is what decode shows', async () => {
    const prefix = data.subarray(0, Math.round(data.length * 0.9));
    const frames = [];
    for await (const frame of decodeProgressive(pieces(prefix, 100))) frames.push(frame);
    const { data: expected, info } = await decode(prefix);
    expect(frames.at(-1)?.data).toEqual(expected);
    expect(frames.at(-1)?.info).toMatchObject({ complete: false, partialLayer: info.partialLayer, bytes: info.bytes });
    expect(frames).toHaveLength(info.layers.length + 1);
  });

  test('every so many bytes: frames within layers, each what decode shows of its bytes', async () => {
    const frames = [];
    for await (const frame of decodeProgressive(pieces(data, 20), { everyBytes: 20 })) frames.push(frame);
    expect(frames.some(({ info }) => info.partialLayer)).toBe(true);
    for (const [i, { data: picture, info }] of frames.entries()) {
      expect(picture).toEqual((await decode(data, { bytes: info.bytes })).data);
      if (i > 0) expect(info.bytes).toBeGreaterThan(frames[i - 1].info.bytes);
    }
    expect(frames.at(-1)?.info).toMatchObject({ complete: true, bytes: data.length });
  });

  test('bytes that are there at once give one frame of the newest state', async () => {
    const frames = [];
    for await (const frame of decodeProgressive([data] as never, { everyBytes: 1 })) frames.push(frame);
    expect(frames.map(({ info }) => info.complete)).toEqual([true]);
  });

  test('everyMs: shows what is new, not more often', async () => {
    const times: number[] = [];
    const frames = [];
    for await (const frame of decodeProgressive(pieces(data, 40), { everyMs: 100 })) {
      times.push(performance.now());
      frames.push(frame);
    }
    // Timers may come a little early; the last frame comes with the last bytes.
    for (let i = 1; i < times.length - 1; i++) expect(times[i] - times[i - 1]).toBeGreaterThan(95);
    expect(frames.at(-1)?.info).toMatchObject({ complete: true });
    expect(frames.at(-1)?.data).toEqual((await decode(data)).data);
  });

  test('failOn: a truncated stream, bytes behind the end, damage', async () => {
    const all = async (bytes: Uint8Array, failOn: 'none' | 'error' | 'truncated'): Promise<number> => {
      let count = 0;
      for await (const _ of decodeProgressive([bytes] as never, { failOn })) count++;
      return count;
    };
    const layers = inspect(data).layers.length;
    const prefix = data.subarray(0, data.length - 1);
    expect(await all(prefix, 'error')).toBe(layers);
    await expect(all(prefix, 'truncated')).rejects.toMatchObject({ code: 'ERR_DDPM_TRUNCATED' });
    const longer = Uint8Array.of(...data, 1);
    expect(await all(longer, 'error')).toBe(layers);
    await expect(all(longer, 'truncated')).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    const { data: lossless } = await encode(await kodakCrop(16, 8), { lossless: true });
    lossless[lossless.length - 2] ^= 1;
    await expect(all(lossless, 'error')).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    expect(await all(lossless, 'none')).toBe(inspect(lossless).layers.length);
  });

  test('reconstruction: samples', async () => {
    const source = pieces(data.subarray(0, 300), 1000);
    const frames = [];
    for await (const frame of decodeProgressive(source, { reconstruction: 'sample', everyBytes: 1000 }))
      frames.push(frame);
    expect(frames.at(-1)?.data).toEqual((await decode(data.subarray(0, 300), { reconstruction: 'sample' })).data);
  });

  test.each([
    [{ everyBytes: 0 }, /"everyBytes" expected/],
    [{ everyMs: -1 }, /"everyMs" expected/],
    [{ failOn: 'never' }, /"failOn" expected/],
  ])('%j is refused', async (options, message) => {
    await expect(decodeProgressive([data] as never, options as never).next()).rejects.toThrow(message);
  });
});

describe('decodeProgressive of a reduced size', () => {
  test('each frame is what decode gives, and the rest of the source is not read', async () => {
    const { data } = await encode(await kodakCrop(160, 128), { effort: 1, endSigma: 0.1 });
    const box = { maxWidth: 40, maxHeight: 40 };
    let taken = 0;
    const source = (async function* () {
      for (let at = 0; at < data.length; at += 25) {
        taken = at + 25;
        yield data.subarray(at, at + 25);
      }
    })();
    const frames = [];
    for await (const frame of decodeProgressive(source, box)) frames.push(frame);
    const { data: picture, info } = await decode(data, box);
    expect(frames.at(-1)?.data).toEqual(picture);
    expect(frames.at(-1)?.info).toMatchObject({ width: 40, height: 32, complete: true, bytes: info.bytes });
    expect(frames).toHaveLength(info.layers.length);
    expect(taken).toBeLessThan(info.bytes + 26);
    const cut = data.subarray(0, info.bytes - 3);
    const last = [];
    for await (const frame of decodeProgressive([cut] as never, { ...box, everyMs: 0 })) last.push(frame);
    expect(last.at(-1)?.data).toEqual((await decode(cut, box)).data);
    expect(last.at(-1)?.info.complete).toBe(false);
  });
});
