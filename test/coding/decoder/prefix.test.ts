import { beforeAll, describe, expect, test } from 'vitest';
import { decode, encode, inspect, truncate } from '../../../src/entry/index.ts';
import { gradientPicture, kodakCrop } from '../../support/pictures.ts';

describe('every prefix is a picture', () => {
  let data: Uint8Array;
  /** Pictures after 0, 1, ... layers. */
  let pictures: Uint8Array[];
  /** Ends of the layers, in whole bytes. */
  let ends: number[];
  let headerBytes: number;

  beforeAll(async () => {
    ({ data } = await encode(await kodakCrop(16, 8), { effort: 1, endSigma: 0.1 }));
    const info = inspect(data);
    headerBytes = info.headerBytes;
    ends = info.layers.map(({ cumulativeBytes }) => cumulativeBytes);
    pictures = [];
    for (let layers = 0; layers <= ends.length; layers++) pictures.push((await decode(data, { layers })).data);
  });

  test('the file is small, with several layers of different pictures', () => {
    expect(ends.length).toBeGreaterThan(4);
    expect(data.length).toBeLessThan(300);
    expect(new Set(pictures.map((picture) => picture.join())).size).toBeGreaterThan(4);
  });

  test('of any length beyond the header, and cut by an option', async () => {
    for (let length = headerBytes; length <= data.length; length++) {
      const fit = ends.filter((end) => end <= length).length;
      const prefix = data.subarray(0, length);
      expect(inspect(prefix)).toMatchObject({
        truncated: length < data.length,
        damage: null,
        layersTotal: ends.length,
        bytes: length,
      });
      expect(inspect(prefix).layers).toHaveLength(fit);
      const fromPrefix = await decode(prefix);
      const { partialLayer } = fromPrefix.info;
      if (!partialLayer) expect(fromPrefix.data, `${length} bytes`).toEqual(pictures[fit]);
      else expect(partialLayer).toMatchObject({ layer: fit + 1, bitsTotal: expect.any(Number) });
      expect(fromPrefix.info.layers).toHaveLength(fit);
      expect(fromPrefix.info).toMatchObject({ truncated: length < data.length, damage: null });
      const byOption = await decode(data, { bytes: length });
      expect(byOption.data, `bytes: ${length}`).toEqual(fromPrefix.data);
      expect(byOption.info).toMatchObject({ truncated: false, damage: null, partialLayer });
      const bytes = fit ? ends[fit - 1] : headerBytes;
      expect(byOption.info.bytes).toBe(partialLayer ? length : bytes);
      expect((await decode(data, { layers: fit })).data).toEqual(pictures[fit]);
    }
  });

  test('except those that end within the header', async () => {
    for (let length = 0; length < headerBytes; length++) {
      const prefix = data.subarray(0, length);
      expect(() => inspect(prefix)).toThrow(expect.objectContaining({ code: 'ERR_DDPM_CORRUPT' }));
      await expect(decode(prefix)).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    }
  });

  test('bpp cuts as its bytes do', async () => {
    for (const end of ends) {
      const bpp = (end * 8) / (16 * 8);
      expect((await decode(data, { bpp })).info.layers).toHaveLength(ends.filter((other) => other <= end).length);
      expect((await decode(data, { bpp: bpp - 0.01 })).info.layers).toHaveLength(
        ends.filter((other) => other < end).length,
      );
    }
  });

  test('a buffer that is a view into another is read correctly', async () => {
    const outer = new Uint8Array(data.length + 20).fill(0xdd);
    outer.set(data, 7);
    const inner = outer.subarray(7, 7 + data.length);
    expect((await decode(inner)).data).toEqual(pictures[ends.length]);
    expect((await decode(Buffer.from(data))).data).toEqual(pictures[ends.length]);
  });

  test('a truncated file is no error for layers that are there', async () => {
    const prefix = data.subarray(0, ends[2]);
    expect((await decode(prefix, { layers: 3 })).info).toMatchObject({ truncated: false });
    const short = await decode(prefix, { layers: 4 });
    expect(short.info.truncated).toBe(true);
    expect(short.data).toEqual(pictures[3]);
  });

  test('an option that asks for no more bytes than a truncated file has is a cut, not a truncation', async () => {
    const prefix = data.subarray(0, ends[3] - 1);
    expect((await decode(prefix, { bytes: ends[3] - 1, failOn: 'truncated' })).data).toEqual(
      (await decode(prefix)).data,
    );
    expect((await decode(prefix, { bytes: ends[3] - 1 })).info.truncated).toBe(false);
    expect((await decode(prefix, { bytes: ends[3] })).info.truncated).toBe(true);
  });
});

describe('failOn', () => {
  let data: Uint8Array;
  let damaged: Uint8Array;
  let ends: number[];

  beforeAll(async () => {
    // This picture is large enough for checksums.
    ({ data } = await encode(gradientPicture(128, 128, 3), { effort: 1, endSigma: 0.5, beamWidth: 4 }));
    ends = inspect(data).layers.map(({ cumulativeBytes }) => cumulativeBytes);
    damaged = data.slice();
    damaged[ends[2] - 3] ^= 0x10;
  });

  test('damage is an error by default and with truncated, and only reported with none', async () => {
    expect(inspect(damaged)).toMatchObject({
      damage: expect.stringMatching(/^layer 3, tile 1: its checksum at bit \d+ does not match$/),
    });
    expect(inspect(damaged).layers).toHaveLength(2);
    for (const options of [{}, { failOn: 'error' }, { failOn: 'truncated' }] as const) {
      await expect(decode(damaged, options)).rejects.toMatchObject({
        code: 'ERR_DDPM_CORRUPT',
        message: expect.stringMatching(/^damaged stream: layer 3, /),
      });
    }
    const { data: picture, info } = await decode(damaged, { failOn: 'none' });
    expect(info.damage).toMatch(/^layer 3, tile 1: its checksum at bit \d+ does not match$/);
    expect(info).toMatchObject({ truncated: false, layersTotal: ends.length });
    expect(info.layers).toHaveLength(2);
    expect(picture).toEqual((await decode(data, { layers: 2 })).data);
  });

  test('damage after the requested part is no error', async () => {
    const two = await decode(damaged, { layers: 2 });
    expect(two.info).toMatchObject({ damage: null, truncated: false });
    expect(two.data).toEqual((await decode(data, { layers: 2 })).data);
    // The last byte of the second layer may hold the first bits of the third.
    const [broken, whole] = await Promise.all([damaged, data].map((file) => decode(file, { bytes: ends[1] })));
    expect(broken.data).toEqual(whole.data);
    expect(broken.info).toMatchObject({ damage: null, truncated: false });
    await expect(decode(damaged, { layers: 3 })).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
  });

  test('truncation is an error only if requested', async () => {
    const prefix = data.subarray(0, ends[3] + 1);
    for (const failOn of ['none', 'error'] as const) {
      const { info } = await decode(prefix, { failOn });
      expect(info).toMatchObject({ truncated: true, damage: null });
      expect(info.layers).toHaveLength(4);
    }
    await expect(decode(prefix, { failOn: 'truncated' })).rejects.toMatchObject({
      code: 'ERR_DDPM_TRUNCATED',
      message: `truncated stream: it ends after 4 of ${ends.length} layers`,
    });
    expect((await decode(prefix, { failOn: 'truncated', layers: 4 })).info.layers).toHaveLength(4);
    expect((await decode(data, { failOn: 'truncated', layers: 1 })).info.truncated).toBe(false);
  });

  test('bytes behind the end are reported and ignored; strictly they are corrupt, where they are asked for', async () => {
    const longer = Uint8Array.of(...data, 1, 2);
    const { data: picture, info } = await decode(longer);
    expect(info).toMatchObject({ damage: null, truncated: false, trailingBytes: 2, bytes: data.length });
    expect(picture).toEqual((await decode(data)).data);
    expect(inspect(longer)).toMatchObject({ damage: null, trailingBytes: 2, bytes: data.length });
    await expect(decode(longer, { failOn: 'truncated' })).rejects.toMatchObject({
      code: 'ERR_DDPM_CORRUPT',
      message: '2 bytes follow the end of the stream',
    });
    const cut = await decode(longer, { failOn: 'truncated', bytes: data.length });
    expect(cut.info.trailingBytes).toBe(0);
    expect(truncate(longer, { bytes: longer.length })).toEqual(data);
  });
});
