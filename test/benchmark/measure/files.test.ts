/** Files that the benchmark reads and writes: pictures, rows, published curves, and fixed costs of files. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../../src/benchmark/bench-types.ts';
import { fixedBytesOf, jpegSegmentBytes } from '../../../src/benchmark/codecs/fixed-cost.ts';
import { RIVALS } from '../../../src/benchmark/codecs/rivals.ts';
import { findImages, loadImage } from '../../../src/benchmark/measure/bench-images.ts';
import { csvLine, RowFile } from '../../../src/benchmark/measure/row-file.ts';
import { readReference } from '../../../src/benchmark/report/references.ts';
import { type RawImage, readImage, writeImage } from '../../../src/entry/index.ts';
import { benchRow } from '../../support/bench-rows.ts';

const CIFAR = 'test/images/cifar10-test-128.bin';
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-bench-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function texture(width: number, height: number, channels: 1 | 2 | 3 | 4): RawImage {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 7 + ((i * i) >> 5)) & 255);
  return { data, width, height, channels };
}

const row: Row = benchRow({
  image: 'a, "b"',
  width: 4,
  height: 2,
  bytes: 12,
  fixedBytes: 3,
  bpp: 12,
  bitsPerDim: 4,
  mse: 0,
  rmse: 0,
  psnr: Number.POSITIVE_INFINITY,
  msSsimLuma: 0.5,
  ssimulacra2: -12.5,
  lpips: 0,
  encodeSeconds: 0.001,
  decodeSeconds: 1e-7,
  peakRssBytes: 5e7,
  version: 'x 1, y',
});

describe('findImages', () => {
  test('takes the records of a CIFAR-10 binary, up to a limit', async () => {
    const images = await findImages([CIFAR], 3);
    expect(images.map(({ name }) => name)).toEqual([0, 1, 2].map((i) => `cifar10-test-128-${i}`));
    expect(await findImages([CIFAR])).toHaveLength(128);
    const bytes = readFileSync(CIFAR);
    const { data, width, height, channels } = await loadImage(images[2]);
    expect([width, height, channels]).toEqual([32, 32, 3]);
    const at = 2 * 3073 + 1;
    // Pixel (5, 1): red, green and blue are a plane apart.
    expect([...data.subarray(37 * 3, 37 * 3 + 3)]).toEqual([
      bytes[at + 37],
      bytes[at + 1024 + 37],
      bytes[at + 2048 + 37],
    ]);
  });

  test('takes folders and globs in order, each file once, and makes equal names unique', async () => {
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'same.png'), await writeImage(texture(9, 5, 3), 'png'));
    }
    writeFileSync(join(folder, 'one', 'b.png'), await writeImage(texture(4, 4, 1), 'png'));
    writeFileSync(join(folder, 'one', 'notes.txt'), 'no picture');
    const images = await findImages([join(folder, 'one'), join(folder, '*/same.png')]);
    expect(images.map(({ name }) => name)).toEqual(['b', join(folder, 'one/same.png'), join(folder, 'two/same.png')]);
    expect((await loadImage(images[0])).channels).toBe(1);
  });

  test('refuses files that are not pictures and names them', async () => {
    writeFileSync(join(folder, 'short.bin'), new Uint8Array(3072));
    await expect(findImages([join(folder, 'short.bin')])).rejects.toMatchObject({ code: 'ERR_DDPM_INPUT' });
    await expect(findImages([join(folder, 'absent.png')])).rejects.toThrow(/absent\.png: no image there/);
    writeFileSync(join(folder, 'alpha.png'), await writeImage(texture(8, 8, 4), 'png'));
    await expect(loadImage({ name: 'alpha', path: join(folder, 'alpha.png') })).rejects.toThrow(/alpha channel/);
  });
});

describe('RowFile', () => {
  test('reads back the rows that were added, with any text and number', () => {
    const path = join(folder, 'rows.csv');
    const number = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll(/[\r\n]/g, ' '));
    fc.assert(
      fc.property(text, text, number, fc.option(number), (image, version, bpp, ssim) => {
        const file = new RowFile(path, true);
        const added = { ...row, image, version, bpp, ssim };
        file.add(added);
        expect(new RowFile(path, false).rows).toEqual([added]);
      }),
      { numRuns: 40 },
    );
  });

  test('a line without its end, left by a run that was killed, is measured again', () => {
    const path = join(folder, 'torn.csv');
    new RowFile(path, true).add(row);
    appendFileSync(path, csvLine({ ...row, setting: 'q=60' }).slice(0, 40));
    const file = new RowFile(path, false);
    expect(file.rows).toEqual([row]);
    file.add({ ...row, setting: 'q=70' });
    expect(new RowFile(path, false).rows.map(({ setting }) => setting)).toEqual(['q=50', 'q=70']);
  });

  test('a second row of the same key replaces the first; other columns are refused', () => {
    const path = join(folder, 'twice.csv');
    const file = new RowFile(path, true);
    file.add(row);
    file.add({ ...row, bytes: 13 });
    expect(new RowFile(path, false).rows).toEqual([{ ...row, bytes: 13 }]);
    writeFileSync(path, 'image,bytes\n');
    expect(() => new RowFile(path, false)).toThrow(/--fresh/);
    expect(new RowFile(path, true).rows).toEqual([]);
  });
});

describe('readReference', () => {
  test('gives the published figures, rates ascending', async () => {
    const [uqdm, bpg] = await readReference('uqdm');
    expect(uqdm.points.map(({ bpp, psnr }) => [bpp, psnr])).toEqual([
      [0.8459, 21.88],
      [2.7828, 31.18],
      [7.6704, 43.76],
    ]);
    expect([bpg.kind, bpg.points[2]]).toEqual(['real', { bpp: 3.5282, psnr: 36.82 }]);
  });

  test('turns bits/dim and RMSE into bits per pixel and PSNR', async () => {
    const [{ kind, points, url }] = await readReference('ddpm-paper');
    expect([kind, url]).toEqual(['ideal', 'https://arxiv.org/abs/2006.11239']);
    const last = points[points.length - 1];
    expect(last.bpp).toBeCloseTo(3 * 1.77581, 12);
    expect(last.psnr).toBeCloseTo(20 * Math.log10(255 / 0.95136), 12);
  });

  test('refuses an unknown name and a file of another format', async () => {
    await expect(readReference('nobody')).rejects.toThrow(/uqdm, ddpm-paper/);
    writeFileSync(join(folder, 'other.json'), '{"schemaVersion": 2}');
    await expect(readReference(join(folder, 'other.json'))).rejects.toMatchObject({ code: 'ERR_DDPM_INPUT' });
  });
});

describe('fixed cost', () => {
  test('of JPEG: the marker segments, which together with the scans make up the file', async () => {
    const jpeg = RIVALS.find(({ format }) => format === 'jpeg');
    if (!jpeg) throw new Error('no JPEG');
    const file = await jpeg.encode(texture(40, 24, 3), 60);
    // Extracts the scans by their markers: entropy-coded data follow SOS and contain FF only before 00.
    let scans = 0;
    for (let at = 0; at < file.length - 1; at++) {
      if (file[at] !== 0xff || file[at + 1] !== 0xda) continue;
      let end = at + 2 + file[at + 2] * 256 + file[at + 3];
      const begin = end;
      while (file[end] !== 0xff || file[end + 1] === 0) end++;
      scans += end - begin;
    }
    expect(scans).toBeGreaterThan(100);
    expect(jpegSegmentBytes(file)).toBe(file.length - scans);
    expect(await fixedBytesOf(jpeg, file, 3, 60)).toBe(file.length - scans);
  });

  test.each(RIVALS.map((rival) => [rival.format, rival] as const))(
    'of %s: more than a signature, less than the file of a textured picture',
    async (_, rival) => {
      const quality = rival.qualities[3] ?? 100;
      for (const channels of [1, 3] as const) {
        const image = texture(32, 32, channels);
        const file = await rival.encode(image, quality);
        const fixed = await fixedBytesOf(rival, file, channels, quality);
        expect(fixed).toBeGreaterThan(10);
        expect(fixed).toBeLessThan(file.length);
        const decoded = await rival.decode(file, channels);
        expect([decoded.width, decoded.height, decoded.channels]).toEqual([32, 32, channels]);
        if (rival.qualities.length === 0) expect([...decoded.data]).toEqual([...image.data]);
      }
    },
  );

  test('of a decoded picture: that of its file, not of the input', async () => {
    const jpeg = RIVALS[0];
    const image = texture(16, 16, 3);
    const file = await jpeg.encode(image, 40);
    expect([...(await jpeg.decode(file, 3)).data]).toEqual([...(await readImage(file)).data]);
  });
});
