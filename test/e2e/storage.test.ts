import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { writeImage } from '../../src/entry/index.ts';
import { BIN } from '../support/built.ts';
import { kodakCrop } from '../support/pictures.ts';
import { runNode } from '../support/run-node.ts';
import { startS3 } from '../support/s3-server.ts';

const FAST = ['--effort', '1', '--end-sigma', '0.5', '--index'];

let folder: string;
let png: Uint8Array;
/** What the command makes of a local file. */
let ddpm: Buffer;
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-storage-'));
  png = await writeImage(await kodakCrop(64, 48), 'png');
  writeFileSync(path('a.png'), png);
  expect(await runNode([BIN, 'encode', path('a.png'), ...FAST, '--quiet'])).toMatchObject({ code: 0, stderr: '' });
  ddpm = readFileSync(path('a.ddpm'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('object storage', () => {
  test('gets the same bytes as a folder, from encode, truncate and decode', async () => {
    const { bucket, env, objects, put } = await startS3();
    const run = (...args: string[]) => runNode([BIN, ...args], undefined, env);
    const at = (key: string): string => `s3://${bucket}/${key}`;
    for (const key of ['in/a.png', 'in/deep/b c.png', 'in/c.txt']) await put(key, png);

    const encoded = await run('encode', at('in/**/*.png'), '-o', '{dir}/{name}.ddpm', ...FAST, '-j', '2', '--json');
    expect([encoded.code, encoded.stderr]).toEqual([0, '']);
    const lines = encoded.stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ output }) => output).sort()).toEqual([at('in/a.ddpm'), at('in/deep/b c.ddpm')]);
    const written = await objects();
    expect(written['in/a.ddpm'].equals(ddpm)).toBe(true);
    expect(written['in/deep/b c.ddpm'].equals(ddpm)).toBe(true);

    expect((await run('encode', path('a.png'), '-o', at('out/'), ...FAST, '--quiet')).code).toBe(0);
    expect((await run('encode', at('in/a.png'), '-o', path('copy.ddpm'), ...FAST, '--quiet')).code).toBe(0);
    expect((await objects())['out/a.ddpm'].equals(ddpm)).toBe(true);
    expect(readFileSync(path('copy.ddpm')).equals(ddpm)).toBe(true);

    expect((await run('truncate', at('in/a.ddpm'), '--layers', '4', '-o', at('cut/a.ddpm'), '--quiet')).code).toBe(0);
    expect((await runNode([BIN, 'truncate', path('a.ddpm'), '--layers', '4', '-o', path('cut.ddpm')])).code).toBe(0);
    expect((await objects())['cut/a.ddpm'].equals(readFileSync(path('cut.ddpm')))).toBe(true);

    expect((await run('decode', at('cut/a.ddpm'), '-o', at('cut/{name}.png'), '--quiet')).code).toBe(0);
    expect((await runNode([BIN, 'decode', path('cut.ddpm'), '-o', path('cut.png'), '--quiet'])).code).toBe(0);
    expect((await objects())['cut/a.png'].equals(readFileSync(path('cut.png')))).toBe(true);
    expect((await run('compare', at('cut/a.png'), path('cut.png'))).stdout.toString()).toMatch(/^PSNR +(∞|inf|exact)/i);
    expect(JSON.parse((await run('info', at('in/a.ddpm'), '--json')).stdout.toString())).toMatchObject({
      input: at('in/a.ddpm'),
      bytes: ddpm.length,
    });
  });

  test('--no-clobber, --no-overwrite, and what is not there', async () => {
    const { bucket, env, objects, put } = await startS3();
    const run = (...args: string[]) => runNode([BIN, ...args], undefined, env);
    const at = (key: string): string => `s3://${bucket}/${key}`;
    await put('a.ddpm', 'old');
    const kept = await run('encode', path('a.png'), '-o', at('a.ddpm'), '--no-clobber', ...FAST);
    expect([kept.code, kept.stderr]).toEqual([
      7,
      `ddpm-codec: cannot write ${at('a.ddpm')}: the object exists. Leave out --no-clobber to overwrite it\n`,
    ]);
    const skipped = await run('encode', path('a.png'), '-o', at('a.ddpm'), '--no-overwrite', ...FAST);
    expect([skipped.code, skipped.stderr]).toEqual([0, expect.stringContaining('skipped: the output exists')]);
    expect((await objects())['a.ddpm'].toString()).toBe('old');
    const none = await run('encode', at('none.png'), '-o', path('none.ddpm'));
    expect([none.code, none.stderr]).toEqual([
      3,
      `ddpm-codec: cannot read ${at('none.png')}: there is no such object. Check bucket and key\n`,
    ]);
    const same = await run('encode', at('a.png'), '-o', at('a.png'), '--force');
    expect([same.code, same.stderr]).toEqual([2, expect.stringContaining('is the file that is read as')]);
  });
});

describe('a web server', () => {
  /** Serves the files; notes how many bytes of a body were taken. */
  async function serve(padding = 0): Promise<{ origin: string; sent: () => Promise<number> }> {
    let ended: (bytes: number) => void;
    const sent = new Promise<number>((resolve) => {
      ended = resolve;
    });
    const server = createServer(async (request, response) => {
      const body = request.url?.startsWith('/pic%20ture') ? png : ddpm;
      response.writeHead(200, { 'content-length': body.length + padding });
      let bytes = body.length;
      response.once('close', () => ended(bytes));
      response.write(body);
      const block = new Uint8Array(65_536);
      const closed = once(response, 'close');
      for (; bytes < body.length + padding && !response.destroyed; bytes += block.length) {
        if (response.write(block)) continue;
        const drained = new AbortController();
        await Promise.race([once(response, 'drain', { signal: drained.signal }).catch(() => {}), closed]);
        drained.abort();
      }
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.closeAllConnections());
    onTestFinished(() => void server.close());
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent: () => sent };
  }

  test('is read, and its secrets are not printed', async () => {
    const { origin } = await serve();
    const url = `${origin.replace('//', '//me:hidden@')}/pic%20ture.png?token=hidden`;
    const encoded = await runNode([BIN, 'encode', url, '-o', `${folder}/web/`, ...FAST, '--json']);
    expect([encoded.code, encoded.stderr]).toEqual([0, '']);
    expect(encoded.stdout.toString()).not.toContain('hidden');
    expect(JSON.parse(encoded.stdout.toString())).toMatchObject({ input: `${origin}/pic%20ture.png?…` });
    expect(readFileSync(join(folder, 'web', 'pic ture.ddpm')).equals(ddpm)).toBe(true);
  });

  test.each([
    ['truncate', ['--layers', '2']],
    ['decode', ['--bytes', '300']],
  ])('%s ends the download when it has what it needs', async (command, flags) => {
    const size = 64 * 2 ** 20;
    const { origin, sent } = await serve(size);
    const output = path(command === 'decode' ? 'part.png' : 'part.ddpm');
    const ended = await runNode([BIN, command, `${origin}/a.ddpm`, ...flags, '-o', output, '--quiet']);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    expect(await sent()).toBeLessThan(size / 4);
    const local = path(command === 'decode' ? 'local.png' : 'local.ddpm');
    expect((await runNode([BIN, command, path('a.ddpm'), ...flags, '-o', local, '--quiet'])).code).toBe(0);
    expect(readFileSync(output).equals(readFileSync(local))).toBe(true);
  });

  test('is no output', async () => {
    const url = 'https://me:hidden@example.org/a.png';
    for (const [args, why] of [
      [
        ['encode', path('a.png'), '-o', url],
        '--output expected a path or s3://BUCKET/KEY, got https://example.org/a.png',
      ],
      [['encode', url], 'gets the output https://example.org/a.ddpm: web servers are only read'],
      [
        ['encode', url, '-o', '{dir}/{name}.ddpm'],
        'gets the output https://example.org/a.ddpm: web servers are only read',
      ],
      [
        ['encode', path('a.png'), '-o', 'gs://bucket/a'],
        '--output expected a path or s3://BUCKET/KEY, got gs://bucket/a',
      ],
      [['encode', 'gs://bucket/a.png'], 'an input expected a path or a URL of file:, http:, https: or s3:, got gs://'],
    ] as const) {
      const ended = await runNode([BIN, ...args]);
      expect(ended.stderr).toContain(why);
      expect(ended.stderr).not.toContain('hidden');
      expect(ended.code).toBe(2);
    }
  });
});

test('file: URLs are paths, as inputs, patterns and outputs', async () => {
  const base = pathToFileURL(folder).href;
  const ended = await runNode([BIN, 'encode', `${base}/[a].png`, '-o', `${base}/from%20url/`, ...FAST, '--quiet']);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  expect(readFileSync(join(folder, 'from url', 'a.ddpm')).equals(ddpm)).toBe(true);
});
