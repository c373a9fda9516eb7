import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { folderSource } from '../../src/server/folder-source.ts';
import { ServedFile } from '../../src/server/stored-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const request = new Request('http://localhost/');
const never = new AbortController().signal;
let folder: string;
let root: string;

beforeEach(() => {
  folder = temporaryFolder();
  root = join(folder, 'root');
  mkdirSync(join(root, 'inner'), { recursive: true });
  mkdirSync(join(root, '.hidden'));
  mkdirSync(join(folder, 'root-2'));
  for (const name of ['root/a.ddpm', 'root/inner/b.ddpm', 'root/.hidden/c.ddpm', 'outside.ddpm', 'root-2/d.ddpm']) {
    writeFileSync(join(folder, name), `content of ${name}`);
  }
});

/** The text of a file that the source opens; null if it does not. */
async function textOf(path: string, from: string | URL = root): Promise<string | null> {
  const stored = await folderSource(from)(path, request);
  if (!stored) return null;
  const file = new ServedFile(stored, path);
  const release = file.hold();
  const text = new TextDecoder().decode(await file.bytes({ start: 0, end: file.size }, never));
  await release();
  return text;
}

describe('folderSource', () => {
  test('opens regular files, by a path or URL of the folder', async () => {
    expect(await textOf('a.ddpm')).toBe('content of root/a.ddpm');
    expect(await textOf('inner/b.ddpm')).toBe('content of root/inner/b.ddpm');
    expect(await textOf('a.ddpm', pathToFileURL(root))).toBe('content of root/a.ddpm');
  });

  test('opens nothing where there is no regular file', async () => {
    mkdirSync(join(root, 'folder.ddpm'));
    for (const path of ['none.ddpm', 'folder.ddpm', 'a.ddpm/b.ddpm', `${'x'.repeat(300)}.ddpm`]) {
      expect(await textOf(path), path).toBeNull();
    }
  });

  test('follows links within the folder, and none out of it or to what is hidden', async () => {
    const link = (target: string, name: string): void => symlinkSync(target, join(root, name));
    link('inner/b.ddpm', 'link.ddpm');
    link('inner', 'linked');
    link('../outside.ddpm', 'out.ddpm');
    link('..', 'up');
    link('../root-2', 'sibling');
    link('/etc/hostname', 'absolute.ddpm');
    link('.hidden/c.ddpm', 'hidden.ddpm');
    link('loop.ddpm', 'loop.ddpm');
    expect(await textOf('link.ddpm')).toBe('content of root/inner/b.ddpm');
    expect(await textOf('linked/b.ddpm')).toBe('content of root/inner/b.ddpm');
    const refused = ['out.ddpm', 'up/outside.ddpm', 'sibling/d.ddpm', 'absolute.ddpm', 'hidden.ddpm', 'loop.ddpm'];
    for (const path of refused) expect(await textOf(path), path).toBeNull();
  });

  test.skipIf(process.platform === 'win32')('does not wait for pipes, and opens no devices', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.ddpm')]);
    symlinkSync('/dev/zero', join(root, 'zero.ddpm'));
    expect(await textOf('pipe.ddpm')).toBeNull();
    expect(await textOf('zero.ddpm')).toBeNull();
  });

  test('also where the folder is a link that changes', async () => {
    symlinkSync('root', join(folder, 'current'));
    expect(await textOf('a.ddpm', join(folder, 'current'))).toBe('content of root/a.ddpm');
  });

  test('the ETag changes with length and time', async () => {
    const etagOf = async (): Promise<string> => {
      const file = new ServedFile((await folderSource(root)('a.ddpm', request)) as never, 'a.ddpm');
      await file.hold()();
      return file.etag;
    };
    const time = new Date('2026-01-01T00:00:00Z');
    utimesSync(join(root, 'a.ddpm'), time, time);
    const before = await etagOf();
    expect(await etagOf()).toBe(before);
    utimesSync(join(root, 'a.ddpm'), time, new Date(time.getTime() + 1));
    expect(await etagOf()).not.toBe(before);
    writeFileSync(join(root, 'a.ddpm'), 'another length');
    utimesSync(join(root, 'a.ddpm'), time, time);
    expect(await etagOf()).not.toBe(before);
  });

  test('a file that becomes shorter while it is read is an error, and no endless wait', async () => {
    const stored = await folderSource(root)('a.ddpm', request);
    const file = new ServedFile(stored as never, 'a.ddpm');
    writeFileSync(join(root, 'a.ddpm'), 'short');
    const read = file.bytes({ start: 0, end: file.size }, never);
    await expect(read).rejects.toThrow('22 bytes were asked of a.ddpm, only 5 came');
    await file.hold()();
  });

  test('refuses what is no folder', () => {
    expect(() => folderSource(join(root, 'none'))).toThrow(/^"root" expected a folder that is there, got /);
    expect(() => folderSource(join(root, 'a.ddpm'))).toThrow(/^"root" expected a folder that is there, got /);
    expect(() => folderSource(5 as never)).toThrow('"root" expected path or URL of a folder, got 5');
  });
});
