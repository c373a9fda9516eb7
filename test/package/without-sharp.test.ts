/**
 * Tests without the package sharp, with one that does not load, or without any native addon: everything but image files must work, and image
 * files must give an error of one line.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode, type RawImage } from '../../src/entry/index.ts';
import { writePnm } from '../../src/image/write-pnm.ts';
import { BIN, ROOT } from '../support/built.ts';
import { gradientPicture } from '../support/pictures.ts';
import { type Ended, runNode } from '../support/run-node.ts';

let folder: string;
let image: RawImage;
const path = (name: string): string => join(folder, name);

/** Hooks for Node's module resolution that change the result of `import 'sharp'`. */
const HOOKS = {
  missing: `export async function resolve(name, context, next) {
    if (name !== 'sharp') return next(name, context);
    const error = new Error("Cannot find package 'sharp' imported from a test");
    throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
  }`,
  broken: `export async function resolve(name, context, next) {
    if (name !== 'sharp') return next(name, context);
    const text = 'throw new Error("Could not load the sharp module using the linux-x64 runtime\\\\nPossible solutions: many")';
    return { url: 'data:text/javascript,' + encodeURIComponent(text), shortCircuit: true };
  }`,
};
type Fault = keyof typeof HOOKS | 'no addons';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-no-sharp-'));
  for (const [name, hook] of Object.entries(HOOKS)) {
    writeFileSync(path(`${name}-hook.mjs`), hook);
    const url = JSON.stringify(pathToFileURL(path(`${name}-hook.mjs`)).href);
    writeFileSync(path(`${name}.mjs`), `import { register } from 'node:module'; register(${url});`);
  }
  image = gradientPicture(40, 24, 3);
  writeFileSync(path('in.ddpm'), (await encode(image, { effort: 1, endSigma: 0.3 })).data);
  writeFileSync(path('in.ppm'), writePnm(image, 'ppm'));
  writeFileSync(path('in.png'), 'no matter what');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (fault: Fault, ...args: string[]): Promise<Ended> =>
  runNode(
    fault === 'no addons' ? ['--no-addons', ...args] : ['--import', pathToFileURL(path(`${fault}.mjs`)).href, ...args],
  );

describe.each(['missing', 'broken', 'no addons'] as const)('with sharp %s', (fault) => {
  test('--version, info, truncate, raw pixels in and out work', async () => {
    const version = await run(fault, BIN, '--version');
    expect(version).toMatchObject({ code: 0, stderr: '' });
    const help = await run(fault, BIN, '--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    const info = await run(fault, BIN, 'info', path('in.ddpm'));
    expect(info).toMatchObject({ code: 0, stderr: '' });
    expect(info.stdout.toString()).toContain('40 x 24');
    const short = await run(fault, BIN, 'truncate', path('in.ddpm'), '--bytes', '60', '-o', path('short.ddpm'));
    expect(short.code).toBe(0);
    for (const threads of ['1', '2']) {
      const args = ['decode', path('in.ddpm'), '--quiet', '-j', threads, '-o', path('out.ppm')];
      expect(await run(fault, BIN, ...args)).toMatchObject({ code: 0, stderr: '' });
    }
    expect(readFileSync(path('out.ppm')).length).toBe(readFileSync(path('in.ppm')).length);
    const args = ['encode', path('in.ppm'), '--quiet', '-o', path('again.ddpm'), '-e', '1', '--end-sigma', '0.3'];
    expect(await run(fault, BIN, ...args)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(path('again.ddpm'))).toEqual(readFileSync(path('in.ddpm')));
  });

  test('the library encodes and decodes pixels with alpha', async () => {
    const program = `
      import { decode, encode } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist', 'entry', 'index.js')).href)};
      const data = Uint8Array.from({ length: 24 * 16 * 4 }, (_, i) => (i * 7) & 255);
      const { data: stream } = await encode({ data, width: 24, height: 16, channels: 4 }, { effort: 1, lossless: true });
      const picture = await decode(stream);
      process.stdout.write(JSON.stringify([picture.info.channels, picture.data.every((v, i) => v === data[i])]));`;
    writeFileSync(path('alpha.mjs'), program);
    const { stdout, stderr } = await run(fault, path('alpha.mjs'));
    expect(stderr).toBe('');
    expect(JSON.parse(stdout.toString())).toEqual([4, true]);
  });

  test('an image file is refused in one line that tells what to install', async () => {
    for (const args of [
      ['encode', path('in.png'), '-o', path('x.ddpm')],
      ['decode', path('in.ddpm'), '-o', path('x.png')],
      ['compare', path('in.png'), path('in.png')],
    ]) {
      const { code, stdout, stderr } = await run(fault, BIN, ...args);
      expect(stderr).toMatch(
        /^ddpm-codec: cannot [^\n]*image files need the package sharp, which [^\n]*npm install sharp[^\n]*\n$/,
      );
      expect(stderr).toContain(fault === 'missing' ? 'is not installed' : 'does not load: ');
      expect(stdout.length).toBe(0);
      expect(code).toBe(1);
    }
  });

  test('doctor reports the problem and does the other checks', async () => {
    const { code, stdout } = await run(fault, BIN, 'doctor');
    const text = stdout.toString();
    expect(text).toMatch(
      fault === 'missing' ? /^missing +images +image files need/m : /^broken +images +image files need/m,
    );
    expect(text).toMatch(/^ok +self-test /m);
    expect(code).toBe(fault === 'missing' ? 0 : 1);
  });
});
