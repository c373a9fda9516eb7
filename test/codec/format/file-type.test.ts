import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FILE_EXTENSION, isDdpm, MEDIA_TYPE } from '../../../src/codec/format/file-type.ts';
import { readHeader } from '../../../src/codec/format/header.ts';

const files = readdirSync('test/vectors').filter((name) => name.endsWith(FILE_EXTENSION));
const streams = files.map((name) => new Uint8Array(readFileSync(`test/vectors/${name}`)));

test('the names are those of docs/format.md', () => {
  expect(readFileSync('docs/format.md', 'utf8')).toContain(
    `Extension \`${FILE_EXTENSION}\`, media type \`${MEDIA_TYPE}\``,
  );
});

test('files and prefixes of 2 bytes and more are recognised', () => {
  expect(streams.length).toBeGreaterThan(5);
  for (const bytes of streams) {
    expect([0, 1].map((length) => isDdpm(bytes.subarray(0, length)))).toEqual([false, false]);
    for (let length = 2; length < 40; length++) expect(isDdpm(bytes.subarray(0, length))).toBe(true);
  }
});

test('a header with a wrong checksum, other files and what is no bytes are not', () => {
  for (const bytes of streams) {
    const damaged = bytes.slice();
    damaged[readHeader(bytes).headerBytes - 1] ^= 1;
    expect(isDdpm(damaged)).toBe(false);
  }
  expect(isDdpm(new Uint8Array(readFileSync('test/images/kodak/kodim23.png')))).toBe(false);
  expect(isDdpm('dd' as unknown as Uint8Array)).toBe(false);
});
