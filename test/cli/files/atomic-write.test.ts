import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assertWritable, writeFileAtomic } from '../../../src/cli/files/atomic-write.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const bytes = Buffer.from('new');
const cannot = (why: string) => expect.objectContaining({ exitCode: 7, message: expect.stringContaining(why) });

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test('writes a new file and leaves no other', () => {
  const folder = temporaryFolder();
  writeFileAtomic(join(folder, 'out'), bytes, { force: false });
  expect(readdirSync(folder)).toEqual(['out']);
  expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('new');
});

test('an existing file stays without force, and keeps its mode with it', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'out');
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
  expect(thrownBy(() => writeFileAtomic(path, bytes, { force: false }))).toEqual(cannot('Use --force'));
  expect(readFileSync(path, 'utf8')).toBe('old');
  writeFileAtomic(path, bytes, { force: true });
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder)).toEqual(['out']);
});

test('a symbolic link is followed and stays a link', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'real'), 'old');
  symlinkSync('real', join(folder, 'link'));
  writeFileAtomic(join(folder, 'link'), bytes, { force: true });
  expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('new');
  expect(readdirSync(folder).sort()).toEqual(['link', 'real']);
});

test('a device is written directly and not replaced', () => {
  writeFileAtomic('/dev/null', bytes, { force: false });
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('a missing folder, a folder as target and a file as folder are reported before any work', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  for (const [path, why] of [
    [join(folder, 'none', 'out'), 'no such file or directory'],
    [folder, 'it is a directory'],
    [join(folder, 'file', 'out'), 'not a directory'],
  ]) {
    expect(thrownBy(() => assertWritable(path, { force: true }))).toEqual(cannot(`cannot write ${path}: ${why}`));
    expect(thrownBy(() => writeFileAtomic(path, bytes, { force: true }))).toEqual(cannot(why));
  }
});

test('a failure half-way leaves the old file and no temporary one', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'out');
  writeFileSync(path, 'old');
  const notBytes = { length: 3 } as unknown as Uint8Array; // makes the write fail, after the temporary file is created
  expect(thrownBy(() => writeFileAtomic(path, notBytes, { force: true }))).toMatchObject({ exitCode: 7 });
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['out']);
});
