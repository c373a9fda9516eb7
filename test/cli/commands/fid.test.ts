/** `ddpm-codec fid` on CIFAR-10 and Kodak pictures, by a small network of our own. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { beforeEach, describe, expect, test } from 'vitest';
import { library } from '../../../src/cli/library.ts';
import { writeStatistics } from '../../../src/fid/statistics-file.ts';
import { normalFeatures, statisticsOf } from '../../fid/vectors.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { runFake } from '../support/fake-library.ts';

const IMAGES = new URL('../../images/', import.meta.url).pathname;
const NETWORK = new URL('../../fixtures/onnx/features.onnx', import.meta.url).pathname;
const CIFAR = readFileSync(join(IMAGES, 'cifar10-test-128.bin'));
const RECORD = 3073;

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(at('a.bin'), CIFAR.subarray(0, 64 * RECORD));
  writeFileSync(at('b.bin'), CIFAR.subarray(64 * RECORD));
});

interface Report {
  readonly fid: number;
  readonly kid: { readonly mean: number; readonly subsets: number; readonly subsetSize: number } | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly a: object;
  readonly b: object;
  readonly dims: number;
}

/** Runs `fid`, which must succeed without a word on standard error. */
async function fid(...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await runFake(['fid', ...args, '--json'], library);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Report;
}

describe('fid', () => {
  test('saved statistics and features give what the pictures give', async () => {
    const [a, b, features] = [at('a.bin'), at('b.bin'), ['--features', NETWORK]];
    const all = [...features, '--kid', '--subset-size', '20', '--precision-recall'];
    const whole = await fid(a, b, ...all);
    expect(whole.fid).toBeGreaterThan(0);
    expect(whole.kid).toMatchObject({ subsets: 100, subsetSize: 20 });
    expect(whole.precision).toBeGreaterThan(0.5);
    expect([whole.a, whole.b, whole.dims]).toEqual([{ source: a, images: 64 }, { source: b, images: 64 }, 4]);

    await fid(a, ...features, '--save-stats', at('a.npz'), '--save-features', at('features.npz'));
    const reused = await fid(at('a.npz'), b, ...features, '--batch', '5', '--save-stats', at('b.npz'));
    expect(Math.abs(reused.fid - whole.fid)).toBeLessThan(1e-9);
    expect(reused.kid).toBeNull();
    const saved = await fid(at('a.npz'), at('b.npz'));
    expect(Math.abs(saved.fid - whole.fid)).toBeLessThan(1e-9);
    const { fid: again, kid, precision, recall } = await fid(at('features.npz'), b, ...all);
    expect(Math.abs(again - whole.fid)).toBeLessThan(1e-9);
    expect({ kid, precision, recall }).toEqual({ kid: whole.kid, precision: whole.precision, recall: whole.recall });
  });

  test('a set is a folder, too, whose pictures may be of several sizes; equal sets are at 0', async () => {
    mkdirSync(at('set'));
    copyFileSync(at('a.bin'), at('set/a.bin'));
    const [kodak] = readdirSync(join(IMAGES, 'kodak')).filter((name) => name.endsWith('.png'));
    copyFileSync(join(IMAGES, 'kodak', kodak), at('set/kodak.png'));
    const { stdout, code } = await runFake(
      ['fid', at('set'), at('set'), '--features', NETWORK, '--precision-recall'],
      library,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^FID +0\.000000\nprecision +1\.0000\nrecall +1\.0000\nA +.*: 65 images\nB/);
    expect(stdout).toMatch(
      /features +4, features\.onnx \(SHA-256 [\da-f]{12}\), output features, pictures as they are/,
    );
  });

  test('warns that few pictures for many features make a singular covariance, and of statistics of unknown origin', async () => {
    const args = ['fid', at('a.bin'), at('b.bin'), '--features', NETWORK, '--images', '4'];
    const { code, stderr } = await runFake(args, library);
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: .*a\.bin: 4 images for 4 features.*\nddpm-codec: warning: .*b\.bin: 4 images/);
    const statistics = statisticsOf(normalFeatures(50, 4, 'foreign'));
    writeFileSync(at('foreign.npz'), foreign(statistics));
    const other = await runFake(['fid', at('foreign.npz'), at('b.bin'), '--features', NETWORK], library);
    expect([other.code, other.stderr]).toEqual([
      0,
      expect.stringMatching(/foreign\.npz does not say how its features/),
    ]);
    expect(other.stdout).toContain('number of images not known');
  });

  test('refuses to compare what was made differently', async () => {
    await fid(at('a.bin'), '--features', NETWORK, '--save-stats', at('a.npz'));
    const { code, stderr } = await runFake(
      ['fid', at('a.npz'), at('b.bin'), '--features', NETWORK, '--size', '16'],
      library,
    );
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(
        /^ddpm-codec: cannot compare features that were made differently: .*a\.npz is of features\.onnx .*as they are.*; .*b\.bin is of .*at 16 x 16/,
      ),
    ]);
    const statistics = statisticsOf(normalFeatures(50, 3, 'three'));
    writeFileSync(at('three.npz'), foreign(statistics));
    const other = await runFake(['fid', at('three.npz'), at('b.bin'), '--features', NETWORK, '--quiet'], library);
    expect([other.code, other.stderr]).toEqual([3, expect.stringMatching(/three\.npz has 3 features, .*b\.bin has 4/)]);
  });

  test('has its exit codes', async () => {
    const features = ['--features', NETWORK];
    const statistics = statisticsOf(normalFeatures(50, 4, 'plain'));
    writeFileSync(at('plain.npz'), foreign(statistics));
    writeFileSync(at('no.onnx'), 'no network');
    const cases: [number, RegExp, string[]][] = [
      [2, /images need --features FILE\.onnx/, [at('a.bin'), at('b.bin')]],
      [2, /give a second set, or --save-stats FILE/, [at('a.bin'), ...features]],
      [
        2,
        /--save-stats takes one set of images, got 2/,
        [at('a.bin'), at('b.bin'), ...features, '--save-stats', at('c.npz')],
      ],
      [2, /--save-stats expected a name that ends with \.npz/, [at('a.bin'), ...features, '--save-stats', at('c.png')]],
      [2, /--subsets needs --kid/, [at('a.bin'), at('b.bin'), ...features, '--subsets', '3']],
      [2, /--subset-size expected integer 2/, [at('a.bin'), at('b.bin'), ...features, '--kid', '--subset-size', '1']],
      [2, /--output expected one of features/, [at('a.bin'), at('b.bin'), ...features, '--output', 'x']],
      [3, /plain\.npz: it has no features, which --kid/, [at('plain.npz'), at('b.bin'), ...features, '--kid']],
      [3, /only 1 image; a covariance takes 2/, [at('a.bin'), at('b.bin'), ...features, '--images', '1']],
      [
        3,
        /a\.bin: 3 images; --precision-recall with neighbour 3 takes 4/,
        [at('a.bin'), at('b.bin'), ...features, '--images', '3', '--precision-recall'],
      ],
      [3, /no images in/, [at('a.bin'), at('empty'), ...features]],
      [6, /no\.onnx: cannot be opened as an ONNX network/, [at('a.bin'), at('b.bin'), '--features', at('no.onnx')]],
      [
        7,
        /cannot write .*plain\.npz: the file exists/,
        [at('a.bin'), ...features, '--save-stats', at('plain.npz'), '--no-clobber'],
      ],
    ];
    mkdirSync(at('empty'));
    for (const [code, message, args] of cases) {
      expect(await runFake(['fid', ...args, '--quiet'], library)).toEqual({
        code,
        stdout: '',
        stderr: expect.stringMatching(message),
      });
    }
  });
});

/** Statistics without `about`, as programs of others write them. */
function foreign(statistics: ReturnType<typeof statisticsOf>): Uint8Array {
  const members = unzipSync(writeStatistics({ statistics, extraction: null, features: null }));
  return zipSync({ 'mu.npy': members['mu.npy'], 'sigma.npy': members['sigma.npy'] });
}
