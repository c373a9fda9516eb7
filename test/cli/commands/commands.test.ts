import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { inspect } from '../../../src/coding/inspect.ts';
import { readPrefix } from '../../../src/coding/truncate.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { fakeLibrary, runFake, Sink } from '../support/fake-library.ts';

let folder: string;
let input: string;
beforeEach(() => {
  folder = temporaryFolder();
  input = join(folder, 'in.png');
  writeFileSync(input, 'input bytes');
});

describe('encode', () => {
  test('gives every option to the library, and leaves out those not given', async () => {
    const library = fakeLibrary();
    const flags =
      '-e 7 --exact-alpha --no-index --ladder 1.5 --transport trellis --beam 512 --end-sigma 0.05 --seed 9 --model m.bin --backend cpu --limit-pixels 1000';
    expect(await runFake(['encode', input, ...flags.split(' '), '--quiet'], library)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const [read, encode] = library.calls;
    expect(read).toEqual({
      name: 'readImage',
      args: [Buffer.from('input bytes'), { source: input, limitInputPixels: 1000 }],
    });
    expect(encode.args[0]).toMatchObject({ width: 4, height: 2, channels: 3 });
    const given = {
      effort: 7,
      exactAlpha: true,
      index: false,
      ladderStep: 1.5,
      transport: 'trellis',
      beamWidth: 512,
      endSigma: 0.05,
      seed: 9,
      model: 'm.bin',
      backend: 'cpu',
    };
    expect(encode.args[1]).toEqual({ ...given, limitInputPixels: 1000, onProgress: expect.any(Function) });
    for (const [flag, value, rate] of [
      ['--bytes', '20k', { bytes: 20000 }],
      ['--target-size', '1M', { bytes: 1_000_000 }],
      ['--bpp', '0.5', { bpp: 0.5 }],
      ['--psnr', '32', { psnr: 32 }],
      ['--quality', '70', { quality: 70 }],
    ] as const) {
      const one = fakeLibrary();
      expect((await runFake(['encode', input, flag, value], one)).code).toBe(0);
      expect(one.calls[1].args[1]).toEqual({ ...rate, onProgress: expect.any(Function) });
    }
    const indexed = fakeLibrary();
    await runFake(['encode', input, '--index'], indexed);
    expect(indexed.calls[1].args[1]).toMatchObject({ index: true });
    const plain = fakeLibrary();
    await runFake(['encode', input], plain);
    expect(Object.keys(plain.calls[1].args[1] as object)).toEqual(['onProgress']);
  });

  test('--metadata goes to readImage; its warnings are printed, and stand in the JSON object', async () => {
    const library = fakeLibrary({ warnings: ['only the first of 2 frames was taken'] });
    for (const [text, metadata] of [
      ['all', 'all'],
      ['none', 'none'],
      ['xmp,icc', ['icc', 'xmp']],
    ] as const) {
      const { stderr } = await runFake(['encode', input, '--metadata', text], library);
      expect(stderr).toContain(`ddpm-codec: warning: ${input}: only the first of 2 frames was taken\n`);
      expect(library.calls.filter(({ name }) => name === 'readImage').at(-1)?.args[1]).toEqual({
        source: input,
        metadata,
      });
    }
    const { stdout } = await runFake(['encode', input, '--json', '--quiet'], library);
    expect(JSON.parse(stdout).warnings).toEqual(['only the first of 2 frames was taken']);
  });

  test('the summary contains the target', async () => {
    const { stderr } = await runFake(['encode', input, '--bytes', '18.5k'], fakeLibrary(), { now: () => 0 });
    expect(stderr).toMatch(/ {2}2 layers {2}0\.0 s {2}\(target 18 500 B\)\n$/);
  });

  test('writes beside the input and prints the summary line on stderr', async () => {
    const outcome = await runFake(['encode', input], fakeLibrary(), { now: () => 0 });
    const output = join(folder, 'in.ddpm');
    expect(readFileSync(output, 'utf8')).toBe('ddpm file');
    expect(outcome).toEqual({
      code: 0,
      stdout: '',
      stderr: `${input} → ${output}  18 432 B  0.375 bpp  2 layers  0.0 s\n`,
    });
  });

  test('--report-psnr says the PSNR, on the line and in the JSON object, which has none without it', async () => {
    const { stderr } = await runFake(['encode', input, '--report-psnr'], fakeLibrary(), { now: () => 0 });
    expect(stderr).toMatch(/ {2}0\.375 bpp {2}31\.42 dB {2}0\.0 s\n$/);
    const objects = [];
    for (const flags of [[], ['--report-psnr']]) {
      const { stdout } = await runFake(['encode', input, '--json', ...flags], fakeLibrary());
      objects.push(JSON.parse(stdout));
    }
    expect(objects[0]).not.toHaveProperty('psnr');
    expect(objects[1]).toMatchObject({ psnr: 31.4159, rmse: 6.85 });
  });

  test('--json prints one object on stdout, with null for an infinite psnr', async () => {
    const library = fakeLibrary({ encodeInfo: { psnr: Number.POSITIVE_INFINITY } });
    const { stdout, stderr } = await runFake(['encode', input, '-o', join(folder, 'x.ddpm'), '--json'], library);
    expect(stderr).toBe('');
    expect(stdout.trimEnd()).not.toContain('\n');
    const json = JSON.parse(stdout);
    expect(Object.keys(json).slice(0, 4)).toEqual(['schemaVersion', 'command', 'input', 'output']);
    expect(json).toMatchObject({
      schemaVersion: 1,
      command: 'encode',
      input,
      output: join(folder, 'x.ddpm'),
      psnr: null,
    });
    expect(json).toMatchObject({ width: 4, bytes: 18432, backend: 'wasm', layers: [{ layer: 1 }, { layer: 2 }] });
  });

  test('- reads standard input and writes standard output, nothing else on it', async () => {
    const library = fakeLibrary();
    const { code, stdout, stderr } = await runFake(['encode', '-', '-o', '-'], library);
    expect([code, stdout]).toEqual([0, 'ddpm file']);
    expect(stderr).toMatch(/^standard input → standard output {2}18 432 B/);
    expect(library.calls[0].args).toEqual([Buffer.from('standard input'), { source: 'standard input' }]);
  });

  test('an existing output is overwritten; --no-clobber refuses it before any work is done', async () => {
    writeFileSync(join(folder, 'in.ddpm'), 'old');
    const library = fakeLibrary();
    const refused = await runFake(['encode', input, '--no-clobber'], library);
    expect(refused.code).toBe(7);
    expect(refused.stderr).toBe(
      `ddpm-codec: cannot write ${join(folder, 'in.ddpm')}: the file exists. Leave out --no-clobber to overwrite it\n`,
    );
    expect(library.calls).toEqual([]);
    expect((await runFake(['encode', input], library)).code).toBe(0);
    expect(readFileSync(join(folder, 'in.ddpm'), 'utf8')).toBe('ddpm file');
  });

  test('a failed run leaves no file', async () => {
    await runFake(['encode', input], fakeLibrary({ fail: new Error('x') }));
    expect(readdirSync(folder)).toEqual(['in.png']);
  });

  test('a missing input is named, with the reason', async () => {
    const path = join(folder, 'none.png');
    const { code, stderr } = await runFake(['encode', path], fakeLibrary());
    expect(code).toBe(3);
    expect(stderr).toBe(
      `ddpm-codec: cannot read ${path}: no such file or directory. Check the path and its permissions\n`,
    );
  });
});

describe('decode', () => {
  test('gives every option to the library', async () => {
    for (const [flag, value, expected] of [
      ['--bytes', '18.5k', { bytes: 18500 }],
      ['--layers', '3', { layers: 3 }],
      ['--max-bytes', '2k', { bytes: 2000 }],
      ['--bpp', '0.25', { bpp: 0.25 }],
      ['--max-size', '256', { maxWidth: 256, maxHeight: 256 }],
      ['--max-width', '256', { maxWidth: 256 }],
      ['--max-height', '99', { maxHeight: 99 }],
      ['--reconstruction', 'mmse', { reconstruction: 'mmse' }],
      ['--model', 'm', { model: 'm' }],
      ['--backend', 'tensorflow', { backend: 'tensorflow' }],
      ['--limit-pixels', '99', { limitInputPixels: 99 }],
    ] as const) {
      const library = fakeLibrary();
      const { code } = await runFake(['decode', input, '-o', join(folder, 'out.tif'), flag, value], library);
      expect(code).toBe(0);
      const call = library.calls.find(({ name }) => name === 'decode');
      expect(call?.args[1]).toEqual({ ...expected, failOn: 'none', onProgress: expect.any(Function) });
    }
  });

  test('a picture is held against its format with the size that it is reduced to', async () => {
    const library = fakeLibrary();
    const asked: unknown[] = [];
    const assertHolds: typeof library.assertHolds = (_, { width, height }) => void asked.push([width, height]);
    const flags = ['-o', join(folder, 'out.jpg'), '--max-width', '2'];
    expect((await runFake(['decode', input, ...flags], { ...library, assertHolds })).code).toBe(0);
    expect(asked).toEqual([[2, 1]]);
  });

  test('the format follows the extension; without -o it is a PNG beside the input', async () => {
    const file = join(folder, 'a.ddpm');
    writeFileSync(file, 'x');
    for (const [flags, format, output] of [
      [[], 'png', 'a.png'],
      [['-o', join(folder, 'b.JPEG')], 'jpeg', 'b.JPEG'],
    ] as const) {
      const library = fakeLibrary();
      await runFake(['decode', file, ...flags], library);
      expect(library.calls.at(-1)).toMatchObject({
        name: 'writeImage',
        args: [{ width: 4, height: 2, channels: 3, metadata: { icc: Uint8Array.of(1) } }, format],
      });
      expect(readFileSync(join(folder, output), 'utf8')).toBe('image file');
    }
  });

  test('a name that no format has is refused before anything is read; --force writes PNG', async () => {
    for (const name of ['x.bmp', 'x.ddpm']) {
      const library = fakeLibrary();
      const { code, stderr } = await runFake(['decode', input, '-o', join(folder, name)], library);
      expect([code, library.calls]).toEqual([2, []]);
      expect(stderr).toMatch(
        /^ddpm-codec: wrong usage: the output expected one of the extensions .*--force writes PNG\n$/,
      );
      expect((await runFake(['decode', input, '-o', join(folder, name), '--force'], library)).code).toBe(0);
      expect(library.calls.at(-1)).toMatchObject({ name: 'writeImage', args: [{}, 'png'] });
    }
  });

  test.each([
    ['x.pgm', {}, 'the picture has colours, which pgm cannot hold'],
    ['x.jpg', { channels: 4 }, 'the picture has an alpha channel, which jpeg cannot hold'],
    ['x.webp', { width: 16384 }, 'the picture has 16384 x 2 pixels, webp holds at most 16383 a side'],
    ['x.avif', { height: 16385 }, 'the picture has 4 x 16385 pixels, avif holds at most 16384 a side'],
    ['x.jpg', { width: 65535 }, 'the picture has 65535 x 2 pixels, jpeg holds at most 65500 a side'],
  ] as const)('%s for %j is refused once the header is known, before decoding', async (name, shape, why) => {
    const library = fakeLibrary({ inspectInfo: shape });
    const { code, stderr } = await runFake(['decode', input, '-o', join(folder, name)], library);
    expect([code, library.calls.map((call) => call.name)]).toEqual([7, ['inspect']]);
    expect(stderr).toContain(`cannot write ${join(folder, name)}: ${why}. Choose `);
  });

  test('without -o, a picture that is there is not overwritten: the stream may have been made from it', async () => {
    const file = join(folder, 'photo.ddpm');
    writeFileSync(file, 'x');
    writeFileSync(join(folder, 'photo.png'), 'original');
    const library = fakeLibrary();
    const { code, stderr } = await runFake(['decode', file], library);
    expect([code, library.calls, readFileSync(join(folder, 'photo.png'), 'utf8')]).toEqual([7, [], 'original']);
    expect(stderr).toContain('photo.png: the file exists. Name it with -o to overwrite it');
    expect((await runFake(['decode', file, '-o', join(folder, 'photo.png')], library)).code).toBe(0);
  });

  test('a truncated file is a warning; --strict asks the library to fail; --quiet is silent', async () => {
    const library = fakeLibrary({ decodeInfo: { truncated: true, layers: [] } });
    const { code, stderr } = await runFake(['decode', input, '-o', '-'], library);
    expect(code).toBe(0);
    expect(stderr).toContain(`warning: ${input} is truncated: the file ends after layer 2 of 24.`);
    expect((await runFake(['decode', input, '-o', '-', '--quiet'], library)).stderr).toBe('');
    const inTail = fakeLibrary({
      inspectInfo: { lossless: true, layersTotal: 2, truncated: true },
      decodeInfo: { truncated: true, exactRows: 1 },
    });
    const rows = 'the file ends after layer 2 of 2, within its lossless tail: 1 of 2 rows exact.';
    expect((await runFake(['decode', input, '-o', '-'], inTail)).stderr).toContain(rows);
    await runFake(['decode', input, '-o', '-', '--strict'], library);
    expect(library.calls.filter(({ name }) => name === 'decode').at(-1)?.args[1]).toMatchObject({
      failOn: 'truncated',
    });
  });

  test('a damaged file gives the picture before the damage, and exit code 4', async () => {
    const output = join(folder, 'damaged.png');
    const library = fakeLibrary({ decodeInfo: { damage: 'layer 3, tile 1 at bit 99: checksum does not match' } });
    const { code, stderr } = await runFake(['decode', input, '-o', output, '--quiet'], library);
    expect(code).toBe(4);
    expect(stderr).toBe(
      `ddpm-codec: ${input}: damaged stream: layer 3, tile 1 at bit 99: checksum does not match. ` +
        `${output} holds the picture of the 2 layers before the damage\n`,
    );
    expect(readFileSync(output, 'utf8')).toBe('image file');
    const json = await runFake(['decode', input, '-o', output, '--json'], library);
    expect(json.code).toBe(4);
    expect(JSON.parse(json.stdout)).toMatchObject({
      command: 'decode',
      damage: expect.stringContaining('layer 3'),
      error: { exitCode: 4, message: stderr.replace('ddpm-codec: ', '').trimEnd() },
    });
  });

  test('the summary contains the number of decoded layers, the JSON object the report', async () => {
    const summary = await runFake(['decode', input, '-o', join(folder, 'o.png')], fakeLibrary(), { now: () => 0 });
    expect(summary.stderr).toContain('o.png  18 432 B  0.375 bpp  2/2 layers  0.0 s\n');
    const { stdout } = await runFake(['decode', input, '-o', join(folder, 'p.png'), '--json'], fakeLibrary());
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      command: 'decode',
      input,
      layersTotal: 2,
      truncated: false,
    });
  });
});

describe('decode further', () => {
  test('--reconstruction sample takes a seed', async () => {
    const library = fakeLibrary();
    const flags = ['--reconstruction', 'sample', '--seed', '7'];
    expect((await runFake(['decode', input, '-o', '-', ...flags], library)).code).toBe(0);
    const call = library.calls.find(({ name }) => name === 'decode');
    expect(call?.args[1]).toMatchObject({ reconstruction: 'sample', reconstructionSeed: 7 });
  });

  test('--all-steps writes a picture for each layer', async () => {
    const steps = join(folder, 'new', 'steps');
    const { code, stderr } = await runFake(['decode', input, '--all-steps', steps], fakeLibrary());
    expect(code).toBe(0);
    expect(readdirSync(steps)).toEqual(['in-01.png', 'in-02.png']);
    expect(stderr).toContain(`${join(steps, 'in-02.png')}  layer 2/24  200 B\n`);
    const again = fakeLibrary();
    expect((await runFake(['decode', input, '--all-steps', steps, '--no-clobber'], again)).code).toBe(7);
    expect(again.calls.map(({ name }) => name)).toEqual(['inspect']);
    const json = await runFake(['decode', input, '--all-steps', steps, '--json'], fakeLibrary());
    const lines = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ layer: 1 }, { layer: 2, layersTotal: 24, bytes: 200 }]);
    const damaged = fakeLibrary({ inspectInfo: { damage: 'layer 3' } });
    const { code: exitCode, stderr: line } = await runFake(['decode', input, '--all-steps', steps, '--quiet'], damaged);
    expect([exitCode, line]).toEqual([
      4,
      `ddpm-codec: ${input}: damaged stream: layer 3. ${steps} holds the pictures of the 2 layers before the damage\n`,
    ]);
  });
});

describe('truncate', () => {
  test('gives bytes to the library and writes what comes back, without the model', async () => {
    const output = join(folder, 'out.ddpm');
    const library = fakeLibrary();
    const { code, stderr } = await runFake(['truncate', input, '--bytes', '2k', '-o', output], library);
    expect([code, readFileSync(output, 'utf8')]).toEqual([0, 'short']);
    expect(library.calls.map(({ name, args }) => [name, args[1]])).toEqual([
      ['readPrefix', { bytes: 2000 }],
      ['inspect', undefined],
    ]);
    expect(library.calls[0].args[0]).toBe(readFileSync(input).toString());
    expect(stderr).toContain('2/24 layers');
    for (const [flag, value] of [
      ['layers', 3],
      ['bpp', 0.5],
      ['psnr', 31.5],
    ] as const) {
      await runFake(['truncate', input, `--${flag}`, String(value), '-o', output, '--limit-pixels', '99'], library);
      expect(library.calls.at(-2)?.args[1]).toEqual({ [flag]: value, limitInputPixels: 99 });
    }
    expect((await runFake(['truncate', '-', '--max-bytes', '9', '-o', '-', '--quiet'], library)).stdout).toBe('short');
  });
});

describe('truncate with the library', () => {
  test('reads no more of standard input than it needs; a folder and an empty file are no inputs', async () => {
    const bytes = readFileSync('test/vectors/160x144-checksums.ddpm');
    let taken = 0;
    async function* stdin(): AsyncGenerator<Uint8Array> {
      for (; taken < bytes.length; taken += 50) yield bytes.subarray(taken, taken + 50);
    }
    const real = { ...fakeLibrary(), readPrefix, inspect };
    const output = join(folder, 'prefix.ddpm');
    const { code, stderr } = await runFake(['truncate', '-', '--bytes', '240', '-o', output], real, { stdin: stdin() });
    expect([code, stderr]).toEqual([0, expect.stringContaining('240 B')]);
    expect(readFileSync(output).equals(bytes.subarray(0, 240))).toBe(true);
    expect(taken).toBeLessThan(250);
    const empty = join(folder, 'empty.ddpm');
    writeFileSync(empty, '');
    for (const [path, why] of [
      [folder, 'it is a folder'],
      [empty, 'it is empty'],
      [join(folder, 'none.ddpm'), 'no such file'],
    ]) {
      const failed = await runFake(['truncate', path, '--bytes', '9', '-o', output, '--force'], real);
      expect([failed.code, failed.stderr]).toEqual([3, expect.stringContaining(why)]);
    }
    const noIndex = await runFake(['truncate', 'test/vectors/32x32.ddpm', '--psnr', '20', '-o', output], real);
    expect([noIndex.code, noIndex.stderr]).toEqual([5, expect.stringContaining('the stream has no index')]);
  });
});

describe('info', () => {
  test('prints what the index tells, and what is wrong with it', async () => {
    const index = [
      { layer: 1, bytes: 120, psnr: 20.25 },
      { layer: 2, bytes: 700 },
      { layer: 2, bytes: 2500, psnr: Number.POSITIVE_INFINITY },
    ];
    const { stdout } = await runFake(
      ['info', input],
      fakeLibrary({ inspectInfo: { index, warnings: ['wrong index'] } }),
    );
    expect(stdout).toContain('warning    wrong index\n');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(-5).map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['index of prefixes:'],
      ['layer', 'bytes', 'bpp', 'dB'],
      ['1', '120', '120.0000', '20.25'],
      ['2', '700', '700.0000', '-'],
      ['2', '2 500', '2500.0000', 'exact'],
    ]);
  });

  test('prints the header and a row for each layer', async () => {
    const { code, stdout, stderr } = await runFake(['info', input], fakeLibrary());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('4 x 2, RGB');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-3)?.trim().split(/ {2,}/)).toEqual([
      'layer',
      'level',
      'sigma',
      'bytes',
      'cumulative',
      'bpp',
      'bits/dim',
    ]);
    expect(lines.at(-1)?.trim().split(/ {2,}/)).toEqual(['2', '0', '0.02000', '1 880', '2 000', '0.2000', '0.0667']);
  });

  test('--json and --backends', async () => {
    const both = JSON.parse((await runFake(['info', input, '--json', '--backends'], fakeLibrary())).stdout);
    expect(both).toMatchObject({
      schemaVersion: 1,
      command: 'info',
      input,
      layersTotal: 24,
      backends: [{ name: 'wasm' }, {}],
    });
    const text = await runFake(['info', '--backends'], fakeLibrary());
    expect(text.stdout).toMatch(/^wasm +available +portable +WebAssembly\ntensorflow +not available +not portable/);
  });
});

describe('usage', () => {
  test.each([
    [['encode', 'a', '--frobnicate'], "unknown option '--frobnicate'"],
    [['encode'], "missing required argument 'inputs'"],
    [['info', 'a', 'b'], 'too many arguments'],
    [
      ['encode', 'a', '--bytes', '1k', '-q', '50'],
      "'--target-size, --bytes <n>' cannot be used with option '-q, --quality <n>'",
    ],
    [['encode', 'a', '--psnr', '30', '--end-sigma', '1'], "option '--end-sigma <sigma>'"],
    [['encode', 'a', '--metadata', 'icc,iptc'], 'Expected all, none or a list'],
    [['encode', 'a', '-j', '0'], 'Expected all or an integer 1..1024'],
    [['encode', 'a', '--no-clobber', '--no-overwrite'], 'cannot be used with'],
    [['decode', 'a', '--seed', '1'], '--seed is for --reconstruction sample'],
    [['decode', 'a', 'b', '--all-steps', 'x'], '--all-steps takes one input'],
    [['decode', 'a', '--all-steps', 'x', '-o', 'y'], 'cannot be used with'],
    [['truncate', 'a', '-o', 'b'], 'truncate needs one of --bytes, --layers, --bpp and --psnr'],
    [['truncate', 'a', '-o', 'b', '--psnr', '200'], '--psnr expected number 0..100, got 200'],
    [['truncate', 'a', '-o', 'b', '--psnr', '20', '--layers', '2'], 'cannot be used with'],
    [['truncate', 'a', '--bytes', '10'], '--output <path>'],
    [['encode', 'a', '-e', 'fast'], "'fast' is invalid. Expected an integer 1..9"],
    [['encode', 'a', '--psnr', 'abc'], "'--psnr <dB>' argument 'abc' is invalid. Expected a number 1..100"],
    [['decode', 'a', '--bpp', '1e400'], "'--bpp <x>' argument '1e400' is invalid. Expected a number above 0"],
    [['decode', 'a', '--bytes', '3kk'], "argument '3kk' is invalid. Expected a whole number of bytes from 1 up"],
    [['decode', 'a', '--bytes', '0'], 'Expected a whole number of bytes from 1 up'],
    [['encode', ''], 'an input expected a path, got an empty one'],
    [['info', ''], 'the input expected a path, got an empty one'],
    [['encode', 'a', '--backend', 'cuda'], 'Allowed choices are wasm, cpu, tensorflow'],
    [['encode', '-'], 'standard input needs -o'],
    [['encode', 'a', '-o', '-', '--json'], '--json and -o - both need standard output'],
    [
      ['decode', 'a', '--bytes', '1', '--layers', '2'],
      "'--max-bytes, --bytes <n>' cannot be used with option '--layers <k>'",
    ],
    [['decode', 'a', '--bytes', '1.5'], 'whole number of bytes'],
    [['decode', 'a', '--max-size', '0'], "'--max-size <n>' argument '0' is invalid. Expected an integer 1..2147483647"],
    [['decode', 'a', '--max-width', '2147483648'], 'Expected an integer 1..2147483647'],
    [['decode', 'a', '--max-size', '9', '--max-width', '9'], 'cannot be used with'],
    [['decode', 'a', '--all-steps', 'x', '--max-size', '9'], 'cannot be used with'],
    [['info'], 'needs an input file or --backends'],
    [['transmogrify'], "unknown command 'transmogrify'"],
  ])('%j is refused in one line with exit code 2', async (args, why) => {
    const { code, stdout, stderr } = await runFake(args, fakeLibrary());
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^ddpm-codec: wrong usage: [^\n]+\n$/);
    expect(stderr).toContain(why);
  });

  test('refuses an output that is the input', async () => {
    const { code, stderr } = await runFake(['encode', input, '-o', join(folder, '.', 'in.png'), '-f'], fakeLibrary());
    expect([code, readFileSync(input, 'utf8')]).toEqual([2, 'input bytes']);
    expect(stderr).toContain('is the file that is read as');
  });

  test('no command prints the help on stderr', async () => {
    const { code, stdout, stderr } = await runFake([], fakeLibrary());
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: ddpm-codec');
  });

  test('--help prints examples and exit codes, --version the version', async () => {
    const help = await runFake(['--help'], fakeLibrary());
    expect(help.code).toBe(0);
    expect(help.stdout.match(/^ {2}.*ddpm-codec (en|de)code/gm)).toHaveLength(4);
    expect(help.stdout).toMatch(/^Exit codes:\n {4}0 {2}done/m);
    for (const command of ['encode', 'decode']) {
      const { stdout } = await runFake([command, '--help'], fakeLibrary());
      expect(stdout.replace(/\s+/g, ' ')).toContain('(default: 268402689)');
    }
    expect((await runFake(['-V'], fakeLibrary())).stdout).toBe('1.2.3\n');
  });

  test('it is no failure if the reader of stdout ends; another error is', async () => {
    for (const [code, exitCode] of [
      ['EPIPE', 0],
      ['EIO', 7],
    ] as const) {
      const stdout = new Sink();
      stdout.on('error', () => {});
      stdout.failure = Object.assign(new Error(`write ${code}`), { code });
      const outcome = await runFake(['encode', input, '-o', '-', '--quiet'], fakeLibrary(), { stdout });
      expect(outcome.code).toBe(exitCode);
      expect(existsSync(join(folder, 'in.ddpm'))).toBe(false);
    }
  });
});
