/** Runs the programs of examples/ on small pictures. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inspect, readImage, writeImage } from '../../src/entry/index.ts';
import { ROOT } from '../support/built.ts';
import { kodakCrop } from '../support/pictures.ts';
import { runNode } from '../support/run-node.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Makes a folder that contains a photograph as PNG. */
async function folderWith(width: number, height: number): Promise<{ folder: string; photo: string }> {
  const folder = temporaryFolder();
  const photo = join(folder, 'photo.png');
  writeFileSync(photo, await writeImage(await kodakCrop(width, height), 'png'));
  return { folder, photo };
}

/** Runs an example; returns the lines that it prints. */
async function linesOf(example: string, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runNode([join(ROOT, 'examples', example), ...args]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.toString().trimEnd().split('\n');
}

describe('examples', () => {
  test('all have tests here', () => {
    const programs = readdirSync('examples').filter((file) => file.endsWith('.js'));
    expect(programs.sort()).toEqual([
      'denoise.js',
      'progressive.js',
      'server.js',
      'sharp-pipeline.js',
      'transports.js',
    ]);
  });

  test('progressive.js decodes better pictures from longer prefixes, the JPEG too', async () => {
    const { folder, photo } = await folderWith(192, 128);
    const lines = await linesOf('progressive.js', photo, join(folder, 'out'));
    const found = lines.flatMap((line) => {
      const match = /^first (\d+) bytes -> \S+: ([\d.]+) dB, of the JPEG ([\d.]+) dB$/.exec(line);
      return match ? [match.slice(1).map(Number)] : [];
    });
    const whole = readFileSync(join(folder, 'out', 'photo.ddpm')).length;
    expect(found.map(([bytes]) => bytes)).toEqual([...[400, 2_000, 3_500].filter((bytes) => bytes < whole), whole]);
    for (const curve of [1, 2].map((column) => found.map((row) => row[column]))) {
      expect(curve).toEqual([...curve].sort((a, b) => a - b));
      expect(curve[curve.length - 1]).toBeGreaterThan(curve[0] + 5);
    }
  });

  test('sharp-pipeline.js uses nearly all of its bytes', async () => {
    const { folder } = await folderWith(320, 240);
    const out = temporaryFolder();
    const [line, ...more] = await linesOf('sharp-pipeline.js', folder, out);
    expect(more).toEqual([]);
    expect(line).toMatch(/^photo\.png \d+ bytes [\d.]+ bits a pixel$/);
    const stream = readFileSync(join(out, 'photo.ddpm'));
    expect(inspect(stream)).toMatchObject({ width: 192, height: 144, truncated: false });
    expect(stream.length).toBeGreaterThan(9_900);
    expect(stream.length).toBeLessThanOrEqual(10_000);
  });

  test('transports.js: the trellis code takes few bits more than the KL divergence', async () => {
    const { photo } = await folderWith(128, 96);
    const lines = await linesOf('transports.js', photo);
    const rows = new Map(lines.slice(2).map((line) => [line.split(/ +/)[0], line.split(/ +/).slice(1).map(Number)]));
    expect([...rows.keys()]).toEqual(['ideal', 'trellis', 'dithered', 'nothing']);
    const [bits, idealBits, psnr] = rows.get('trellis') ?? [];
    expect(bits / idealBits).toBeGreaterThan(1);
    expect(bits / idealBits).toBeLessThan(1.2);
    expect(psnr).toBeGreaterThan(30);
    expect(rows.get('nothing')?.[2]).toBeLessThan(20);
  });

  test('denoise.js removes noise', async () => {
    const { folder, photo } = await folderWith(130, 97); // not multiples of the sizes that the model takes
    const lines = await linesOf('denoise.js', photo, '0.4', folder);
    const [noisy, denoised] = lines.map((line) => Number(/([\d.]+) dB$/.exec(line)?.[1]));
    expect(noisy).toBeLessThan(16);
    expect(denoised).toBeGreaterThan(noisy + 8);
    expect(await readImage(readFileSync(join(folder, 'denoised.png')))).toMatchObject({ channels: 3 });
  });

  test('server.js serves files and pictures, and ends when it is told to', async () => {
    const folder = temporaryFolder();
    const vector = 'test/vectors/160x144-checksums.ddpm';
    copyFileSync(vector, join(folder, 'photo.ddpm'));
    const child = spawn(process.execPath, [join(ROOT, 'examples', 'server.js'), folder, '0']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /at (http:\/\/127\.0\.0\.1:\d+\/)\n$/.exec(line.toString())?.[1];
    const file = await fetch(`${url}photo.ddpm`);
    expect(file.headers.get('content-type')).toBe('image/x-ddpm');
    expect(Buffer.compare(Buffer.from(await file.arrayBuffer()), readFileSync(vector))).toBe(0);
    const picture = await fetch(`${url}photo.ddpm?w=40`, { headers: { Accept: 'image/avif,image/*' } });
    expect([picture.headers.get('content-type'), picture.status]).toEqual(['image/avif', 200]);
    await picture.arrayBuffer();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
