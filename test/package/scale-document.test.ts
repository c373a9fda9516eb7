/**
 * Runs the command lines of docs/scale.md in their order, in a folder with photographs: blocks `sh`; `sh queue`, where there is a server of
 * Redis; and `sh s3`, with a server of object storage on this machine. Blocks marked `text` need other machines, or go on for ever.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { writeImage } from '../../src/entry/index.ts';
import { imageFormat } from '../../src/image/files/image-format.ts';
import { NO_SERVER, openTestServer } from '../queue/support/queue-server.ts';
import { BIN } from '../support/built.ts';
import { kodakCrop } from '../support/pictures.ts';
import { startS3 } from '../support/s3-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

/** A line of a block, and the word after `sh` at its beginning. */
interface DocumentLine {
  readonly kind: string;
  readonly line: string;
}

function linesOfDocument(): DocumentLine[] {
  const blocks = readFileSync('docs/scale.md', 'utf8').matchAll(/^```sh ?(\w*)\n([\s\S]*?)^```/gm);
  return [...blocks].flatMap(([, kind = '', code = '']) =>
    code
      .trimEnd()
      .split('\n')
      .map((line) => ({ kind, line })),
  );
}

async function folderWithPhotographs(): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'photos'));
  for (const [i, name] of ['a.jpg', 'b.jpg', 'c.jpg'].entries()) {
    const image = await kodakCrop(64 + 8 * i, 48);
    writeFileSync(join(folder, 'photos', name), await writeImage(image, imageFormat(name)));
  }
  return folder;
}

/** Runs the lines of some kinds; returns what each printed. */
async function runLines(
  kinds: readonly string[],
  env: Readonly<Record<string, string>>,
  bucket = '',
): Promise<string[]> {
  const folder = await folderWithPhotographs();
  const outputs: string[] = [];
  for (const { line } of linesOfDocument().filter(({ kind }) => kinds.includes(kind))) {
    const command = line
      .replaceAll('npx ddpm-codec', `"${process.execPath}" "${BIN}"`)
      .replaceAll('s3://coded/', `s3://${bucket}/`)
      .replace('--metrics 9464', '--metrics 0');
    const options = { cwd: folder, env: { ...process.env, DDPM_CODEC_MODELS: join(folder, 'models'), ...env } };
    const { stdout, stderr } = await run('bash', ['-o', 'pipefail', '-c', command], options);
    outputs.push(stdout + stderr);
  }
  expect(outputs.length).toBeGreaterThan(3);
  for (const place of ['coded/photos', 'queued', 'previews'].filter((name) => readdirSync(folder).includes(name))) {
    expect(readdirSync(join(folder, place)).length, place).toBe(3);
  }
  return outputs;
}

test('docs/scale.md: one machine, shards, logs', async () => {
  const outputs = await runLines([''], {});
  expect(outputs.join('')).toContain('"outcome":"done"');
});

test.skipIf(NO_SERVER)(`docs/scale.md: a queue${NO_SERVER ? ` (${NO_SERVER})` : ''}`, async () => {
  const server = await openTestServer();
  onTestFinished(() => server.close());
  const outputs = await runLines(['queue'], { DDPM_CODEC_QUEUE: server.queue() });
  expect(outputs[0]).toContain('3 added  0 already there');
  expect(outputs[1]).toContain('0 added  3 already there');
});

test('docs/scale.md: object storage', async () => {
  const { bucket, env, objects } = await startS3();
  const outputs = await runLines(['s3'], env, bucket);
  expect(outputs[1]).toContain('3 skipped');
  expect(Object.keys(await objects())).toEqual(['photos/a.ddpm', 'photos/b.ddpm', 'photos/c.ddpm']);
});
