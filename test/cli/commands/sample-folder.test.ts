import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { fakeLibrary, runFake } from '../support/fake-library.ts';

let out: string;
beforeEach(() => {
  out = join(temporaryFolder(), 'samples');
});

/** Numbers of the images that were made. */
function made(library: ReturnType<typeof fakeLibrary>): number[][] {
  return library.calls.filter(({ name }) => name === 'sampleEach').map(({ args }) => args[0] as number[]);
}

/** Files of the folder, but for the manifest. */
const files = (): string[] => readdirSync(out).filter((name) => name !== 'samples.json');

describe('sample --out', () => {
  test('writes a file for each image and says what made them', async () => {
    const library = fakeLibrary();
    const { code, stderr, stdout } = await runFake(['sample', '-n', '3', '--seed', '5', '--out', out], library, {
      now: () => 0,
    });
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toBe(`${out}  3 images made, 0 were there  2 x 2, heun, 25 steps, 49 network runs each  0.0 s\n`);
    expect(files()).toEqual(['000000.png', '000001.png', '000002.png']);
    expect(readFileSync(join(out, '000002.png'), 'utf8')).toBe('image file');
    expect(JSON.parse(readFileSync(join(out, 'samples.json'), 'utf8'))).toMatchObject({
      schemaVersion: 1,
      model: '0123456789abcdef',
      sampler: 'heun',
      steps: 25,
      seed: 5,
      backend: 'wasm',
      format: 'png',
    });
  });

  test('goes on: makes only what is missing, also of a larger number', async () => {
    await runFake(['sample', '-n', '4', '--out', out], fakeLibrary());
    for (const name of ['000001.png', '000003.png']) rmSync(join(out, name));
    const library = fakeLibrary();
    const { stdout } = await runFake(['sample', '-n', '6', '--out', out, '--json'], library);
    expect(made(library)).toEqual([[1, 3, 4, 5]]);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'sample',
      out,
      count: 6,
      made: 4,
      existing: 2,
      networkRuns: 49,
    });
    expect(files()).toHaveLength(6);
    const again = fakeLibrary();
    expect((await runFake(['sample', '-n', '6', '--out', out], again)).code).toBe(0);
    expect(made(again)).toEqual([]);
  });

  test('shards make every image once', async () => {
    const numbers: number[] = [];
    for (const shard of ['1/3', '2/3', '3/3']) {
      const library = fakeLibrary();
      expect((await runFake(['sample', '-n', '30', '--out', out, '--shard', shard], library)).code).toBe(0);
      const [part] = made(library);
      expect(part.length).toBeGreaterThan(2);
      numbers.push(...part);
    }
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(files()).toHaveLength(30);
  });

  test.each([
    [['--seed', '2'], /its samples were made with seed 0, and these would be with 2\. Give another folder/],
    [['--sampler', 'ddim'], /made with sampler "heun", and these would be with "ddim"/],
    [['--format', 'ppm'], /made with format "png", and these would be with "ppm"/],
    [['--backend', 'cpu'], /made with backend "wasm", and these would be with "cpu"/],
  ])('a folder of other samples is refused: %j', async (flags, message) => {
    await runFake(['sample', '-n', '1', '--out', out], fakeLibrary());
    const library = fakeLibrary();
    const { code, stderr } = await runFake(['sample', '-n', '2', '--out', out, ...flags], library);
    expect([code, stderr]).toEqual([7, expect.stringMatching(message)]);
    expect(made(library)).toEqual([]);
    expect(files()).toEqual(['000000.png']);
  });

  test('images of unknown origin, a manifest that is none, and a file in place of the folder are refused', async () => {
    mkdirSync(out);
    writeFileSync(join(out, '000007.png'), 'mine');
    const unknown = await runFake(['sample', '-n', '2', '--out', out], fakeLibrary());
    expect([unknown.code, unknown.stderr]).toEqual([
      7,
      expect.stringMatching(/has a file 000007\.png, and no samples/),
    ]);
    expect(files()).toEqual(['000007.png']);
    for (const text of ['[]', '{', '"x"', ' '.repeat(70_000)]) {
      writeFileSync(join(out, 'samples.json'), text);
      const { code, stderr } = await runFake(['sample', '--out', out], fakeLibrary());
      expect([code, stderr]).toEqual([7, expect.stringMatching(/samples\.json does not say what made the samples/)]);
    }
    const file = join(out, '000007.png');
    expect((await runFake(['sample', '--out', file], fakeLibrary())).code).toBe(7);
    expect(existsSync(file)).toBe(true);
  });
});
