/** Tests commands as real processes: `bench` with worker processes, `compare`, `doctor`. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RowFile } from '../../../src/benchmark/measure/row-file.ts';
import { compareImages, readImage, writeImage } from '../../../src/entry/index.ts';
import { ssimulacra2 } from '../../../src/quality/ssimulacra2/ssimulacra2.ts';
import { benchPicture, writeBenchSet } from '../../support/bench-set.ts';
import { BIN } from '../../support/built.ts';
import { squaredDistanceGraph } from '../../support/onnx-networks.ts';
import { runNode } from '../../support/run-node.ts';
import { writeOnnx } from '../../support/write-onnx.ts';

let folder = '';
let images = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-bench-cli-'));
  images = await writeBenchSet(join(folder, 'set'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Report {
  readonly command: string;
  readonly measured: number;
  readonly rows: number;
  readonly codecs: readonly { readonly codec: string; readonly points: readonly { readonly peakRssBytes: number }[] }[];
}

describe('ddpm-codec bench', () => {
  test('measures in two processes, and continues after an incomplete line', async () => {
    const out = join(folder, 'out');
    const args = [
      BIN,
      'bench',
      images,
      '-o',
      out,
      '-j',
      '2',
      '--codecs',
      'ddpm,jpeg,png',
      '-e',
      '1',
      '--end-sigma',
      '0.5',
      '--json',
      '--quiet',
    ];
    const first = await runNode(args);
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    const report = JSON.parse(first.stdout.toString()) as Report;
    expect(report.command).toBe('bench');
    expect(report.measured).toBe(report.rows);
    for (const { points } of report.codecs) {
      expect(points.length).toBeGreaterThan(0);
      // Node itself takes more than 20 MB.
      for (const { peakRssBytes } of points) expect(peakRssBytes).toBeGreaterThan(20e6);
    }
    const rows = readFileSync(join(out, 'rows.csv'), 'utf8');
    writeFileSync(join(out, 'rows.csv'), rows.slice(0, -30));
    const second = JSON.parse((await runNode(args)).stdout.toString()) as Report;
    expect([second.measured, second.rows]).toEqual([1, report.rows]);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('ddpm-codec bench ');
  });

  test('measures with networks in a process of their own, and again with other networks', async () => {
    const set = join(folder, 'one');
    const net = join(folder, 'net.onnx');
    mkdirSync(set);
    writeFileSync(join(set, 'a.png'), await writeImage(benchPicture(48, 40, 3), 'png'));
    writeFileSync(net, writeOnnx(squaredDistanceGraph()));
    const args = [BIN, 'bench', set, '-o', join(folder, 'networks'), '--codecs', 'jpeg', '--shard', '1/1', '--quiet'];
    const bench = async (...more: string[]) => {
      const { code, stdout, stderr } = await runNode([...args, '--json', ...more]);
      expect([code, stderr]).toEqual([0, '']);
      return JSON.parse(stdout.toString()) as Report;
    };
    const first = await bench('--lpips', net, '--dists', net);
    const { rows } = new RowFile(join(folder, 'networks', 'rows-1-of-1.csv'), false);
    expect(rows.length).toBe(first.measured);
    for (const { mse, lpips, dists, ssimulacra2, version } of rows) {
      expect(lpips).toBeCloseTo((4 * mse) / 255 ** 2, 5);
      expect(dists).toBeCloseTo(mse / 255 ** 2, 5);
      expect(ssimulacra2).toBeLessThan(100);
      expect(version).toMatch(/, lpips [0-9a-f]{8}, dists [0-9a-f]{8}$/);
    }
    expect((await bench('--lpips', net, '--dists', net)).measured).toBe(0);
    expect((await bench('--lpips', net)).measured).toBe(first.measured);
    const wrong = await runNode([...args, '--lpips', join(set, 'a.png')]);
    expect([wrong.code, wrong.stderr]).toEqual([
      6,
      expect.stringMatching(/a\.png: cannot be opened as an ONNX network/),
    ]);
  });

  test('wrong usage and unreadable images have their exit codes', async () => {
    const out = join(folder, 'none');
    const run = async (...args: string[]): Promise<[number | null, string]> => {
      const { code, stderr } = await runNode([BIN, 'bench', ...args]);
      return [code, stderr];
    };
    expect(await run(images)).toEqual([2, expect.stringContaining('--out')]);
    expect(await run(images, '-o', out, '--codecs', 'gif')).toEqual([
      2,
      expect.stringMatching(/--codecs expected .*got gif/),
    ]);
    expect(await run(join(folder, 'absent'), '-o', out)).toEqual([3, expect.stringContaining('no image there')]);
  });
});

describe('ddpm-codec compare', () => {
  test('prints what the library computes', async () => {
    const [a, b] = [benchPicture(180, 178, 0), benchPicture(180, 178, 2)];
    const paths = [join(folder, 'a.png'), join(folder, 'b.png')];
    writeFileSync(paths[0], await writeImage(a, 'png'));
    writeFileSync(paths[1], await writeImage(b, 'png'));
    const wanted = { ...compareImages(a, b), ssimulacra2: ssimulacra2(a, b) };
    expect(wanted.msSsim).not.toBeNull();
    const json = await runNode([BIN, 'compare', ...paths, '--json']);
    expect(JSON.parse(json.stdout.toString())).toMatchObject({ command: 'compare', width: 180, ...wanted });
    const text = (await runNode([BIN, 'compare', ...paths])).stdout.toString();
    expect(text).toContain(`PSNR          ${wanted.psnr.toFixed(2)} dB\n`);
    expect(text).toContain(`MS-SSIM       ${wanted.msSsim?.toFixed(6)}\n`);
    expect(text).toContain(`SSIMULACRA 2  ${wanted.ssimulacra2?.toFixed(4)}\n`);
    const net = join(folder, 'compare.onnx');
    writeFileSync(net, writeOnnx(squaredDistanceGraph()));
    const learned = await runNode([BIN, 'compare', ...paths, '--lpips', net, '--dists', net, '--json']);
    const { lpips, dists } = JSON.parse(learned.stdout.toString());
    expect(lpips).toBeCloseTo((4 * wanted.mse) / 255 ** 2, 5);
    expect(dists).toBeCloseTo(wanted.mse / 255 ** 2, 5);
    const other = await runNode([BIN, 'compare', paths[0], join(images, 'left.png')]);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('180 x 178')]);
  });

  test('compares what pictures look like where their profiles differ, and says so', async () => {
    const linear = join('test', 'images', 'cases', 'g8-gray10.png');
    const shown = join(folder, 'shown.png');
    writeFileSync(shown, await writeImage(await readImage(readFileSync(linear), { metadata: 'none' }), 'png'));
    const json = await runNode([BIN, 'compare', linear, shown, '--json']);
    const result = JSON.parse(json.stdout.toString());
    expect(result).toMatchObject({ command: 'compare', channels: 1, convertedToSrgb: true, mse: 0 });
    const text = (await runNode([BIN, 'compare', linear, shown])).stdout.toString();
    expect(text).toContain('Colours       converted to sRGB, as the ICC profiles differ\n');
    for (const path of [linear, shown]) {
      const same = (await runNode([BIN, 'compare', path, path, '--json'])).stdout.toString();
      expect(JSON.parse(same)).toMatchObject({ convertedToSrgb: false, mse: 0 });
    }
  });
});

describe('ddpm-codec doctor', () => {
  test('exits with 0 on this machine, and with 1 for an invalid model', async () => {
    const here = await runNode([BIN, 'doctor', '--json']);
    expect(JSON.parse(here.stdout.toString())).toMatchObject({ command: 'doctor', healthy: true });
    expect(here.code).toBe(0);
    const broken = await runNode([BIN, 'doctor', '--model', join(images, 'left.png')]);
    expect(broken.stdout.toString()).toMatch(/^broken {3}self-test/m);
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining('broken: self-test')]);
  });
});
