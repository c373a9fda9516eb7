import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { ddpmError, fakeLibrary, type Outcome, runFake } from '../support/fake-library.ts';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeEach(() => {
  folder = temporaryFolder();
  for (const name of ['a.png', 'b.png']) writeFileSync(at(name), name);
});

/** Checks that a command line is refused as wrong usage before the library is asked for anything. */
async function expectUsage(args: readonly string[], why: string): Promise<void> {
  const library = fakeLibrary();
  const { code, stdout, stderr } = await runFake(args, library);
  expect(stderr).toMatch(/^ddpm-codec: wrong usage: [^\n]+\n$/);
  expect(stderr).toContain(why);
  expect([code, stdout, library.calls]).toEqual([2, '', []]);
}

describe('names of outputs', () => {
  test.each(['y.jpg', 'y.PNG', 'y.webp', 'y.heic', 'y.jxl'])(
    'a stream is not called %s, unless it is forced',
    async (name) => {
      const extension = name.slice(1).toLowerCase();
      await expectUsage(
        ['encode', at('a.png'), '-o', at(name)],
        `is a .ddpm stream and not ${extension}; give another name, or --force`,
      );
      await expectUsage(['truncate', at('a.png'), '--bytes', '9', '-o', at(name)], 'is a .ddpm stream');
      await expectUsage(['encode', at('a.png'), at('b.png'), '-o', at(`{name}-${name}`)], 'is a .ddpm stream');
      expect((await runFake(['encode', at('a.png'), '-o', at(name), '--force'], fakeLibrary())).code).toBe(0);
      expect(readFileSync(at(name), 'utf8')).toBe('ddpm file');
    },
  );

  test.each(['y.bin', 'y', 'y.ddpm', 'y.tar', '.y'])('a stream may be called %s', async (name) => {
    expect((await runFake(['encode', at('a.png'), '-o', at(name)], fakeLibrary())).code).toBe(0);
    expect(readFileSync(at(name), 'utf8')).toBe('ddpm file');
  });

  test.each([
    ['encode', ['a'], '--output', '{dir}, {name}, {ext}'],
    ['decode', ['a'], '--output', '{dir}, {name}, {ext}'],
    ['truncate', ['a', '--bytes', '9'], '--output', '{dir}, {name}, {ext}'],
    ['decode', ['a'], '--all-steps', ''],
    ['sample', [], '--grid', ''],
    ['sample', ['--grid', 'g.png'], '--progressive', ''],
    ['analyze', ['DATA'], '--json', ''],
    ['analyze', ['DATA'], '--csv', ''],
    ['analyze', ['DATA'], '--svg', ''],
    ['calibrate', ['m', 'DATA'], '--output', ''],
    ['bench', ['a'], '--out', ''],
    ['train', ['CONFIG'], '--output', ''],
  ] as const)(
    '%s %j %s: neither empty nor with a placeholder that nobody knows',
    async (command, args, flag, known) => {
      const config = join(import.meta.dirname, '..', '..', '..', 'configs', 'tiny.json');
      const full = args.map((arg) => (arg === 'DATA' ? at('a.png') : arg === 'CONFIG' ? config : arg));
      await expectUsage([command, ...full, flag, ''], `${flag} expected a path, got an empty one`);
      const placeholders = known ? `no placeholders but ${known}` : 'no placeholders';
      for (const path of ['{nam}.png', at('{Name}', 'x')]) {
        await expectUsage([command, ...full, flag, path], `${flag} expected ${placeholders}, got ${path}`);
      }
    },
  );

  test('braces in the names of what is there are no placeholders', async () => {
    mkdirSync(at('{id}'));
    for (const output of [at('{id}'), at('{id}', 'x.ddpm')]) {
      expect((await runFake(['encode', at('a.png'), '-o', output], fakeLibrary())).code).toBe(0);
    }
    expect(readdirSync(at('{id}')).sort()).toEqual(['a.ddpm', 'x.ddpm']);
  });

  test('a template that gives no name is refused', async () => {
    writeFileSync(at('plain'), 'x');
    await expectUsage(['encode', at('plain'), '-o', '{ext}'], `the template {ext} gives ${at('plain')} no name`);
  });
});

describe('existing outputs', () => {
  test('are overwritten, skipped or refused; a device is none', async () => {
    writeFileSync(at('a.ddpm'), 'old');
    const run = (...flags: string[]): Promise<Outcome> => runFake(['encode', at('a.png'), ...flags], fakeLibrary());
    expect((await run('--no-overwrite')).code).toBe(0);
    expect((await run('--no-clobber')).code).toBe(7);
    expect(readFileSync(at('a.ddpm'), 'utf8')).toBe('old');
    expect((await run()).code).toBe(0);
    expect(readFileSync(at('a.ddpm'), 'utf8')).toBe('ddpm file');
    expect(readdirSync(folder).sort()).toEqual(['a.ddpm', 'a.png', 'b.png']);
    const device = await run('-o', '/dev/null', '--no-overwrite');
    expect([device.code, device.stderr]).toEqual([0, expect.not.stringContaining('skipped')]);
  });

  test('what is read is never overwritten, whatever it is called', async () => {
    symlinkSync('a.png', at('soft.ddpm'));
    linkSync(at('a.png'), at('hard.ddpm'));
    mkdirSync(at('sub'));
    symlinkSync('..', at('sub', 'up'));
    writeFileSync(at('m.safetensors'), 'm');
    for (const output of [at('soft.ddpm'), at('hard.ddpm'), at('sub', 'up', 'a.png'), at('m.safetensors')]) {
      const args = ['encode', at('a.png'), '--model', at('m.safetensors'), '-o', output, '--force'];
      await expectUsage(args, `the output ${output} is the file that is read as`);
    }
    await expectUsage(['sample', '--interpolate', at('a.png'), at('b.png'), '--grid', at('b.png')], 'is read as');
    expect(readFileSync(at('a.png'), 'utf8')).toBe('a.png');
  });

  test.each([
    ['dangling.ddpm', 'it is a link to nowhere, which does not exist. Remove the link'],
    ['none/x.ddpm', 'no such file or directory'],
    ['a.png/', 'it is a file and no folder'],
    ['a.png/x.ddpm', 'not a directory'],
    ['folder.ddpm/', 'it is a directory. Give a file name'],
  ])('%s cannot be written, which is found before any work', async (name, why) => {
    symlinkSync('nowhere', at('dangling.ddpm'));
    mkdirSync(at('folder.ddpm', 'a.ddpm'), { recursive: true });
    const library = fakeLibrary();
    const { code, stderr } = await runFake(['encode', at('a.png'), '-o', `${folder}/${name}`], library);
    expect([code, library.calls]).toEqual([7, []]);
    expect(stderr).toMatch(/^ddpm-codec: cannot write [^\n]+\n$/);
    expect(stderr).toContain(why);
  });
});

describe('inputs', () => {
  test('linked folders in a circle give each file once; linked files are files', async () => {
    mkdirSync(at('cyc', 'a', 'b'), { recursive: true });
    symlinkSync('..', at('cyc', 'a', 'up'));
    symlinkSync(at('cyc'), at('cyc', 'a', 'b', 'top'));
    writeFileSync(at('cyc', 'a', 'b', 's.png'), 's');
    symlinkSync('b/s.png', at('cyc', 'a', 'link.png'));
    const { code } = await runFake(['encode', at('cyc/**/*.png')], fakeLibrary());
    expect(code).toBe(0);
    expect(readdirSync(at('cyc', 'a')).sort()).toEqual(['b', 'link.ddpm', 'link.png', 'up']);
    expect(readdirSync(at('cyc', 'a', 'b')).sort()).toEqual(['s.ddpm', 's.png', 'top']);
  });

  test('a linked folder elsewhere is followed', async () => {
    mkdirSync(at('here'));
    mkdirSync(at('there'));
    writeFileSync(at('there', 't.png'), 't');
    symlinkSync(at('there'), at('here', 'link'));
    expect((await runFake(['encode', at('here/**/*.png'), '-o', at('out/')], fakeLibrary())).code).toBe(0);
    expect(readdirSync(at('out'))).toEqual(['t.ddpm']);
  });

  test('two ways to name a file are one input', async () => {
    const { code, stderr } = await runFake(['encode', at('a.png'), `${folder}/./a.png`, at('a*.png')], fakeLibrary());
    expect([code, stderr.trimEnd().split('\n')]).toEqual([0, [expect.stringContaining('a.ddpm')]]);
  });

  test.each([
    ['encode', '-o', 'o.ddpm'],
    ['decode', '-o', 'o.png'],
    ['info'],
    ['truncate', '--bytes', '9', '-o', 'o.ddpm'],
  ])('%s: a folder, which holds the files that were meant', async (command, ...rest) => {
    mkdirSync(at('sub'));
    const args = rest.map((arg) => (arg.startsWith('o.') ? at(arg) : arg));
    const { code, stderr } = await runFake([command, at('sub'), ...args], fakeLibrary());
    expect([code, stderr]).toEqual([
      3,
      `ddpm-codec: cannot read ${at('sub')}: it is a folder. Give files, e.g. "${at('sub')}/*"\n`,
    ]);
  });
});

describe('--json', () => {
  const objects = ({ stdout }: Outcome): { input: string; error?: { exitCode: number; message: string } }[] =>
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  /** What fails a file, the flags and the library for it, and the exit code. */
  const failures: [string, string[], () => ReturnType<typeof fakeLibrary>, number][] = [
    ['a missing input', ['encode', 'none.png'], () => fakeLibrary(), 3],
    ['no image', ['encode', 'a.png'], () => fakeLibrary({ badText: 'a.png' }), 3],
    ['a target out of reach', ['encode', 'a.png'], () => fakeLibrary({ fail: ddpmError('ERR_DDPM_TARGET') }), 5],
    ['an output that exists', ['encode', 'a.png', '--no-clobber'], () => fakeLibrary(), 7],
    ['a damaged stream', ['decode', 'a.png', '-o', 'OUT'], () => fakeLibrary({ decodeInfo: { damage: 'layer 3' } }), 4],
    [
      'a corrupt stream',
      ['decode', 'a.png', '-o', 'OUT'],
      () => fakeLibrary({ fail: ddpmError('ERR_DDPM_CORRUPT') }),
      4,
    ],
    [
      'an option wrong for it',
      ['decode', 'a.png', '-o', 'OUT'],
      () => fakeLibrary({ fail: new RangeError('"layers" expected integer 0..5, got 9') }),
      2,
    ],
    ['a bug', ['encode', 'a.png'], () => fakeLibrary({ fail: new Error('x') }), 1],
  ];

  test.each(failures)(
    '%s: one object with the error, alone and among others',
    async (_, [command, name, ...flags], library, exitCode) => {
      writeFileSync(at('a.ddpm'), 'old');
      const rest = [...flags.map((flag) => (flag === 'OUT' ? at('out/') : flag)), '--json'];
      const alone = await runFake([command, at(name), ...rest], library());
      const [one, ...more] = objects(alone);
      expect(alone.code).toBe(exitCode);
      expect(more).toEqual([]);
      expect(one).toMatchObject({ command, input: at(name), output: expect.any(String), error: { exitCode } });
      expect(alone.stderr).toBe(`ddpm-codec: ${one.error?.message}\n`);
      const both = await runFake([command, at(name), at('b.png'), ...rest], library());
      expect(both.code).toBe(1);
      expect(objects(both).map(({ input }) => input)).toEqual([at(name), at('b.png')]);
      expect(objects(both)[0].error).toEqual(one.error);
    },
  );

  test('a damaged stream has its report and its error in one object', async () => {
    const library = fakeLibrary({ decodeInfo: { damage: 'layer 3' } });
    const [object] = objects(await runFake(['decode', at('a.png'), '-o', at('o.png'), '--json'], library));
    expect(object).toMatchObject({ width: 4, damage: 'layer 3', error: { exitCode: 4 } });
  });

  test('info and --all-steps end with an object that has the error', async () => {
    const info = await runFake(['info', at('none'), '--json'], fakeLibrary());
    expect([info.code, objects(info)]).toEqual([
      3,
      [expect.objectContaining({ error: { exitCode: 3, message: expect.stringContaining('cannot read') } })],
    ]);
    const library = fakeLibrary({ inspectInfo: { damage: 'layer 3' } });
    const steps = await runFake(['decode', at('a.png'), '--all-steps', at('s'), '--json'], library);
    expect([steps.code, objects(steps).map(({ error }) => error?.exitCode)]).toEqual([4, [undefined, undefined, 4]]);
  });
});

describe('bytes after the end of a stream', () => {
  const said = `${'NAME'}: 1 000 bytes follow the end of the stream; they are ignored`;

  test('decode and --all-steps warn, with exit code 0; info tells', async () => {
    const library = (): ReturnType<typeof fakeLibrary> =>
      fakeLibrary({ decodeInfo: { trailingBytes: 1000 }, inspectInfo: { trailingBytes: 1000 } });
    for (const args of [
      ['decode', at('a.png'), '-o', at('o.png')],
      ['decode', at('a.png'), '--all-steps', at('steps')],
    ]) {
      const { code, stderr } = await runFake(args, library());
      expect([code, stderr]).toEqual([0, expect.stringContaining(`warning: ${said.replace('NAME', at('a.png'))}`)]);
      expect((await runFake([...args, '--quiet'], library())).stderr).toBe('');
    }
    expect((await runFake(['info', at('a.png')], library())).stdout).toContain(
      'after it   1 000 bytes, which are ignored\n',
    );
  });
});
