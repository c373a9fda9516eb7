import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseGlob } from '../../src/storage/glob-pattern.ts';
import { isPattern, listInputs } from '../../src/storage/list-inputs.ts';
import { walkFolder } from '../../src/storage/walk-folder.ts';
import { collect } from '../support/collect.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

/** Makes empty files and the folders that they are in. */
function make(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(at(name), '..'), { recursive: true });
    writeFileSync(at(name), '');
  }
}

/** What patterns list, relative to the folder. */
async function listed(...patterns: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { location } of listInputs(patterns.map((pattern) => at(pattern)))) {
    found.push(location.slice(folder.length + 1).replaceAll('\\', '/'));
  }
  return found;
}

beforeEach(() => {
  folder = temporaryFolder();
});

describe('patterns', () => {
  test.each<[string, string[]]>([
    ['*.png', ['a.png', 'b.png']],
    ['**/*.png', ['a.png', 'a/b/c.png', 'a/z.png', 'b.png']],
    ['**', ['a.png', 'a/b/c.png', 'a/b/d.jpg', 'a/z.png', 'b.png', 'c.PNG']],
    ['*/*.png', ['a/z.png']],
    ['*/**/*.png', ['a/b/c.png', 'a/z.png']],
    ['a/**/c.*', ['a/b/c.png']],
    ['{a/b,.}/*.png', ['a/b/c.png']],
    ['{a,x}/{b,}/*.{png,jpg}', ['a/b/c.png', 'a/b/d.jpg']],
    ['[ab].png', ['a.png', 'b.png']],
    ['?.png', ['a.png', 'b.png']],
    ['[^a].png', ['b.png']],
    ['.hidden/*', ['.hidden/x.png']],
    ['**/.hidden/**', ['.hidden/x.png']],
    ['.*', ['.dot.png']],
  ])('%s', async (pattern, expected) => {
    make('a.png', 'b.png', 'c.PNG', 'a/b/c.png', 'a/b/d.jpg', 'a/z.png', '.hidden/x.png', '.dot.png');
    expect(await listed(pattern)).toEqual(expected);
  });

  test('upper and lower case may be alike', async () => {
    make('a.png', 'C.PNG', 'X/b.Png');
    const found: string[] = [];
    for await (const { location } of walkFolder(folder, parseGlob('**/*.png', { anyCase: true }))) found.push(location);
    expect(found).toEqual([at('C.PNG'), at('X', 'b.Png'), at('a.png')].map((path) => path.replaceAll('\\', '/')));
  });

  test('a file: URL lists paths; relative patterns list relative ones', async () => {
    make('a b.png');
    const found = [];
    for await (const entry of listInputs([`${pathToFileURL(folder).href}/a%20*.png`])) found.push(entry.location);
    expect(found).toEqual([at('a b.png')]);
    const relative = [];
    for await (const { location } of listInputs(['./src/storage/stor?.ts', 'src/../src/storage/[s]tore.ts'])) {
      relative.push(location);
    }
    expect(relative).toEqual(['src/storage/store.ts']);
  });

  test('sizes and versions are those of the files', async () => {
    writeFileSync(at('a.png'), 'abc');
    const once = async () => (await collect(listInputs([at('*.png')])))[0];
    const before = await once();
    expect(before).toEqual({ location: at('a.png'), size: 3, version: expect.stringMatching(/^\d+(\.\d+)?$/) });
    expect(await once()).toEqual(before);
    writeFileSync(at('a.png'), 'abcd');
    expect(await once()).toMatchObject({ size: 4 });
    expect((await once()).version).not.toBe(before.version);
  });
});

describe('names', () => {
  test('stand for themselves, also with wildcards if they exist, and if nothing is there', async () => {
    make('[x].png', 'x.png');
    expect(await listed('[x].png', 'none.png', 'none.png')).toEqual(['[x].png', 'none.png']);
    expect(await collect(listInputs([at('none.png')]))).toEqual([{ location: at('none.png'), size: 0, version: '' }]);
    expect(await listed('\\[x\\].png', '[x]*')).toEqual(['[x].png', 'x.png']);
  });

  test('in remote stores are not asked for; web URLs are no patterns', async () => {
    const remote = ['https://127.0.0.1:1/a*.png?b=[c]', 's3://bucket/a b.png'];
    expect(await collect(listInputs(remote))).toEqual(remote.map((location) => ({ location, size: 0, version: '' })));
    expect(['s3://bucket/a*', 'a*', 'http://host/a*', 'a'].map(isPattern)).toEqual([true, true, false, false]);
  });

  test('are each listed once, whatever leads to them', async () => {
    make('a.png', 'b.png', 'deep/a.png');
    symlinkSync('deep', at('link'));
    expect(await listed('a.png', 'deep/../a.png', '*.png', '**/a.png', 'b.png', 'link/a.png')).toEqual([
      'a.png',
      'b.png',
      'deep/a.png',
    ]);
  });

  test('can be listed again, and anew', async () => {
    make('a.png');
    const inputs = listInputs([at('*.png')]);
    expect(await collect(inputs)).toHaveLength(1);
    make('b.png');
    expect(await collect(inputs)).toHaveLength(2);
  });
});

test('what cannot be listed', async () => {
  await expect(listed('*.tif')).rejects.toMatchObject({
    code: 'ERR_DDPM_INPUT',
    message: expect.stringContaining(`cannot find ${at('*.tif')}: nothing matches it`),
  });
  await expect(listed('none/**')).rejects.toThrow('nothing matches');
  await expect(collect(listInputs(['']))).rejects.toThrow('"location" expected a path or URL, got an empty one');
  await expect(collect(listInputs(['gs://bucket/*']))).rejects.toThrow('"location" expected');
});

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'a folder without permission is an error and not left out',
  async () => {
    make('locked/a.png');
    chmodSync(at('locked'), 0);
    await expect(listed('**/*.png')).rejects.toThrow(`cannot list ${at('locked')}: permission denied`);
    chmodSync(at('locked'), 0o700);
  },
);

describe.skipIf(process.platform === 'win32')('links', () => {
  test('to files are files; links to nowhere are left out', async () => {
    make('a.png');
    symlinkSync('a.png', at('b.png'));
    symlinkSync('none', at('c.png'));
    symlinkSync('d.png', at('d.png'));
    expect(await listed('*.png')).toEqual(['a.png', 'b.png']);
  });

  test('to folders are followed after the real ones, each folder once', async () => {
    make('in/a.png', 'in/deep/b.png', 'out/c.png', 'out/deep/d.png');
    symlinkSync('.', at('in', 'self'));
    symlinkSync('..', at('in', 'up'));
    symlinkSync(at('out'), at('in', 'x'));
    symlinkSync(at('out', 'deep'), at('in', 'deep', 'y'));
    symlinkSync(at('in'), at('out', 'back'));
    expect(await listed('in/**')).toEqual([
      'in/a.png',
      'in/deep/b.png',
      // `up` leads to the folder above, and so to all the rest
      'in/up/out/c.png',
      'in/up/out/deep/d.png',
    ]);
  });

  test('to folders that the pattern does not reach otherwise', async () => {
    make('a/b/c/x.png');
    symlinkSync('b/c', at('a', 'short'));
    expect(await listed('a/*/*.png')).toEqual(['a/short/x.png']);
  });
});

test('a folder of more than 10 000 entries is listed in pages, whole', async () => {
  const names = Array.from({ length: 10_500 }, (_, i) => `${i}.png`);
  for (const name of names) writeFileSync(at(name), '');
  make('deep/x.png');
  const found = await listed('**');
  expect(found).toHaveLength(10_501);
  expect([...found].sort()).toEqual([...names, 'deep/x.png'].sort());
  const first = found.slice(0, 10_000).filter((name) => name !== 'deep/x.png');
  expect(first).toEqual([...first].sort());
});
