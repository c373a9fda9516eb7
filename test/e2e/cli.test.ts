import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { type RawImage, readImage, writeImage } from '../../src/entry/index.ts';
import { distortion } from '../../src/image/distortion.ts';
import { BIN } from '../support/built.ts';
import { otherModel } from '../support/model-files.ts';
import { kodakCrop } from '../support/pictures.ts';
import { type Ended, runNode } from '../support/run-node.ts';

let folder: string;
let crop: RawImage;
const path = (name: string): string => join(folder, 'work', name);
const cli = (args: readonly string[], stdin?: Uint8Array): Promise<Ended> => runNode([BIN, ...args], stdin);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-e2e-'));
  mkdirSync(join(folder, 'work'));
  crop = await kodakCrop(144, 128);
  writeFileSync(path('crop.png'), await writeImage(crop, 'png'));
  const fast = ['--effort', '1', '--end-sigma', '0.3', '--quiet'];
  expect(await cli(['encode', path('crop.png'), ...fast])).toMatchObject({ code: 0, stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Checks that a command printed one line on standard error, which begins with the program's name, and nothing on
 * standard output.
 */
function expectFailure(ended: Ended, code: number, message: RegExp): void {
  expect(ended.stderr).toMatch(/^ddpm-codec: [^\n]+\n$/);
  expect(ended.stderr).toMatch(message);
  expect(ended.stdout.length).toBe(0);
  expect(ended.code).toBe(code);
}

describe('a crop of Kodak 23', () => {
  test('encodes, is described by info, and decodes to the reported picture', async () => {
    const output = path('whole.ddpm');
    const encoded = await cli([
      'encode',
      path('crop.png'),
      '-o',
      output,
      '-e',
      '2',
      '--end-sigma',
      '0.2',
      '--report-psnr',
      '--json',
    ]);
    expect([encoded.code, encoded.stderr]).toEqual([0, '']);
    const report = JSON.parse(encoded.stdout.toString());
    expect(report).toMatchObject({ schemaVersion: 1, command: 'encode', width: 144, height: 128, channels: 3 });
    expect(report.bytes).toBe(readFileSync(output).length);
    for (const key of ['bpp', 'bitsPerDim', 'idealBits', 'actualBits', 'rmse', 'psnr']) {
      expect(report[key], key).toBeGreaterThan(0);
    }
    const keys = ['level', 'sigma', 'bytes', 'cumulativeBytes', 'bpp', 'idealBits', 'actualBits'];
    for (const layer of report.layers) {
      for (const key of [...keys, 'rmse', 'psnr']) expect(layer[key], key).toEqual(expect.any(Number));
    }
    expect(report.layers.at(-1).cumulativeBytes).toBe(report.bytes);

    const info = await cli(['info', output, '--json']);
    const told = JSON.parse(info.stdout.toString());
    expect(told).toMatchObject({ command: 'info', bytes: report.bytes, truncated: false, damage: null });
    expect(told.layers).toHaveLength(report.layers.length);
    const text = await cli(['info', output]);
    expect(text.stdout.toString()).toMatch(/144 x 128, RGB/);
    expect(text.stdout.toString().trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^ *${report.layers.length} `));

    const decoded = await cli(['decode', output, '--json']);
    expect([decoded.code, decoded.stderr]).toEqual([0, '']);
    const picture = JSON.parse(decoded.stdout.toString());
    expect(picture).toMatchObject({ command: 'decode', output: path('whole.png'), truncated: false, damage: null });
    expect(picture).toMatchObject({ bytes: report.bytes, bpp: report.bpp, bitsPerDim: report.bitsPerDim });
    expect(picture.actualBits).toBe(report.actualBits);
    for (const layer of picture.layers) {
      for (const key of keys) expect(layer[key], key).toEqual(expect.any(Number));
    }
    const image = await readImage(readFileSync(path('whole.png')));
    expect(image).toMatchObject({ width: 144, height: 128, channels: 3 });
    expect(distortion(image.data, crop.data).psnr).toBe(report.psnr);
    expect(report.psnr).toBeGreaterThan(28);
  });

  test('- reads standard input and writes standard output', async () => {
    const fast = ['--effort', '1', '--end-sigma', '0.3', '--quiet'];
    const encoded = await cli(['encode', '-', '-o', '-', ...fast], readFileSync(path('crop.png')));
    expect([encoded.code, encoded.stderr]).toEqual([0, '']);
    expect(encoded.stdout.equals(readFileSync(path('crop.ddpm')))).toBe(true);
    const info = await cli(['info', '-', '--json'], encoded.stdout);
    expect(JSON.parse(info.stdout.toString())).toMatchObject({ width: 144, height: 128 });
    const decoded = await cli(['decode', '-', '-o', '-', '--quiet'], encoded.stdout);
    expect([decoded.code, decoded.stderr]).toEqual([0, '']);
    expect(await sharp(decoded.stdout).metadata()).toMatchObject({ format: 'png', width: 144, height: 128 });
  });

  test('decodes a part by option, to another format', async () => {
    const part = await cli(['decode', path('crop.ddpm'), '-o', path('part.ppm'), '--layers', '3']);
    expect(part.code).toBe(0);
    expect(part.stderr).toMatch(/part\.ppm {2}.* 3\/\d+ layers/);
    expect(readFileSync(path('part.ppm')).subarray(0, 15).toString()).toBe('P6\n144 128\n255\n');
    const bytes = await cli(['decode', path('crop.ddpm'), '-o', path('bytes.jpg'), '--bytes', '0.2k', '--json']);
    expect(bytes.code).toBe(0);
    expect(JSON.parse(bytes.stdout.toString()).bytes).toBeLessThanOrEqual(200);
    expect((await sharp(path('bytes.jpg')).metadata()).format).toBe('jpeg');
  });

  test('a truncated file is a warning, and an error under --strict', async () => {
    const whole = readFileSync(path('crop.ddpm'));
    writeFileSync(path('cut.ddpm'), whole.subarray(0, Math.floor(whole.length / 2)));
    const decoded = await cli(['decode', path('cut.ddpm'), '-o', path('cut.png')]);
    expect(decoded.code).toBe(0);
    expect(decoded.stderr).toMatch(/^ddpm-codec: warning: .*cut\.ddpm is truncated: the file ends after layer \d+ of /);
    expect(await sharp(path('cut.png')).metadata()).toMatchObject({ width: 144, height: 128 });
    const strict = await cli(['decode', path('cut.ddpm'), '-o', path('strict.png'), '--strict', '--quiet']);
    expectFailure(strict, 4, /truncated stream: it ends after \d+ of \d+ layers/);
    expect(existsSync(path('strict.png'))).toBe(false);
    const info = await cli(['info', path('cut.ddpm')]);
    expect(info.code).toBe(0);
    expect(info.stdout.toString()).toMatch(/\d+ of \d+, \d+ % of layer \d+ \(truncated\)/);
  });

  test('a damaged file gives the picture before the damage, and exit code 4', async () => {
    const damaged = readFileSync(path('crop.ddpm'));
    damaged[damaged.length - 10] ^= 0x40;
    writeFileSync(path('damaged.ddpm'), damaged);
    const decoded = await cli(['decode', path('damaged.ddpm'), '-o', path('damaged.png'), '--quiet']);
    expectFailure(decoded, 4, /damaged stream: layer \d+, tile 1: .*damaged\.png holds the picture/);
    expect(await sharp(path('damaged.png')).metadata()).toMatchObject({ width: 144, height: 128 });
    const strict = await cli(['decode', path('damaged.ddpm'), '-o', path('never.png'), '--quiet', '--strict']);
    expectFailure(strict, 4, /damaged stream: layer \d+/);
    expect(existsSync(path('never.png'))).toBe(false);
  });
});

describe('exit codes', () => {
  test.each<[string, () => Uint8Array, RegExp]>([
    ['empty.png', () => new Uint8Array(0), /empty/],
    ['text.png', () => Buffer.from('this is no picture\n'), /not readable as an image/],
    ['half.png', () => readFileSync(path('crop.png')).subarray(0, 20000), /truncated PNG/],
  ])('encode %s: 3', async (name, bytes, message) => {
    writeFileSync(path(name), bytes());
    expectFailure(await cli(['encode', path(name)]), 3, message);
    expect(existsSync(path(name.replace('.png', '.ddpm')))).toBe(false);
  });

  test('a missing input: 3', async () => {
    expectFailure(await cli(['encode', path('none.png')]), 3, /no such file/);
    expectFailure(await cli(['decode', path('none.ddpm')]), 3, /no such file/);
  });

  test('an empty .ddpm file: 3', async () => {
    writeFileSync(path('empty.ddpm'), '');
    expectFailure(await cli(['decode', path('empty.ddpm'), '-o', path('x.png')]), 3, /empty\.ddpm: it is empty/);
    expectFailure(await cli(['info', path('empty.ddpm')]), 3, /empty\.ddpm: it is empty/);
    expect(existsSync(path('x.png'))).toBe(false);
  });

  test('over --limit-pixels: 3', async () => {
    expectFailure(await cli(['encode', path('crop.png'), '--limit-pixels', '18431']), 3, /--limit-pixels/);
    const decoded = await cli(['decode', path('crop.ddpm'), '-o', path('limit.png'), '--limit-pixels', '18431']);
    expectFailure(decoded, 3, /144 x 128/);
  });

  test.each<[string, () => Uint8Array]>([
    ['text.ddpm', () => Buffer.from('this is no stream\n')],
    ['picture.ddpm', () => readFileSync(path('crop.png'))],
    ['header.ddpm', () => readFileSync(path('crop.ddpm')).subarray(0, 6)],
  ])('decode and info of %s: 4', async (name, bytes) => {
    writeFileSync(path(name), bytes());
    expectFailure(await cli(['decode', path(name), '-o', path('x.png')]), 4, /\.ddpm/);
    expectFailure(await cli(['info', path(name)]), 4, /\.ddpm/);
    expect(existsSync(path('x.png'))).toBe(false);
  });

  test('another model, a missing one, a broken one: 6', async () => {
    writeFileSync(path('other.safetensors'), otherModel());
    writeFileSync(path('broken.safetensors'), 'x');
    const decode = (model: string): Promise<Ended> =>
      cli(['decode', path('crop.ddpm'), '-o', path('model.png'), '--quiet', '--model', path(model)]);
    expectFailure(await decode('other.safetensors'), 6, new RegExp(`made with model ${FORMAT_MODEL.id}`));
    expectFailure(await decode('none.safetensors'), 6, /none\.safetensors/);
    expectFailure(await decode('broken.safetensors'), 6, /broken\.safetensors/);
    expect(existsSync(path('model.png'))).toBe(false);
  });

  test('wrong usage: 2', async () => {
    for (const args of [
      ['encode'],
      ['encode', path('crop.png'), '--unknown'],
      ['encode', path('crop.png'), '-e', '11'],
      ['encode', path('crop.png'), '--end-sigma', '0'],
      ['decode', path('crop.ddpm'), '-o', path('y.bmp')],
      ['decode', path('crop.ddpm'), '-o', path('y.png'), '--layers', '99'],
      ['decode', path('crop.ddpm'), '-o', path('y.png'), '--layers', '1', '--bpp', '1'],
      ['frobnicate'],
    ]) {
      expectFailure(await cli(args), 2, /expected|argument|unknown|cannot be used/);
    }
  });

  test('--bytes below the header: 2', async () => {
    const { code, stderr } = await cli(['decode', path('crop.ddpm'), '-o', path('z.png'), '--bytes', '3']);
    expect(stderr).toMatch(
      /^ddpm-codec: [^\n]*--bytes expected integer \d+ or more \(header and metadata take \d+ bytes\), got 3/,
    );
    expect(code).toBe(2);
  });

  test('an output that exists: overwritten; 7 with --no-clobber', async () => {
    const before = readFileSync(path('crop.ddpm'));
    expectFailure(
      await cli(['encode', path('crop.png'), '--no-clobber']),
      7,
      /the file exists\. Leave out --no-clobber/,
    );
    expect(readFileSync(path('crop.ddpm')).equals(before)).toBe(true);
    writeFileSync(path('f'), 'old');
    const overwritten = await cli([
      'encode',
      path('crop.png'),
      '-f',
      '-e',
      '1',
      '--end-sigma',
      '9',
      '--quiet',
      '-o',
      path('f'),
    ]);
    expect(overwritten.code).toBe(0);
    expect(readFileSync(path('f'))[0]).toBe(0xdd);
    expectFailure(await cli(['encode', path('crop.png'), '-o', path('no/such/folder.ddpm')]), 7, /cannot write/);
  });

  test('a lossless file with bytes after its end gives the exact picture, and a warning; --strict: 4', async () => {
    const flags = ['--lossless', '-e', '1', '--quiet', '-o', path('exact.ddpm')];
    expect((await cli(['encode', path('crop.png'), ...flags])).code).toBe(0);
    const whole = readFileSync(path('exact.ddpm'));
    writeFileSync(path('longer.ddpm'), Buffer.concat([whole, Buffer.alloc(100, 7)]));
    const decoded = await cli(['decode', path('longer.ddpm'), '-o', path('longer.ppm')]);
    expect(decoded.stderr).toContain(`warning: ${path('longer.ddpm')}: 100 bytes follow the end of the stream`);
    expect([decoded.code, decoded.stderr]).toEqual([0, expect.stringContaining('  exact  ')]);
    const { data } = await readImage(readFileSync(path('longer.ppm')));
    expect(distortion(data, crop.data).mse).toBe(0);
    const strict = await cli(['decode', path('longer.ddpm'), '-o', path('longer.ppm'), '--strict']);
    expectFailure(strict, 4, /100 bytes follow the end of the stream/);
    expect((await cli(['truncate', path('longer.ddpm'), '--bytes', '1M', '-o', path('cut.ddpm')])).code).toBe(0);
    expect(readFileSync(path('cut.ddpm')).equals(whole)).toBe(true);
  });

  test('no run leaves a temporary file', () => {
    const known = /\.(png|ppm|jpg|ddpm|safetensors)$|^f$/;
    expect(readdirSync(join(folder, 'work')).filter((name) => !known.test(name))).toEqual([]);
  });
});

describe('whole pictures', () => {
  test.each([
    [500, 333],
    [768, 512],
  ])('%i x %i comes back at its size, as reported', async (width, height) => {
    const original = path(`${width}.png`);
    await sharp('test/images/kodak/kodim23.png').extract({ left: 0, top: 0, width, height }).toFile(original);
    const encoded = await cli([
      'encode',
      original,
      '-e',
      '1',
      '--end-sigma',
      '0.3',
      '--report-psnr',
      '--json',
      '--quiet',
    ]);
    expect(encoded).toMatchObject({ code: 0, stderr: '' });
    const report = JSON.parse(encoded.stdout.toString());
    expect(report).toMatchObject({ width, height });
    expect(report.psnr).toBeGreaterThan(28);
    expect(report.bpp).toBeLessThan(0.4);
    expect(report.actualBits / report.idealBits).toBeLessThan(1.15);
    expect((await cli(['decode', path(`${width}.ddpm`), '-o', path(`${width}.out.png`)])).code).toBe(0);
    const [before, after] = await Promise.all(
      [original, path(`${width}.out.png`)].map((name) => readImage(readFileSync(name))),
    );
    expect(after).toMatchObject({ width, height, channels: 3 });
    expect(distortion(after.data, before.data).psnr).toBe(report.psnr);
  });
});
