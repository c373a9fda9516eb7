import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHUNK } from '../../src/codec/format/chunks.ts';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { streamStart } from '../../src/codec/format/stream-writer.ts';
import { decode, decodeStream, encode, type RawImage } from '../../src/entry/index.ts';
import { areaAverage } from '../../src/image/area-average.ts';
import { distortion } from '../../src/image/distortion.ts';
import { writeGreyPng } from '../../src/image/grey-png.ts';
import { BIN, ROOT } from '../support/built.ts';
import { kodakCrop } from '../support/pictures.ts';
import { type Ended, runNode } from '../support/run-node.ts';

let folder: string;
let crop: RawImage;
let stream: Uint8Array;
const path = (name: string): string => join(folder, name);
const cli = (args: readonly string[], stdin?: Uint8Array): Promise<Ended> => runNode([BIN, ...args], stdin);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-reduced-'));
  crop = await kodakCrop(288, 256);
  stream = (await encode(crop, { effort: 1, endSigma: 0.3 })).data;
  writeFileSync(path('crop.ddpm'), stream);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a crop of Kodak 23, reduced', () => {
  test('is what the original gives when it is reduced, about as near as the layers let it be', async () => {
    const { data, info } = await decode(stream, { maxWidth: 48, maxHeight: 48 });
    expect(info).toMatchObject({ width: 48, height: 43, fullWidth: 288, fullHeight: 256 });
    expect(info.layers.at(-1)?.level).toBe(1);
    const original = areaAverage(crop, info).data;
    expect(distortion(data, original).psnr).toBeGreaterThan(26);
    const larger = await decode(stream, { maxWidth: 150 });
    expect(larger.info.layers).toHaveLength(larger.info.layersTotal);
    expect(distortion(larger.data, areaAverage(crop, larger.info).data).psnr).toBeGreaterThan(26);
  });

  test('is the same from the command line, a prefix, a pipeline and a pool', async () => {
    const { data, info } = await decode(stream, { maxWidth: 48, maxHeight: 48 });
    const ended = await cli(['decode', path('crop.ddpm'), '-o', path('small.png'), '--max-size', '48', '--json']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ended.stdout.toString())).toMatchObject({
      width: 48,
      height: 43,
      fullWidth: 288,
      bytes: info.bytes,
    });
    const pixels = async (png: Uint8Array): Promise<Uint8Array> => new Uint8Array(await sharp(png).raw().toBuffer());
    expect(await pixels(readFileSync(path('small.png')))).toEqual(data);

    const prefix = await cli(
      ['decode', '-', '-o', '-', '--max-size', '48', '--strict'],
      stream.subarray(0, info.bytes),
    );
    expect(prefix).toMatchObject({ code: 0 });
    expect(await pixels(prefix.stdout)).toEqual(data);

    const link = decodeStream({ maxWidth: 48 });
    link.end(stream);
    expect(await pixels(await buffer(link))).toEqual(data);

    const pooled = await cli(['decode', path('crop.ddpm'), '-o', '-', '--max-width', '48', '--quiet', '-j', '2']);
    expect(await pixels(pooled.stdout)).toEqual(data);
  });

  test('keeps metadata', async () => {
    const metadata = { icc: Uint8Array.from({ length: 200 }, (_, i) => i) };
    const { data } = await encode({ ...crop, metadata }, { effort: 1, endSigma: 4 });
    expect((await decode(data, { maxWidth: 32 })).metadata).toEqual(metadata);
  });

  test('of a lossless file comes without a warning', async () => {
    const { data } = await encode(await kodakCrop(72, 64), { effort: 1, lossless: true });
    writeFileSync(path('exact.ddpm'), data);
    const ended = await cli(['decode', path('exact.ddpm'), '-o', path('exact.png'), '--max-size', '20', '--json']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ended.stdout.toString())).toMatchObject({ lossless: false, lossyBecause: expect.any(String) });
  });
});

test('a preview of 192 megapixels with alpha takes no plane of that size', { timeout: 120_000 }, async () => {
  const size = { width: 16_000, height: 12_000 };
  const header = { ...size, grey: false, checksums: false, model: FORMAT_MODEL.id, stepEighths: 8, seed: 0 };
  const rows = new Uint8Array(size.height * (size.width + 1));
  const deflate = async (): Promise<Uint8Array> => deflateSync(rows, { level: 1 });
  const small = { width: 1, height: 1, data: Uint8Array.of(0) };
  const png = await writeGreyPng(small, { deflate, inflate: async function* () {} });
  const view = new DataView(png.buffer);
  view.setUint32(16, size.width);
  view.setUint32(20, size.height);
  const { crc32 } = await import('../../src/base/crc.ts');
  view.setUint32(29, crc32(png.subarray(12, 29)));
  writeFileSync(
    path('huge.ddpm'),
    streamStart({ ...header, endPosition: 0, freeEnd: true }, new Map([[CHUNK.alpha, png]])),
  );
  const script = `
    import { readFileSync } from 'node:fs';
    import { decode } from '${pathToFileURL(join(ROOT, 'dist', 'entry', 'index.js'))}';
    const { info, data } = await decode(readFileSync(process.argv[1]), { maxWidth: 256, limitMemory: 500e6 });
    console.log(JSON.stringify({ info, length: data.length, megabytes: process.resourceUsage().maxRSS / 1024 }));
  `;
  const { stdout, stderr } = await runNode(['--input-type=module', '-e', script, path('huge.ddpm')]);
  expect(stderr).toBe('');
  const { info, length, megabytes } = JSON.parse(stdout.toString());
  expect(info).toMatchObject({ width: 256, height: 192, channels: 4, fullWidth: 16_000 });
  expect(length).toBe(256 * 192 * 4);
  expect(megabytes).toBeLessThan(300); // alpha alone would take 192, D and state 2304 each
});
