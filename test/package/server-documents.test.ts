/** Runs the servers of docs/server.md, each as the program that a user would make of it, and requests files of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { denoProgram } from '../../scripts/deno-version.js';
import { rawRequest } from '../server/serving.ts';

const PHOTO = readFileSync('test/vectors/160x144-checksums.ddpm');
let folder: string;

beforeAll(() => {
  mkdirSync('.scratch', { recursive: true });
  // Inside the package, so that imports of `ddpm-codec` and of frameworks resolve.
  folder = mkdtempSync(resolve('.scratch/servers-'));
  mkdirSync(`${folder}/photos`);
  copyFileSync('test/vectors/160x144-checksums.ddpm', `${folder}/photos/photo.ddpm`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The programs of the document, of a kind: the module that each imports first, and its text. */
function programs(kind: string): [string, string][] {
  const blocks = readFileSync('docs/server.md', 'utf8').matchAll(
    new RegExp(`^\`\`\`js ${kind}\\n([^]*?)^\`\`\``, 'gm'),
  );
  return [...blocks].map(([, text]) => [/from '([^']+)'/.exec(text)?.[1] ?? '', text]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Starts a program on a free port and waits until it answers; returns its URL. */
async function start(text: string, command: string, ...args: string[]): Promise<string> {
  const port = await freePort();
  expect(text).toContain('3000');
  const file = `${folder}/server-${port}.mjs`;
  writeFileSync(file, text.replace('3000', `${port}`));
  const child: ChildProcess = spawn(command, [...args, file], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr?.on('data', (part: Buffer) => {
    errors += part.toString();
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const response = await fetch(`${url}/photos/none.ddpm`).catch(() => undefined);
    if (response) return url;
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}: ${errors}`);
    await wait(50);
  }
}

/** Expects what any server of the document does. */
async function expectService(url: string): Promise<void> {
  const file = await fetch(`${url}/photos/photo.ddpm`);
  expect([file.status, file.headers.get('content-type')]).toEqual([200, 'image/x-ddpm']);
  expect(Buffer.compare(Buffer.from(await file.arrayBuffer()), PHOTO)).toBe(0);
  const range = await rawRequest(url, '/photos/photo.ddpm', { headers: { Range: 'bytes=-100' } });
  expect([range.status, range.headers['content-range']]).toEqual([
    206,
    `bytes ${PHOTO.length - 100}-${PHOTO.length - 1}/${PHOTO.length}`,
  ]);
  expect(Buffer.compare(range.body, PHOTO.subarray(-100))).toBe(0);
  const etag = file.headers.get('etag') ?? '';
  expect((await rawRequest(url, '/photos/photo.ddpm', { headers: { 'If-None-Match': etag } })).status).toBe(304);
  const head = await rawRequest(url, '/photos/photo.ddpm', { method: 'HEAD' });
  expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, String(PHOTO.length), 0]);
  const statuses = [
    rawRequest(url, '/photos/none.ddpm'),
    rawRequest(url, '/photos/..%2f..%2fphotos/photo.ddpm'),
    rawRequest(url, '/photos/photo.ddpm', { method: 'POST' }),
    rawRequest(url, '/photos/photo.ddpm?w=0'),
  ].map(async (response) => (await response).status);
  expect(await Promise.all(statuses)).toEqual([404, 404, 405, 400]);
  const picture = await fetch(`${url}/photos/photo.ddpm?w=80`, { headers: { Accept: 'image/webp,*/*' } });
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/webp']);
  expect(
    Buffer.from(await picture.arrayBuffer())
      .subarray(8, 12)
      .toString(),
  ).toBe('WEBP');
}

describe('servers of docs/server.md', () => {
  test('there are those of Node, Express, Fastify, Hono and Deno', () => {
    const modules = ['node:http', 'express', 'fastify', '@hono/node-server'];
    expect(programs('server').map(([module]) => module)).toEqual(modules);
    expect(programs('deno').length).toBe(1);
  });

  test.each(programs('server'))('%s', async (_, text) => {
    await expectService(await start(text, process.execPath));
  });

  const isThere = existsSync(denoProgram());
  test.skipIf(!isThere)(`Deno${isThere ? '' : ' (skipped: not there; npm run fetch-nodes)'}`, async () => {
    const [[, text]] = programs('deno');
    await expectService(await start(text, denoProgram(), 'run', '-A', '--node-modules-dir=manual', '--no-lock'));
  });
});
