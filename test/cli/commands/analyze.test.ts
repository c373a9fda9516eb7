import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { DdpmError } from '../../../src/base/errors.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { analysis } from '../support/fake-analysis.ts';
import { fakeLibrary, runFake } from '../support/fake-library.ts';

let folder: string;
let data: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = temporaryFolder();
  data = at('three.bin');
  writeFileSync(data, new Uint8Array(3 * 3073).fill(7));
});

/** Arguments of the one call of `analyze`. */
function analysed(library: ReturnType<typeof fakeLibrary>): {
  images: { name: string; width: number }[];
  options: object;
} {
  const [call] = library.calls.filter(({ name }) => name === 'analyze');
  return { images: call.args[0] as { name: string; width: number }[], options: call.args[1] as object };
}

describe('analyze', () => {
  test('gives every option to the library, and leaves out those not given', async () => {
    const library = fakeLibrary();
    const flags =
      '--steps 50 --variance calibrated --no-clip --seed 3 --stride 4 --batch 8 --imperceptible-rmse 1.5 --model m --backend cpu';
    const ended = await runFake(['analyze', data, ...flags.split(' '), '--quiet'], library);
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(analysed(library).options).toEqual({
      steps: 50,
      variance: 'calibrated',
      clip: false,
      seed: 3,
      stride: 4,
      batch: 8,
      imperceptibleRmse: 1.5,
      model: 'm',
      backend: 'cpu',
      onProgress: expect.any(Function),
    });
    const plain = fakeLibrary();
    await runFake(['analyze', data], plain);
    expect(Object.keys(analysed(plain).options)).toEqual(['onProgress']);
  });

  test('takes CIFAR-10 binaries, images and folders of both, in order, up to --images', async () => {
    mkdirSync(at('set/deeper'), { recursive: true });
    for (const name of ['b.png', 'a.JPG', 'notes.txt', 'deeper/c.png']) writeFileSync(at(`set/${name}`), 'an image');
    writeFileSync(at('set/z.bin'), new Uint8Array(3073));
    const library = fakeLibrary();
    const { code, stderr } = await runFake(['analyze', data, at('set')], library);
    expect(code).toBe(0);
    const { images } = analysed(library);
    expect(images.map(({ name }) => name.slice(folder.length + 1))).toEqual([
      'three.bin, record 0',
      'three.bin, record 1',
      'three.bin, record 2',
      'set/a.JPG',
      'set/b.png',
      'set/deeper/c.png',
      'set/z.bin, record 0',
    ]);
    expect(stderr).toContain('ddpm-codec: warning: 3 images were cut to the centre');
    const two = fakeLibrary();
    await runFake(['analyze', data, at('set'), '--images', '2'], two);
    expect(analysed(two).images).toHaveLength(2);
  });

  test('prints a summary that says what is ideal', async () => {
    const { stdout } = await runFake(['analyze', data], fakeLibrary(), { now: () => 0 });
    expect(stdout).toContain('rates       ideal: relative entropy and log-likelihood, no bitstream was made\n');
    expect(stdout).toContain('steps       all 3\n');
    expect(stdout).toContain('codelength  3.7500 bits/dim, standard error over images 0.1250\n');
    expect(stdout).toContain('  L_0       2.0000, 53.3 %, after x_1 at RMSE 1.000\n');
    expect(stdout).toContain('RMSE below 0.95 from 1.5000 bits/dim: the other 60.0 % are imperceptible\n');
    const table = stdout.slice(stdout.indexOf('steps taken')).split('\n').slice(0, 4);
    expect(table.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['steps taken', 'sigma', 'ideal bits/dim', 'RMSE', 'PSNR dB'],
      ['2', '2.000', '1.75000', '1.000', '34.00'],
      ['1', '4.000', '1.25000', '4.000', '28.00'],
      ['0', '8.000', '0.75000', '9.000', '22.00'],
    ]);
  });

  test('writes JSON, CSV and SVG; an existing file is kept with --no-clobber', async () => {
    const outputs = ['--json', at('o.json'), '--csv', at('o.csv'), '--svg', at('o.svg')];
    expect((await runFake(['analyze', data, ...outputs], fakeLibrary())).code).toBe(0);
    expect(JSON.parse(readFileSync(at('o.json'), 'utf8'))).toEqual({ command: 'analyze', ...analysis });
    expect(readFileSync(at('o.csv'), 'utf8').split('\r\n')).toHaveLength(5);
    expect(readFileSync(at('o.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>$/s);
    const library = fakeLibrary();
    const again = await runFake(['analyze', data, '--csv', at('o.csv'), '--no-clobber'], library);
    expect(again.code).toBe(7);
    expect(library.calls).toEqual([]);
    expect((await runFake(['analyze', data, '--csv', at('o.csv')], fakeLibrary())).code).toBe(0);
  });

  test.each([
    [['--svg', 'plot.png'], 'the output plot.png is SVG and not .png; give another name, or --force'],
    [['--csv', ''], '--csv expected a path, got an empty one'],
    [['--json', '{name}.json'], '--json expected no placeholders, got {name}.json'],
    [['--json', 'DATA', '--force'], 'is the file that is read as'],
  ])('%j is wrong usage', async (flags, why) => {
    const library = fakeLibrary();
    const args = flags.map((flag) => (flag === 'DATA' ? data : flag));
    const { code, stderr } = await runFake(['analyze', data, ...args], library);
    expect([code, library.calls]).toEqual([2, []]);
    expect(stderr).toContain(why);
  });

  test('a plot without the packages that draw it is refused before the work', async () => {
    const library: ReturnType<typeof fakeLibrary> = {
      ...fakeLibrary(),
      requireVega: async () => {
        throw new DdpmError('ERR_DDPM_DEPENDENCY', 'plots need the packages vega and vega-lite');
      },
    };
    const { code, stderr } = await runFake(['analyze', data, '--svg', at('never.svg')], library);
    expect([code, stderr]).toEqual([1, expect.stringContaining('plots need the packages vega and vega-lite')]);
    expect(library.calls).toEqual([]);
    expect(existsSync(at('never.svg'))).toBe(false);
  });

  test('- is standard output, alone', async () => {
    const { stdout } = await runFake(['analyze', data, '--json', '-'], fakeLibrary());
    expect(JSON.parse(stdout).codelength).toEqual(analysis.codelength);
    const both = await runFake(['analyze', data, '--json', '-', '--csv', '-'], fakeLibrary());
    expect([both.code, both.stdout]).toEqual([2, '']);
    expect(both.stderr).toMatch(/^ddpm-codec: wrong usage: --json, --csv and --svg need different files\n$/);
  });

  test('exits with 3 if an input cannot be read', async () => {
    writeFileSync(at('short.bin'), new Uint8Array(3072));
    const short = await runFake(['analyze', at('short.bin')], fakeLibrary());
    expect([short.code, short.stderr]).toEqual([
      3,
      expect.stringMatching(/short\.bin: 3072 bytes are not a whole number/),
    ]);
    expect((await runFake(['analyze', at('none.bin')], fakeLibrary())).code).toBe(3);
    mkdirSync(at('empty'));
    const empty = await runFake(['analyze', at('empty')], fakeLibrary());
    expect([empty.code, empty.stderr]).toEqual([
      3,
      expect.stringMatching(/no images in .*empty\. Give \.bin or image files/),
    ]);
    expect((await runFake(['analyze'], fakeLibrary())).code).toBe(2);
  });
});

describe('sample', () => {
  /** Options with which `sample` was called, without the listener. */
  const sampled = (library: ReturnType<typeof fakeLibrary>): object => {
    const [call] = library.calls.filter(({ name }) => name === 'sample');
    const { onProgress, ...options } = call.args[0] as { onProgress: unknown };
    expect(onProgress).toBeTypeOf('function');
    return options;
  };
  /** Size of the n-th picture that was written. */
  const sheet = (library: ReturnType<typeof fakeLibrary>, n: number): { width: number; height: number } => {
    const { width, height } = library.calls.filter(({ name }) => name === 'writeImage')[n].args[0] as {
      width: number;
      height: number;
    };
    return { width, height };
  };

  test('writes a grid and a strip', async () => {
    const library = fakeLibrary();
    const flags =
      '-n 6 --size 64x32 --steps 20 --seed 9 --sampler ancestral --variance beta-tilde -j 3 --scale 3 --columns 3 --frames 5';
    const outputs = ['--grid', at('g.png'), '--progressive', at('p.png')];
    const { code, stderr } = await runFake(['sample', ...flags.split(' '), ...outputs], library, { now: () => 0 });
    expect([code, stderr]).toEqual([
      0,
      `${at('g.png')}, ${at('p.png')}  6 images of 2 x 2, heun, 25 steps, 49 network runs each  0.0 s\n`,
    ]);
    expect(sampled(library)).toEqual({
      count: 6,
      width: 64,
      height: 32,
      steps: 20,
      seed: 9,
      sampler: 'ancestral',
      variance: 'beta-tilde',
      threads: 3,
      frames: 5,
    });
    expect(sheet(library, 0)).toEqual({ width: 3 * 8 + 2, height: 2 * 8 + 2 });
    expect(sheet(library, 1)).toEqual({ width: 5 * 8 + 2, height: 6 * 8 + 2 });
    expect(readFileSync(at('g.png'), 'utf8')).toBe('image file');
    expect(existsSync(at('p.png'))).toBe(true);
  });

  test('leaves out what is not given; a strip has up to 8 rows', async () => {
    const library = fakeLibrary();
    await runFake(['sample', '--progressive', at('p.png'), '--sampler', 'ddim', '--eta', '0.5'], library);
    expect(sampled(library)).toEqual({ sampler: 'ddim', eta: 0.5, frames: 10 });
    expect(sheet(library, 0)).toEqual({ width: 10 * 4 + 2, height: 8 * 4 + 2 });
  });

  test('--json prints what was made; - is a PNG on standard output', async () => {
    const { stdout, stderr } = await runFake(['sample', '-o', at('g.png'), '--json'], fakeLibrary());
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ command: 'sample', count: 16, grid: at('g.png'), progressive: null });
    expect((await runFake(['sample', '-o', '-'], fakeLibrary())).stdout).toBe('image file');
  });

  test('--interpolate reads two images and writes them with what lies between', async () => {
    const library = fakeLibrary();
    for (const name of ['a.png', 'b.png']) writeFileSync(at(name), name);
    const flags = ['-n', '5', '--at-step', '100', '--no-shared-noise', '-o', at('row.png')];
    const { code } = await runFake(['sample', '--interpolate', at('a.png'), at('b.png'), ...flags], library);
    expect(code).toBe(0);
    const call = library.calls.find(({ name }) => name === 'interpolate');
    expect(call?.args[2]).toEqual({ count: 5, atStep: 100, sharedNoise: false, onProgress: expect.any(Function) });
    expect(sheet(library, 0)).toEqual({ width: 7 * 4 + 2, height: 4 + 2 });
  });

  test.each([
    [[], /give --grid FILE, --progressive FILE or both/],
    [['-o', 'x.png', '--at-step', '3'], /--at-step and --no-shared-noise are for --interpolate/],
    [['-o', 'x.png', '--no-shared-noise'], /--at-step and --no-shared-noise are for --interpolate/],
    [['-o', 'x.png', '--frames', '3'], /--frames is for --progressive/],
    [['-o', 'x.png', '--progressive', 'x.png'], /need different files/],
    [['-o', '-', '--json'], /both need standard output/],
    [['--progressive', '-'], /only --grid takes -/],
    [['-o', 'x.png', '--interpolate', 'a.png'], /--interpolate takes two images, got 1/],
    [['-o', 'x.png', '--size', '3by4'], /It is not a size such as 32x32/],
    [['-o', 'x.png', '--size', '32', '--interpolate', 'a', 'b'], /cannot be used with/],
    [['-o', 'x.png', '--sampler', 'euler'], /Allowed choices are heun, ddim, ancestral/],
    [['-o', 'x.png', '--out', 'folder'], /cannot be used with/],
    [['-o', 'x.png', '--shard', '1/2'], /--shard and --format are for --out/],
    [['--out', 'folder', '--no-clobber'], /--no-clobber is not for --out/],
    [['--out', 'folder', '-n', '1000001'], /--count expected integer 1\.\.1000000, got 1000001/],
    [['--out', 'https://example.com/a'], /--out expected a path/],
    [['-o', 'x.xyz'], /the output expected one of the extensions/],
  ])('wrong usage exits with 2: %j', async (args, message) => {
    const library = fakeLibrary();
    const { code, stderr } = await runFake(['sample', ...args], library);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(library.calls).toEqual([]);
  });
});
