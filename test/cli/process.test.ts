import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '..', '..');

/** A library whose encode never ends, and whose inspect gives a long table. */
const fakeLibrary = `
  const rate = { bytes: 1, cumulativeBytes: 1, bpp: 1, bitsPerDim: 1, actualBits: 8, level: 0, sigma: 1 };
  const layers = Array.from({ length: 50_000 }, (_, i) => ({ ...rate, layer: i + 1 }));
  const stream = { width: 1, height: 1, channels: 1, bytes: 1, headerBytes: 1, bpp: 1, bitsPerDim: 1, model: '', seed: 0 };
  export const library = {
    version: '1.2.3',
    checkEncodeOptions: () => {},
    readImage: async () => ({ warnings: [] }),
    inspect: () => ({ ...stream, formatVersion: 1, ladderStep: 1, layersTotal: 1, truncated: false, layers, index: null, warnings: [] }),
    async encode() {
      process.stderr.write('encoding');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    },
  };
`;

/** Makes a package with the real executable and the compiled command line, but with a fake library. */
function packageWithFakes(): string {
  const folder = temporaryFolder();
  for (const name of ['bin', 'dist']) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'dist', 'cli', 'library.js'), fakeLibrary);
  return folder;
}

interface Running {
  readonly child: ReturnType<typeof spawn>;
  readonly started: Promise<unknown>;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

function start(folder: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const started = new Promise((resolve) => {
    child.stderr.once('data', resolve);
    child.stdout.once('data', resolve);
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stderr })),
  );
  return { child, started, ended };
}

test('without dist, the executable tells what to do', async () => {
  const folder = temporaryFolder();
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const { code, stderr } = await start(folder, ['bin/ddpm-codec.js', '-V']).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^ddpm-codec: not built .*`npm run build`.*\n$/);
});

test('exit codes reach the shell', async () => {
  const folder = packageWithFakes();
  expect((await start(folder, ['bin/ddpm-codec.js', '-V']).ended).code).toBe(0);
  expect((await start(folder, ['bin/ddpm-codec.js', '--nonsense']).ended).code).toBe(2);
  expect((await start(folder, ['bin/ddpm-codec.js', 'encode', 'none.png']).ended).code).toBe(3);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while encoding exits with %i and leaves no file', async (signal, exitCode) => {
  const folder = packageWithFakes();
  mkdirSync(join(folder, 'work'));
  writeFileSync(join(folder, 'work', 'in.png'), 'x');
  const { child, started, ended } = start(folder, ['bin/ddpm-codec.js', 'encode', 'work/in.png']);
  await started;
  child.kill(signal);
  expect((await ended).code).toBe(exitCode);
  expect(readdirSync(join(folder, 'work'))).toEqual(['in.png']);
});

test('with --json, a signal gives every file at work an object with an error, and counts the others', async () => {
  const folder = packageWithFakes();
  mkdirSync(join(folder, 'work'));
  for (const name of ['a.png', 'b.png', 'c.png']) writeFileSync(join(folder, 'work', name), 'x');
  writeFileSync(join(folder, 'work', 'a.ddpm'), 'old');
  const args = ['bin/ddpm-codec.js', 'encode', 'work/*.png', '--json', '--no-overwrite'];
  const { child, ended } = start(folder, args);
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk) => chunks.push(chunk));
  await new Promise((resolve) => child.stderr?.once('data', resolve));
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  const error = { exitCode: 130, message: 'interrupted' };
  const lines = Buffer.concat(chunks).toString().trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { input: 'work/a.png', skipped: true },
    { input: 'work/b.png', error },
    { summary: { done: 0, skipped: 1, failed: 0, failedByExitCode: {} }, notBegun: 1, error },
  ]);
});

test.skipIf(process.platform === 'win32')('SIGINT ends a command that waits for a named pipe', async () => {
  const folder = packageWithFakes();
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const { child, ended } = start(folder, ['bin/ddpm-codec.js', 'encode', 'pipe', '-o', 'x.ddpm']);
  await new Promise((resolve) => setTimeout(resolve, 1500)); // nothing tells that it waits
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});

test('SIGINT while files are written leaves a whole file and no temporary one', async () => {
  const folder = packageWithFakes();
  mkdirSync(join(folder, 'work'));
  const writer = `
    import { writeFileAtomic } from './dist/storage/atomic-write.js';
    process.on('SIGINT', () => process.exit(130));
    for (let i = 0; ; i++) {
      await writeFileAtomic('work/out', new Uint8Array(1 << 20), { replace: true });
      if (i === 0) process.stdout.write('ready');
      await new Promise((resolve) => setImmediate(resolve));
    }`;
  writeFileSync(join(folder, 'writer.js'), writer);
  for (let delayMs = 0; delayMs < 20; delayMs += 5) {
    const { child, started, ended } = start(folder, ['writer.js']);
    await started;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(readdirSync(join(folder, 'work'))).toEqual(['out']);
    expect(statSync(join(folder, 'work', 'out')).size).toBe(1 << 20);
  }
});

test('ends quietly if the reader of its output ends', async () => {
  const folder = packageWithFakes();
  writeFileSync(join(folder, 'in.ddpm'), 'x');
  const { child, started, ended } = start(folder, ['bin/ddpm-codec.js', 'info', 'in.ddpm']);
  await started;
  child.stdout?.destroy();
  expect(await ended).toEqual({ code: 0, stderr: '' });
});
