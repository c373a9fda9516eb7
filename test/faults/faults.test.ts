import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeImage } from '../../src/entry/index.ts';
import { BIN, ROOT } from '../support/built.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { noisePicture } from '../support/pictures.ts';
import { type Ended, runNode } from '../support/run-node.ts';

/**
 * Tests with injected faults: a full disk, killed processes and similar. Tests of SIGINT, SIGTERM and threads that die
 * are in test/cli, test/e2e and test/api.
 */
let folder: string;
const path = (name: string): string => join(folder, 'work', name);
const cli = (...args: string[]): Promise<Ended> => runNode([BIN, ...args]);
/** Files and folders that a fault has left, in addition to those that existed before. */
const left = (): string[] =>
  readdirSync(path('.')).filter((name) => !/^(in\.png|in\.ddpm|.*\.safetensors)$/.test(name));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-faults-'));
  mkdirSync(path('.'));
  // Noise, so that the PNG takes 9 kB: more than one block of a file, and more than a pipe may buffer.
  writeFileSync(path('in.png'), await writeImage(noisePicture(64, 48, 3), 'png'));
  const ended = await cli('encode', path('in.png'), '-e', '1', '--end-sigma', '1', '--quiet');
  expect(ended).toMatchObject({ code: 0, stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectFailure(ended: Pick<Ended, 'code' | 'stderr'>, code: number, message: RegExp): void {
  expect(ended.stderr).toMatch(/^ddpm-codec: [^\n]+\n$/);
  expect(ended.stderr).toMatch(message);
  expect(ended.code).toBe(code);
}

/** Runs a program with redirected standard output. */
function spawned(
  command: string,
  args: readonly string[],
  stdout: number | 'ignore' | 'pipe' = 'ignore',
): {
  child: ReturnType<typeof spawn>;
  ended: Promise<{ code: number | null; signal: string | null; stderr: string }>;
} {
  const child = spawn(command, args, { stdio: ['ignore', stdout, 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, stderr })),
  );
  return { child, ended };
}

describe.skipIf(process.platform !== 'linux')('a full disk', () => {
  test('a file that exceeds the size limit: 7, neither a partial nor a temporary file', async () => {
    // Writing fails with EFBIG after 1024 bytes, just as it fails with ENOSPC on a full disk.
    const script = `ulimit -f 1 && exec '${process.execPath}' '${BIN}' decode '${path('in.ddpm')}' -o '${path('out.ppm')}' --quiet`;
    expectFailure(
      await spawned('bash', ['-c', script]).ended,
      7,
      /cannot write .*out\.ppm: file too large\. Check the disk/,
    );
    expect(left()).toEqual([]);
  });

  test('a full device: 7', async () => {
    const decoded = await cli('decode', path('in.ddpm'), '-o', '/dev/full', '--quiet');
    expectFailure(decoded, 7, /cannot write \/dev\/full: no space left on device/);
    const cut = await cli('truncate', path('in.ddpm'), '-o', '/dev/full', '--bytes', '40', '--quiet');
    expectFailure(cut, 7, /cannot write \/dev\/full: no space left on device/);
  });

  test('standard output on a full device: 7', async () => {
    const { ended } = spawned(
      process.execPath,
      [BIN, 'decode', path('in.ddpm'), '-o', '-', '--quiet'],
      openSync('/dev/full', 'w'),
    );
    expectFailure(await ended, 7, /cannot write standard output: no space left on device\. Use -o FILE/);
  });

  test('a folder that is not writable: 7, before any work', async () => {
    const started = performance.now();
    const folderOf = await cli('decode', path('in.ddpm'), '-o', '/proc/self/net/', '--quiet');
    expectFailure(folderOf, 7, /cannot write \/proc\/self\/net\/in\.png/);
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

describe('a process that is killed', () => {
  test('while it encodes leaves nothing', async () => {
    const photograph = join(ROOT, 'test', 'images', 'kodak', 'kodim05.png');
    const args = [BIN, 'encode', photograph, '-o', path('killed.ddpm'), '-e', '9', '--psnr', '45'];
    for (const delayMs of [700, 2000]) {
      const { child, ended } = spawned(process.execPath, args);
      await wait(delayMs);
      child.kill('SIGKILL');
      expect((await ended).signal).toBe('SIGKILL');
      expect(left()).toEqual([]);
    }
  });

  test('while it writes leaves the old file or the new one, never a partial one', async () => {
    const bytes = 2 ** 24;
    const writer = `
      import { writeFileAtomic } from '${ROOT}/dist/storage/atomic-write.js';
      for (let i = 1; ; i = (i % 250) + 1) {
        await writeFileAtomic('${path('written')}', new Uint8Array(${bytes}).fill(i), { replace: true });
        process.stdout.write('.');
      }`;
    writeFileSync(join(folder, 'writer.mjs'), writer);
    for (let delayMs = 0; delayMs < 40; delayMs += 10) {
      const { child, ended } = spawned(process.execPath, [join(folder, 'writer.mjs')], 'pipe');
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      await wait(delayMs);
      child.kill('SIGKILL');
      expect((await ended).signal).toBe('SIGKILL');
      const data = readFileSync(path('written'));
      expect(data.length).toBe(bytes);
      expect(data.every((value) => value === data[0])).toBe(true);
    }
    for (const name of left()) rmSync(path(name));
  });
});

test('a reader that ends while a picture is written to standard output: 0, quietly', async () => {
  const { child, ended } = spawned(process.execPath, [BIN, 'decode', path('in.ddpm'), '-o', '-', '--quiet'], 'pipe');
  child.stdout?.destroy();
  expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
});

describe('a model file', () => {
  const decode = (model: string): Promise<Ended> =>
    cli('decode', path('in.ddpm'), '-o', path('out.png'), '--quiet', '--model', path(model));

  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['cut', (bytes) => bytes.subarray(0, bytes.length / 2), /cut\.safetensors: /],
    ['cut-header', (bytes) => bytes.subarray(0, 1000), /cut-header\.safetensors: /],
    [
      'claims-header',
      (bytes) => Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, ...bytes.subarray(8, 900)),
      /header/,
    ],
    ['nan', (bytes) => new Uint8Array(bytes).fill(0xff, -64), /expected a finite number/],
    ['flipped', (bytes) => bytes.map((byte, i) => (i === bytes.length - 9 ? byte ^ 1 : byte)), /made with model/],
  ])('%s: 6, and no file', async (name, damage, message) => {
    writeFileSync(path(`${name}.safetensors`), damage(new Uint8Array(readFileSync(MODEL_PATH))));
    expectFailure(await decode(`${name}.safetensors`), 6, message);
    expect(left()).toEqual([]);
  });

  test('encoding with a damaged one: 6, and no file', async () => {
    const ended = await cli(
      'encode',
      path('in.png'),
      '-o',
      path('out.ddpm'),
      '--quiet',
      '--model',
      path('cut.safetensors'),
    );
    expectFailure(ended, 6, /cut\.safetensors: /);
    expect(left()).toEqual([]);
  });
});

describe('worker threads', () => {
  const shared = `const { encode } = await import('${ROOT}/dist/entry/index.js');`;
  const pool = `
      const { PooledCodec } = await import('${ROOT}/dist/node/threads/pooled-codec.js');
      const encode = (image) => new PooledCodec({ threads: 1 }).encode(async () => image, {});`;

  test.each([
    ['the thread of encode', shared],
    ['a thread of a pool', pool],
  ])('%s that runs out of memory makes its call fail with a clear error', async (_, encoder) => {
    const program = `
      import threads from 'node:worker_threads';
      import { syncBuiltinESMExports } from 'node:module';
      const { Worker } = threads;
      threads.Worker = class extends Worker {
        constructor(file, options) {
          super(file, { ...options, resourceLimits: { maxOldGenerationSizeMb: 5, maxYoungGenerationSizeMb: 1 } });
        }
      };
      syncBuiltinESMExports();
      ${encoder}
      const image = { data: new Uint8Array(64 * 64 * 3), width: 64, height: 64, channels: 3 };
      const { name, code, message } = await encode(image).catch((error) => error);
      process.stdout.write(JSON.stringify({ name, code, message }), () => process.exit());`;
    writeFileSync(join(folder, 'memory.mjs'), program);
    const { code, stdout } = await runNode([join(folder, 'memory.mjs')]);
    expect(JSON.parse(stdout.toString() || 'null')).toMatchObject({
      name: 'DdpmError',
      code: 'ERR_DDPM_BACKEND',
      message: expect.stringMatching(/^a worker thread ended: .*memory.*Fewer threads take less memory$/),
    });
    expect(code).toBe(0);
  });
});

describe('limits', () => {
  test.each([
    ['--limit-memory', '50M', /64 x 48 pixels takes about \d+ MB, more than limitMemory 50 MB/],
    ['--timeout', '0.001', /longer than timeout 0\.001 s/],
    ['--limit-pixels', '3071', /64 x 48 pixels .* exceeds limitInputPixels 3071/],
  ])('%s %s: 3, and no file', async (flag, value, message) => {
    for (const threads of ['1', '2']) {
      const ended = await cli('decode', path('in.ddpm'), '-o', path('out.png'), '--quiet', '-j', threads, flag, value);
      expectFailure(ended, 3, message);
    }
    expect(left()).toEqual([]);
  });

  test('info and truncate have --limit-pixels, too', async () => {
    const cut = await cli('truncate', path('in.ddpm'), '-o', path('c.ddpm'), '--bytes', '40', '--limit-pixels', '3071');
    expectFailure(cut, 3, /3071/);
    expect(left()).toEqual([]);
    expectFailure(await cli('info', path('in.ddpm'), '--limit-pixels', '3071'), 3, /3071/);
    expect((await cli('info', path('in.ddpm'), '--limit-pixels', '3072')).code).toBe(0);
  });

  test('a wrong limit names its flag: 2', async () => {
    const ended = await cli('decode', path('in.ddpm'), '-o', path('out.png'), '--quiet', '--timeout', '0');
    expectFailure(ended, 2, /--timeout expected number/);
    expect(existsSync(path('out.png'))).toBe(false);
    expect(statSync(path('in.ddpm')).size).toBeGreaterThan(0);
  });
});
