import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { fakeLibrary, runFake } from '../support/fake-library.ts';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(at('deep'));
  for (const name of ['a.png', 'b.jpg', 'c.png', join('deep', 'd.png')]) writeFileSync(at(name), name);
});

/** The objects that were printed. */
const objects = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Names of the inputs that were read. */
const readNames = (library: ReturnType<typeof fakeLibrary>): string[] =>
  library.calls
    .filter(({ name }) => name === 'readImage')
    .map(({ args }) => Buffer.from(args[0] as Uint8Array).toString());

describe('inputs', () => {
  test('several files, each with a summary line, and the count at the end', async () => {
    const library = fakeLibrary();
    const { code, stdout, stderr } = await runFake(['encode', at('a.png'), at('b.jpg')], library, { now: () => 0 });
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr.split('\n')).toEqual([
      `${at('a.png')} → ${at('a.ddpm')}  18 432 B  0.375 bpp  2 layers  0.0 s`,
      `${at('b.jpg')} → ${at('b.ddpm')}  18 432 B  0.375 bpp  2 layers  0.0 s`,
      '2 done  0 skipped  0 failed  36 864 B  0.0 s',
      '',
    ]);
    expect(readFileSync(at('b.ddpm'), 'utf8')).toBe('ddpm file');
  });

  test('expands globs in order without duplicates; a name with wildcards that exists stands for that file', async () => {
    writeFileSync(at('[x].png'), '[x].png');
    const library = fakeLibrary();
    await runFake(['encode', at('{c,a}.png'), at('**/*.png'), at('[x].png'), '-o', at('out/')], library);
    expect(readNames(library)).toEqual(['a.png', 'c.png', '[x].png', join('deep', 'd.png')]);
  });

  test('a pattern without matches is an input error; one match is treated like a single file', async () => {
    const { code, stderr } = await runFake(['encode', at('*.tif')], fakeLibrary());
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/^ddpm-codec: cannot find \S+\*\.tif: nothing matches it\. [^\n]+\n$/),
    ]);
    const one = await runFake(['encode', at('*.jpg')], fakeLibrary());
    expect(one.stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('outputs', () => {
  test('creates a folder given with a slash; an existing folder needs no slash', async () => {
    expect((await runFake(['encode', at('a.png'), at('b.jpg'), '-o', at('new', 'er/')], fakeLibrary())).code).toBe(0);
    expect(readdirSync(at('new', 'er'))).toEqual(['a.ddpm', 'b.ddpm']);
    expect((await runFake(['decode', at('a.png'), '-o', at('deep')], fakeLibrary())).code).toBe(0);
    expect(existsSync(at('deep', 'a.png'))).toBe(true);
  });

  test('a template can contain dir, name and ext', async () => {
    await runFake(['encode', at('**/*.png'), '-o', '{dir}/x/{name}-{ext}.ddpm'], fakeLibrary());
    expect(readdirSync(at('x'))).toEqual(['a-png.ddpm', 'c-png.ddpm']);
    expect(readdirSync(at('deep', 'x'))).toEqual(['d-png.ddpm']);
  });

  test.each<[string[], string]>([
    [['a.png', 'b.jpg', '-o', 'one.ddpm'], '2 inputs and one output'],
    [['a.png', 'b.jpg', '-o', '{dir}/same.ddpm'], 'would both be written to'],
    [['a.png', 'deep/d.png', '-o', 'new/../{ext}'], 'would both be written to'],
    [['a.png', 'c.png', '-o', '{dir}/c.png'], 'is the file that is read as'],
    [['a.png', '-', '-o', 'deep/'], '- cannot be one of several inputs'],
    [['-', '-o', 'deep/'], 'standard input needs -o FILE'],
    [['a.png', 'b.jpg', '-o', '-'], '2 inputs and one output'],
  ])('%j is refused before any work', async (args, why) => {
    const library = fakeLibrary();
    const full = args.map((arg) => (arg.startsWith('-') || arg.startsWith('{') ? arg : `${folder}/${arg}`));
    const { code, stderr } = await runFake(['encode', '-f', ...full], library);
    expect(stderr).toMatch(/^ddpm-codec: wrong usage: [^\n]+\n$/);
    expect(stderr).toContain(why);
    expect([code, library.calls]).toEqual([2, []]);
  });

  test('--no-overwrite skips existing outputs, and exits with 0', async () => {
    writeFileSync(at('a.ddpm'), 'old');
    const some = fakeLibrary();
    const { code, stderr } = await runFake(['encode', at('a.png'), at('c.png'), '--no-overwrite'], some);
    expect([code, readNames(some), readFileSync(at('a.ddpm'), 'utf8')]).toEqual([0, ['c.png'], 'old']);
    expect(stderr).toContain(`${at('a.png')} → ${at('a.ddpm')}  skipped: the output exists\n`);
    expect(stderr).toMatch(/\n1 done {2}1 skipped {2}0 failed {2}18 432 B/);
    const all = fakeLibrary();
    const json = await runFake(['encode', at('a.png'), at('c.png'), '--no-overwrite', '--json', '-j', '4'], all);
    expect([json.code, json.stderr, all.calls]).toEqual([0, '', []]);
    expect(
      json.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { command: 'encode', input: at('a.png'), output: at('a.ddpm'), skipped: true },
      { skipped: true },
    ]);
  });
});

describe('failures', () => {
  test('are printed and counted, the other files are processed, and the exit code is 1', async () => {
    writeFileSync(at('c.ddpm'), 'old');
    const inputs = ['a.png', 'b.jpg', 'c.png', 'none.png', 'deep/d.png'].map((name) => at(name));
    const flags = ['--quiet', '--no-clobber'];
    const { code, stderr } = await runFake(['encode', ...inputs, ...flags], fakeLibrary({ badText: 'b.jpg' }));
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      `ddpm-codec: cannot encode ${at('b.jpg')}: it went wrong. Do better`,
      `ddpm-codec: cannot write ${at('c.ddpm')}: the file exists. Leave out --no-clobber to overwrite it`,
      `ddpm-codec: cannot read ${at('none.png')}: no such file or directory. Check the path and its permissions`,
      'ddpm-codec: 3 of 5 files failed',
      '',
    ]);
    expect(existsSync(at('deep', 'd.ddpm'))).toBe(true);
    expect(existsSync(at('b.ddpm'))).toBe(false);
  });

  test('are reported in the JSON lines', async () => {
    const library = fakeLibrary({ badText: 'b.jpg' });
    const { code, stdout } = await runFake(['encode', at('a.png'), at('b.jpg'), '--json'], library);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(lines).toMatchObject([
      { input: at('a.png'), idealBits: 7 },
      { input: at('b.jpg'), error: { exitCode: 3 } },
    ]);
  });

  test('a damaged file of a batch is written and counted as failed', async () => {
    const library = fakeLibrary({ decodeInfo: { damage: 'layer 3' } });
    const { code, stderr } = await runFake(['decode', at('a.png'), at('c.png'), '-o', at('out/'), '--quiet'], library);
    expect([code, readdirSync(at('out'))]).toEqual([1, ['a.png', 'c.png']]);
    expect(stderr).toContain('2 of 2 files failed');
  });

  test.each([
    ['encode', '-e', '11', '--effort expected integer 1..9, got 11'],
    ['encode', '--psnr', '0', '--psnr expected number 1..100, got 0'],
    ['decode', '--timeout', '0', '--timeout expected number 0.001..2147483, got 0'],
    ['decode', '--layers', '-1', '--layers expected integer 0 or more, got -1'],
  ])(
    '%s %s %s is wrong for all files: it is reported once, before any file is read',
    async (command, flag, value, why) => {
      const library = fakeLibrary();
      const inputs = [at('a.png'), at('c.png')];
      const { code, stdout, stderr } = await runFake([command, ...inputs, flag, value, '--json'], library);
      expect([code, stdout, library.calls]).toEqual([2, '', []]);
      expect(stderr).toBe(`ddpm-codec: wrong usage: ${why}\n`);
    },
  );

  test('what is wrong for one file fails for that file', async () => {
    const library = fakeLibrary({ fail: new RangeError('"layers" expected integer 0..5, got 9') });
    const { code, stdout } = await runFake(['decode', at('a.png'), at('c.png'), '-o', at('x/'), '--json'], library);
    const message = `cannot decode ${at('a.png')}: --layers expected integer 0..5, got 9`;
    expect([code, objects(stdout)[0].error]).toEqual([1, { exitCode: 2, message }]);
  });
});

describe('-j', () => {
  const names = (library: ReturnType<typeof fakeLibrary>): string[] => library.calls.map(({ name }) => name);

  /** A library that counts how many files are encoded at the same time. */
  function countingLibrary(): { library: ReturnType<typeof fakeLibrary>; largest: () => number } {
    const library = fakeLibrary();
    let now = 0;
    let largest = 0;
    const createCodec: typeof library.createCodec = async (options) => {
      const codec = await library.createCodec(options);
      const encode: typeof codec.encode = async (...call) => {
        largest = Math.max(largest, ++now);
        await wait(200);
        now--;
        return codec.encode(...call);
      };
      return { ...codec, encode };
    };
    return { library: { ...library, createCodec }, largest: () => largest };
  }

  test('runs several files at a time in a codec with the model and backend, which is closed', async () => {
    const { library, largest } = countingLibrary();
    const flags = ['-j', '2', '--model', 'm', '--backend', 'cpu', '-o', at('out/')];
    expect((await runFake(['encode', at('**/*.{png,jpg}'), ...flags], library)).code).toBe(0);
    expect(library.calls[0]).toEqual({ name: 'createCodec', args: [{ model: 'm', backend: 'cpu', threads: 2 }] });
    expect(largest()).toBe(4);
    expect(names(library).at(-1)).toBe('close');
    const encode = library.calls.find(({ name }) => name === 'encode');
    expect(encode?.args[1]).toEqual({ onProgress: expect.any(Function) });
    expect(readdirSync(at('out'))).toHaveLength(4);
  });

  test('large files are read as many at a time as there are threads', async () => {
    writeFileSync(at('c.png'), new Uint8Array(20_000));
    const { library, largest } = countingLibrary();
    await runFake(['encode', at('**/*.{png,jpg}'), '-j', '2', '-o', at('out/')], library);
    expect(largest()).toBe(2);
  });

  test('threads also share a single file; without work no codec is created', async () => {
    const one = fakeLibrary();
    await runFake(['decode', at('a.png'), '-j', '3', '-o', at('out/')], one);
    expect(one.calls[0]).toEqual({ name: 'createCodec', args: [{ threads: 3 }] });
    const none = fakeLibrary();
    await runFake(['decode', at('a.png'), '-j', '3', '-o', at('out/'), '--no-overwrite'], none);
    expect(none.calls).toEqual([]);
  });

  test('the codec is closed after failures too', async () => {
    const library = fakeLibrary({ fail: new TypeError('"psnr" expected number') });
    const { code } = await runFake(['encode', at('*.png'), '-j', '2'], library);
    expect([code, names(library).at(-1)]).toEqual([1, 'close']);
  });
});
