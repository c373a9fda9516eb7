import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readImage } from '../../src/entry/index.ts';
import { distortion } from '../../src/image/distortion.ts';
import { BIN } from '../support/built.ts';
import { kodakCrop } from '../support/pictures.ts';
import { type Ended, runNode } from '../support/run-node.ts';

let folder: string;
const path = (...names: string[]): string => join(folder, 'work', ...names);
const cli = (args: readonly string[], stdin?: Uint8Array): Promise<Ended> => runNode([BIN, ...args], stdin);
const FAST = ['--effort', '1'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-e2e-'));
  mkdirSync(path());
  const { data, width, height } = await kodakCrop(96, 64);
  const crop = sharp(data, { raw: { width, height, channels: 3 } });
  await crop.clone().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toFile(path('photo.jpg'));
  await crop.clone().withIccProfile('p3').png().toFile(path('p3.png'));
  await crop.clone().toColourspace('b-w').png().toFile(path('grey.png'));
  const alpha = Buffer.from(Uint8Array.from({ length: width * height }, (_, i) => (i * 7) & 0xff));
  await crop
    .clone()
    .joinChannel(alpha, { raw: { width, height, channels: 1 } })
    .png()
    .toFile(path('alpha.png'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('cat photo.jpg | encode - -o - --bytes | decode - -o - > out.png', async () => {
  const tool = `"${process.execPath}" "${BIN}"`;
  const line = `cat photo.jpg | ${tool} encode - -o - --bytes 1.5k -e 1 | tee mid.ddpm | ${tool} decode - -o - > out.png`;
  const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', line], { cwd: path(), encoding: 'utf8' });
  expect(stderr).toMatch(/standard input → standard output {2}1 \d{3} B .* layers .*\(target 1 500 B\)/);
  expect(stderr).not.toContain('warning');
  expect(status).toBe(0);
  const { size } = statSync(path('mid.ddpm'));
  expect(size).toBeLessThanOrEqual(1500);
  expect(size).toBeGreaterThanOrEqual(1470);
  const [before, after] = await Promise.all(
    ['photo.jpg', 'out.png'].map((name) => readImage(readFileSync(path(name)))),
  );
  expect(after).toMatchObject({ width: 64, height: 96, channels: 3 }); // rotated according to EXIF
  expect(distortion(after.data, before.data).psnr).toBeGreaterThan(22);
});

test('colour profile, grey and alpha survive the round trip', async () => {
  const files = ['p3', 'grey', 'alpha'];
  const inputs = files.map((name) => path(`${name}.png`));
  const encoded = await cli(['encode', ...inputs, '-o', path('kept/'), '--quality', '40', ...FAST, '-j', '2']);
  expect(encoded.stderr).toContain('3 done  0 skipped  0 failed');
  expect(encoded.code).toBe(0);
  const decoded = await cli(['decode', path('kept', '*.ddpm'), '-o', '{dir}/{name}.tif', '-j', '2', '--json']);
  expect([decoded.code, decoded.stderr]).toEqual([0, '']);
  const reports = decoded.stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const channels = new Map(reports.map((report) => [report.input, report.channels]));
  expect(files.map((name) => channels.get(path('kept', `${name}.ddpm`)))).toEqual([3, 1, 4]);
  const [p3, grey, alpha] = await Promise.all(
    files.map(async (name) => {
      const before = await readImage(readFileSync(path(`${name}.png`)));
      return { before, after: await readImage(readFileSync(path('kept', `${name}.tif`))) };
    }),
  );
  expect(p3.after.metadata?.icc).toEqual(p3.before.metadata?.icc);
  expect(p3.before.metadata?.icc).toBeDefined();
  expect(grey.after.channels).toBe(1);
  const transparency = ({ data }: { data: ArrayLike<number> }): number[] =>
    Array.from(data).filter((_, i) => i % 4 === 3);
  expect(transparency(alpha.after)).toEqual(transparency(alpha.before));
  const jpeg = await cli(['decode', path('kept', 'alpha.ddpm'), '-o', path('alpha.jpg')]);
  expect([jpeg.code, jpeg.stderr]).toEqual([7, expect.stringContaining('which jpeg cannot hold')]);
});

describe('one file', () => {
  const file = (): string => path('one.ddpm');
  beforeAll(async () => {
    expect(await cli(['encode', path('grey.png'), '-o', file(), '-q', '45', ...FAST, '--quiet'])).toMatchObject({
      code: 0,
    });
  });

  test('truncate gives what decode --bytes shows', async () => {
    const bytes = String(Math.floor(statSync(file()).size / 2));
    const cut = await cli(['truncate', file(), '--bytes', bytes, '-o', path('cut.ddpm'), '--json']);
    expect([cut.code, cut.stderr]).toEqual([0, '']);
    expect(JSON.parse(cut.stdout.toString())).toMatchObject({
      command: 'truncate',
      bytes: statSync(path('cut.ddpm')).size,
    });
    expect(readFileSync(path('cut.ddpm')).equals(readFileSync(file()).subarray(0, Number(bytes)))).toBe(true);
    const one = await cli(['decode', path('cut.ddpm'), '-o', '-', '--quiet']);
    const other = await cli(['decode', file(), '--max-bytes', bytes, '-o', '-', '--quiet']);
    expect(one.stdout.equals(other.stdout)).toBe(true);
    expect(one.stdout.length).toBeGreaterThan(0);
    expect((await cli(['truncate', file(), '--bytes', '3', '-o', path('never.ddpm')])).code).toBe(5);
  });

  test('--all-steps writes what decode --layers gives', async () => {
    const steps = await cli(['decode', file(), '--all-steps', path('steps'), '--json']);
    expect([steps.code, steps.stderr]).toEqual([0, '']);
    const last = JSON.parse(steps.stdout.toString().trimEnd().split('\n').at(-1) as string);
    expect(readdirSync(path('steps'))).toHaveLength(last.layersTotal);
    const third = await cli(['decode', file(), '--layers', '3', '-o', '-', '--quiet']);
    const name = readdirSync(path('steps')).sort()[2];
    expect(third.stdout.equals(readFileSync(path('steps', name)))).toBe(true);
  });

  test('--reconstruction sample depends on its seed alone', async () => {
    const sample = (seed: string): Promise<Ended> =>
      cli(['decode', file(), '--layers', '4', '--reconstruction', 'sample', '--seed', seed, '-o', '-', '--quiet']);
    const [one, again, other] = [await sample('1'), await sample('1'), await sample('2')];
    expect([one.code, one.stderr, again.code, other.code]).toEqual([0, '', 0, 0]);
    expect(one.stdout.equals(again.stdout)).toBe(true);
    expect(one.stdout.equals(other.stdout)).toBe(false);
  });

  test('a size is a limit: the best file may be smaller, and the smallest one is named and works', async () => {
    const encode = (...rate: string[]): Promise<Ended> =>
      cli(['encode', 'test/images/cases/small32.png', '-o', '-', ...rate, ...FAST]);
    const [best, more, low] = [
      await encode('--bytes', '20k'),
      await encode('--bpp', '500'),
      await encode('--psnr', '5'),
    ];
    expect([best.code, more.code, low.code]).toEqual([0, 0, 0]);
    expect(best.stdout.length).toBeLessThan(20_000);
    expect(more.stdout.equals(best.stdout)).toBe(true);
    const refused = await encode('--bytes', '1');
    const [, least] = /the nearest is (\d+) bytes\n$/.exec(refused.stderr) ?? [];
    expect([refused.code, low.stdout.length]).toEqual([5, Number(least)]);
    const [smallest, below] = [await encode('--bytes', least), await encode('--bytes', `${Number(least) - 1}`)];
    expect([smallest.code, smallest.stdout.length, below.code]).toEqual([0, Number(least), 5]);
  });

  test('--exact-alpha keeps colours that nobody sees; without it they make no difference, and compare agrees', async () => {
    const encode = async (name: string, ...options: string[]): Promise<Buffer> =>
      (await cli(['encode', `test/images/cases/al-${name}.png`, '-o', '-', '--quiet', ...options, ...FAST])).stdout;
    const [noise, green] = [await encode('noise'), await encode('green', '-j', '2')];
    expect(noise.length).toBeGreaterThan(0);
    expect(green.equals(noise)).toBe(true);
    expect((await encode('noise', '--exact-alpha')).length).toBeGreaterThan(10 * noise.length);
    const { stdout } = await cli(['compare', 'test/images/cases/al-green.png', '-', '--json'], noise);
    const { psnr, alphaRmse } = JSON.parse(stdout.toString());
    expect(psnr).toBeGreaterThan(38);
    expect(alphaRmse).toBe(0);
  });

  test('a target that cannot be reached: 5, with the nearest', async () => {
    for (const rate of [
      ['--bytes', '5'],
      ['--psnr', '99'],
    ]) {
      const { code, stderr } = await cli(['encode', path('grey.png'), '-o', path('never.ddpm'), ...rate, ...FAST]);
      expect(stderr).toMatch(/^ddpm-codec: [^\n]*cannot be reached; the nearest is [^\n]+\n$/);
      expect(code).toBe(5);
    }
  });
});

test('a corrupt file of a batch is reported and the others are processed', async () => {
  writeFileSync(path('broken.png'), 'no picture');
  const { code, stderr } = await cli([
    'encode',
    path('{broken,grey}.png'),
    '-o',
    path('some/'),
    '-q',
    '10',
    ...FAST,
    '--quiet',
  ]);
  expect(stderr).toMatch(
    /^ddpm-codec: [^\n]*broken\.png: not readable as an image[^\n]*\nddpm-codec: 1 of 2 files failed\n$/,
  );
  expect([code, readdirSync(path('some'))]).toEqual([1, ['grey.ddpm']]);
});

test('SIGINT ends a batch on several threads with 130, and leaves no partial file', async () => {
  const args = [BIN, 'encode', path('*.{png,jpg}'), '-o', path('stopped/'), '-j', '2', '-e', '9', '--psnr', '38'];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (!existsSync(path('stopped'))) await setTimeout(20); // the first file is in progress
  await setTimeout(500);
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(readdirSync(path('stopped')).filter((name) => !name.endsWith('.ddpm') || name.startsWith('.'))).toEqual([]);
});
