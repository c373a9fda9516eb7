import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode, type ImageSource, placeholder, type RawImage, readImage } from '../../src/entry/index.ts';
import { openImage } from '../../src/node/open-image.ts';
import { kodakCrop } from '../support/pictures.ts';

const FAST = { beamWidth: 4, endSigma: 1 } as const;
let folder: string;
let photo: RawImage;
let png: string;
const raw = (): Sharp => sharp(photo.data, { raw: { width: 40, height: 24, channels: 3 } });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-sources-'));
  photo = await kodakCrop(40, 24);
  png = join(folder, 'photo.png');
  await raw().png().toFile(png);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('encode takes', () => {
  test('pixels, bytes of any kind, a path, a file URL and an instance of sharp, all to the same stream', async () => {
    const expected = (await encode(photo, FAST)).data;
    const sources: [string, ImageSource][] = [
      ['bytes', readFileSync(png)],
      ['ArrayBuffer', new Uint8Array(readFileSync(png)).buffer],
      ['Blob', new Blob([readFileSync(png)])],
      ['path', png],
      ['URL', pathToFileURL(png)],
      ['sharp of a file', sharp(png)],
      ['sharp of pixels', raw()],
      ['sharp with an output format', sharp(png).jpeg({ quality: 5 })],
    ];
    for (const [name, source] of sources) expect((await encode(source, FAST)).data, name).toEqual(expected);
  });

  test('a pipeline of sharp with its operations, and does not change the instance', async () => {
    const pipeline = sharp(png).resize(16, 8).negate();
    const { info } = await encode(pipeline, FAST);
    expect([info.width, info.height]).toEqual([16, 8]);
    const jpeg = await pipeline.jpeg().toBuffer({ resolveWithObject: true });
    expect(jpeg.info).toMatchObject({ format: 'jpeg', width: 16, height: 8 });
    const pixels = await openImage(pipeline, {});
    expect(Buffer.from(pixels.data)).toEqual(await sharp(png).resize(16, 8).negate().raw().toBuffer());
  });

  test('a pipeline that gets its input as a stream, during and after writing', async () => {
    const bytes = readFileSync(png);
    const arriving = sharp();
    const encoded = encode(arriving, FAST);
    const source = new PassThrough();
    source.pipe(arriving);
    source.end(bytes);
    const written = sharp();
    written.end(bytes);
    await new Promise((resolve) => written.once('finish', resolve));
    expect((await encoded).data).toEqual((await encode(written, FAST)).data);
  });

  test('grey, alpha, profile and 16 bits of a pipeline', async () => {
    const grey = await openImage(sharp(png).greyscale().toColourspace('b-w'), {});
    expect(grey.channels).toBe(1);
    const alpha = await openImage(sharp(png).ensureAlpha(0.5), {});
    expect(alpha.channels).toBe(4);
    const p3 = await sharp(png).withIccProfile('p3').png().toBuffer();
    expect((await openImage(sharp(p3).keepIccProfile(), {})).metadata?.icc).toBeDefined();
    expect((await openImage(sharp(p3), {})).metadata).toBeUndefined();
  });

  test('what is lost is in the report, from a file, its bytes and what readImage gave', async () => {
    const path = 'test/images/cases/u32g.tif';
    const warnings = ['samples that are integers of 32 bits were reduced to 8 bits'];
    for (const source of [path, readFileSync(path), await readImage(readFileSync(path))]) {
      expect((await encode(source, { ...FAST, lossless: true })).info).toMatchObject({ rmse: 0, warnings });
    }
    expect((await encode(photo, FAST)).info.warnings).toEqual([]);
  });

  test('a placeholder from the same sources', async () => {
    expect(await placeholder(png)).toEqual(await placeholder(photo));
  });
});

describe('an invalid source', () => {
  test.each<[string, () => unknown, string | RegExp]>([
    ['a missing file', () => 'nowhere/photo.png', /^cannot read nowhere\/photo\.png: ENOENT/],
    ['a folder', () => folder, /^cannot read .*: EISDIR/],
    ['a URL of the web', () => new URL('https://example.org/a.png'), /^"image" expected a file: URL, got https:/],
    ['a number', () => 5, /^"image" expected pixels .*Uint8Array, ArrayBuffer or Blob.*, got 5$/],
    ['null', () => null, /^"image" expected pixels .*, got null$/],
    ['an object without pixels', () => new Map(), /^"image" expected pixels .*, got Map$/],
    ['numbers of 16 bits', () => new Uint16Array(5), /^"image" expected pixels .*, got Uint16Array$/],
    ['a pipeline that fails', () => sharp(Buffer.from('no image')), /^image: sharp fails: /],
  ])('%s', async (_, source, message) => {
    await expect(encode(source() as ImageSource, FAST)).rejects.toThrow(message);
  });

  test('the error names a file that is not an image', async () => {
    const path = join(folder, 'text.png');
    writeFileSync(path, 'text');
    await expect(encode(path, FAST)).rejects.toMatchObject({
      code: 'ERR_DDPM_INPUT',
      message: expect.stringContaining(`${path}: not readable as an image`),
    });
  });
});
