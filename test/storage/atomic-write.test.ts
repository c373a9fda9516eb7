import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assertWritable, writeFileAtomic } from '../../src/storage/atomic-write.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const bytes = Buffer.from('new');
const cannot = (why: string) =>
  expect.objectContaining({ code: 'ERR_DDPM_OUTPUT', message: expect.stringContaining(why) });

async function thrownBy(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test('writes a new file and leaves no other', async () => {
  const folder = temporaryFolder();
  await writeFileAtomic(join(folder, 'out'), bytes, { replace: false });
  expect(readdirSync(folder)).toEqual(['out']);
  expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('new');
});

test('an existing file stays unless it may be replaced, and keeps its mode then', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'out');
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
  expect(await thrownBy(() => writeFileAtomic(path, bytes, { replace: false }))).toEqual(
    cannot('Leave out --no-clobber'),
  );
  expect(readFileSync(path, 'utf8')).toBe('old');
  await writeFileAtomic(path, bytes, { replace: true });
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder)).toEqual(['out']);
});

test('a symbolic link is followed and stays a link', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'real'), 'old');
  symlinkSync('real', join(folder, 'link'));
  await writeFileAtomic(join(folder, 'link'), bytes, { replace: true });
  expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('new');
  expect(readdirSync(folder).sort()).toEqual(['link', 'real']);
});

test('a device is written directly and not replaced', async () => {
  await writeFileAtomic('/dev/null', bytes, { replace: false });
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test.skipIf(process.platform !== 'linux')('whatever makes writing impossible is reported before any work', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('nowhere', join(folder, 'dangling'));
  symlinkSync('loop', join(folder, 'loop'));
  for (const [path, why] of [
    [join(folder, 'none', 'out'), 'no such file or directory'],
    [folder, 'it is a directory'],
    [join(folder, 'file', 'out'), 'not a directory'],
    [join(folder, 'x'.repeat(300)), 'name too long'],
    ['/proc/out', 'no such file or directory'],
    [join(folder, 'dangling'), 'it is a link to nowhere, which does not exist'],
    [join(folder, 'loop'), 'too many symbolic links encountered'],
  ]) {
    expect(await thrownBy(() => assertWritable(path, { replace: true }))).toEqual(
      cannot(`cannot write ${path}: ${why}`),
    );
    expect(await thrownBy(() => writeFileAtomic(path, bytes, { replace: true }))).toEqual(cannot(why));
  }
});

test('a failure half-way leaves the old file and no temporary one', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'out');
  writeFileSync(path, 'old');
  const notBytes = { length: 3 } as unknown as Uint8Array; // makes the write fail, after the temporary file is created
  expect(await thrownBy(() => writeFileAtomic(path, notBytes, { replace: true }))).toMatchObject({
    code: 'ERR_DDPM_OUTPUT',
  });
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['out']);
});

test('a name as long as the file system allows can be written', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'x'.repeat(255));
  await writeFileAtomic(path, bytes, { replace: true });
  expect(readFileSync(path, 'utf8')).toBe('new');
});

test.skipIf(process.platform === 'win32')(
  'a pipe is written once it has a reader, without blocking the process',
  async () => {
    const path = join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    const written = writeFileAtomic(path, bytes, { replace: true });
    const [data] = await Promise.all([readFile(path, 'utf8'), written]);
    expect(data).toBe('new');
    expect(statSync(path).isFIFO()).toBe(true);
  },
);
