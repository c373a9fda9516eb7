import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { CHUNK } from '../../src/codec/format/chunks.ts';
import { varint } from '../../src/codec/format/fields.ts';
import { bytesFor, decode, type Encoded, encode, inspect, type RawImage, truncate } from '../../src/entry/index.ts';
import { distortion } from '../../src/image/distortion.ts';
import { makeCorpus } from '../fuzz/corpus.ts';
import { putTogether, takeApart } from '../fuzz/raw-stream.ts';
import { measured } from '../support/measured.ts';
import { kodakCrop, noisePicture, withAlpha } from '../support/pictures.ts';

const FAST = { effort: 1, beamWidth: 8 } as const;

describe('a file with an index', () => {
  let image: RawImage;
  let file: Encoded;
  beforeAll(async () => {
    const icc = Uint8Array.from({ length: 3000 }, (_, i) => (i * i * 31) >> 5);
    image = { ...(await kodakCrop(80, 64)), metadata: { icc } };
    file = await encode(image, { ...FAST, endSigma: 0.2, reportPsnr: true });
  });

  test('tells of every layer what encode reported, the PSNR rounded down to a quarter', () => {
    const { layers, bytes, headerBytes } = file.info;
    const { index, warnings, headerBytes: found } = inspect(file.data);
    expect([warnings, found, bytes]).toEqual([[], headerBytes, file.data.length]);
    expect(index).toEqual(
      layers.map(({ layer, cumulativeBytes, psnr }) => ({
        layer,
        bytes: cumulativeBytes,
        psnr: Math.floor(measured(psnr) * 4) / 4,
      })),
    );
  });

  test('is listed by its first 200 bytes, though an ICC profile is longer; they cannot be decoded', async () => {
    const first = file.data.subarray(0, 200);
    const info = inspect(first);
    expect(info.index).toEqual(inspect(file.data).index);
    expect(info).toMatchObject({ headerBytes: file.info.headerBytes, bytes: 200, layers: [], truncated: true });
    expect(info.headerBytes).toBeGreaterThan(200);
    await expect(decode(first)).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
  });

  test('keeps what it promises: one request by it gives the PSNR', async () => {
    const info = inspect(file.data.subarray(0, 200));
    const { psnr: known, bytes } = info.index?.[2] ?? expect.fail('a third layer');
    const psnr = measured(known);
    const length = bytesFor(info, { psnr: psnr - 0.5 });
    expect(length).toBe(bytes);
    expect(truncate(file.data, { psnr: psnr - 0.5 })).toHaveLength(length);
    const { data, info: decoded } = await decode(file.data.subarray(0, length));
    expect(decoded.layers).toHaveLength(3);
    expect(distortion(data, image.data).psnr).toBeGreaterThanOrEqual(psnr);
  });

  test('takes some two bytes a layer; without it the file is the same but for them', async () => {
    const without = await encode(image, { ...FAST, endSigma: 0.2, index: false });
    const { layers } = file.info;
    expect(inspect(without.data).index).toBeNull();
    expect(file.data.length - without.data.length).toBeLessThanOrEqual(6 + 2 + 3 * layers.length);
    expect(file.data.subarray(file.info.headerBytes)).toEqual(without.data.subarray(without.info.headerBytes));
  });
});

describe('the option index', () => {
  test('is on by default above 64 * 64 pixels, and where 1000 bytes are allowed', async () => {
    const has = async (width: number, height: number, index?: boolean): Promise<boolean> => {
      const options = { ...FAST, endSigma: 4, ...(index !== undefined && { index }) };
      return inspect((await encode(await kodakCrop(width, height), options)).data).index !== null;
    };
    expect(await has(64, 64)).toBe(false);
    expect(await has(65, 64)).toBe(true);
    expect(await has(65, 64, false)).toBe(false);
    expect(await has(8, 8, true)).toBe(true);
    const image = await kodakCrop(65, 64);
    for (const [options, expected] of [
      [{ bytes: 999 }, false],
      [{ bytes: 1000 }, true],
      [{ bpp: 1.9 }, false],
      [{ bpp: 2 }, true],
    ] as const) {
      expect(inspect((await encode(image, { beamWidth: 1, ...options })).data).index !== null).toBe(expected);
    }
    await expect(encode(noisePicture(4, 4, 3), { index: 1 as never })).rejects.toThrow(
      '"index" expected true or false',
    );
  });

  test.each(['trellis', 'dithered'] as const)(
    'counts in a limit of bytes, which is kept and used: %s',
    async (transport) => {
      const image = await kodakCrop(32, 32);
      const how = transport === 'trellis' ? { beamWidth: 8 } : { transport };
      for (const bytes of [90, 200, 300, 401]) {
        const { data, info } = await encode(image, { ...how, bytes, index: true });
        expect(data.length).toBeLessThanOrEqual(bytes);
        expect(data.length).toBeGreaterThanOrEqual(Math.floor(bytes * 0.97));
        expect(info.bytes).toBe(data.length);
        expect(inspect(data)).toMatchObject({ warnings: [], headerBytes: info.headerBytes });
      }
    },
  );

  test('a size below the smallest file with it names one that can be asked for', async () => {
    const image = await kodakCrop(32, 32);
    const error = await encode(image, { beamWidth: 8, bytes: 12, index: true }).then(
      () => expect.fail('expected an error'),
      (reason: Error) => reason,
    );
    const least = Number(/the nearest is (\d+) bytes; fewer without the index$/.exec(error.message)?.[1]);
    expect((await encode(image, { beamWidth: 8, bytes: least, index: true })).data.length).toBeLessThanOrEqual(least);
    expect((await encode(image, { beamWidth: 8, bytes: least - 5, index: false })).data.length).toBeLessThan(least);
  });

  test('no file with it is larger than its pixels by more than 2 % and 64 bytes', async () => {
    const image = noisePicture(24, 24, 3);
    const { data } = await encode(image, { beamWidth: 8, endSigma: 0.01, index: true });
    expect(data.length).toBeLessThanOrEqual(Math.floor(1.02 * image.data.length) + 64);
    expect(inspect(data)).toMatchObject({ lossless: true, warnings: [] });
    expect(inspect(data).index?.at(-1)).toEqual({ layer: 1, bytes: data.length, psnr: Number.POSITIVE_INFINITY });
  });

  test('counts the pixels that can be seen, and is exact where none can', async () => {
    const photo = await kodakCrop(24, 24);
    const half = await encode(
      withAlpha(photo, (x) => (x < 12 ? 255 : 0)),
      { ...FAST, endSigma: 0.3, index: true, reportPsnr: true },
    );
    expect(inspect(half.data).index?.at(-1)?.psnr).toBe(Math.floor(measured(half.info.psnr) * 4) / 4);
    const hidden = await encode(
      withAlpha(photo, () => 0),
      { ...FAST, endSigma: 4, index: true },
    );
    expect(inspect(hidden.data).index?.map(({ psnr }) => psnr)).toContain(Number.POSITIVE_INFINITY);
  });
});

describe('an index that is wrong', () => {
  let bytes: Uint8Array;
  let layers: number;
  beforeAll(async () => {
    bytes = (await makeCorpus()).find(({ name }) => name === 'index')?.bytes ?? expect.fail('index');
    layers = inspect(bytes).layersTotal;
  });

  /** The stream with other data in the chunk of the index, and a valid checksum. */
  function withData(data: Uint8Array): Uint8Array {
    const raw = takeApart(bytes);
    for (const chunk of raw.chunks) if (chunk.type === CHUNK.index) chunk.data = data;
    return putTogether(raw);
  }

  test('in its length is ignored, with a line; the picture is the same', async () => {
    const short = withData(Uint8Array.of(30, 1, 2));
    const line = `index ignored: its 3 bytes do not list ${layers} layers`;
    expect(inspect(short)).toMatchObject({ index: null, warnings: [line], damage: null, truncated: false });
    expect(inspect(short).layers).toHaveLength(layers);
    for (const cut of [() => truncate(short, { psnr: 20 }), () => bytesFor(inspect(short), { psnr: 20 })]) {
      expect(cut).toThrow(expect.objectContaining({ code: 'ERR_DDPM_TARGET', message: expect.stringContaining(line) }));
    }
    expect((await decode(short)).data).toEqual((await decode(bytes)).data);
  });

  test('in what it says of layers is told of; they are cut where they end', () => {
    const { headerBytes, layers: real } = inspect(bytes);
    const huge = varint(2 ** 34);
    const claims = Uint8Array.from([headerBytes, ...real.flatMap(() => [...huge, 100])]);
    const wrong = withData(
      Uint8Array.from([...varint(headerBytes + claims.length - real.length), ...claims.subarray(1)]),
    );
    const info = inspect(wrong);
    expect(info.warnings).toEqual([
      expect.stringMatching(/^wrong index: (the header|layer 1) ends at byte \d+, the index says \d+$/),
    ]);
    expect(info.index?.at(-1)?.bytes).toBeGreaterThan(2 ** 34);
    expect(truncate(wrong, { psnr: 25 })).toHaveLength(info.layers[0].cumulativeBytes);
  });

  test('in any way does no harm', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(400),
        fc.integer({ min: 0, max: 100 }),
        (data, length, psnr) => {
          const stream = withData(data);
          const prefix = stream.subarray(0, length);
          for (const part of [stream, prefix]) {
            for (const call of [
              () => inspect(part),
              () => truncate(part, { psnr }),
              () => bytesFor(inspect(part), { psnr }),
            ]) {
              try {
                call();
              } catch (error) {
                expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_DDPM_(TARGET|CORRUPT)$/) });
              }
            }
          }
          expect(inspect(stream).layers).toHaveLength(layers);
        },
      ),
    );
  });

  test('in its checksum is a damaged chunk, as of any type', () => {
    const raw = takeApart(bytes);
    raw.chunks[0].damage = 1;
    expect(() => inspect(putTogether(raw))).toThrow(expect.objectContaining({ code: 'ERR_DDPM_CORRUPT' }));
  });
});

describe('bytesFor', () => {
  const index = [
    { layer: 1, bytes: 100, psnr: 20 },
    { layer: 2, bytes: 300, psnr: 27.5 },
    { layer: 2, bytes: 900, psnr: Number.POSITIVE_INFINITY },
  ];
  const info = { index, warnings: [] };

  test('finds the shortest prefix', () => {
    expect([0, 20, 20.25, 27.5, 28, 100].map((psnr) => bytesFor(info, { psnr }))).toEqual([
      100, 100, 300, 300, 900, 900,
    ]);
    expect([1, 2].map((layers) => bytesFor(info, { layers }))).toEqual([100, 300]);
  });

  test('refuses what it does not have', () => {
    const lossy = { index: index.slice(0, 2), warnings: [] };
    const refused = (message: string): unknown => expect.objectContaining({ code: 'ERR_DDPM_TARGET', message });
    expect(() => bytesFor(lossy, { psnr: 28 })).toThrow(
      refused('target of 28 dB cannot be reached; the nearest is 27.5 dB, of 300 bytes'),
    );
    expect(() => bytesFor({ index: null, warnings: [] }, { layers: 3 })).toThrow(
      refused(
        'target of layer 3 cannot be found: the stream has no index; encode it with an index, or cut at bytes or layers',
      ),
    );
    expect(() => bytesFor(info, {})).toThrow(new TypeError('"aim" expected one of psnr and layers'));
    expect(() => bytesFor(info, { psnr: 3, layers: 1 })).toThrow(TypeError);
    expect(() => bytesFor(info, { layers: 3 })).toThrow(/^"layers" expected integer 1..2, got 3$/);
  });
});
