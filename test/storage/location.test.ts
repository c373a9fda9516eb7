import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  fillTemplate,
  inFolder,
  isFolder,
  isTemplate,
  localPath,
  locationParts,
  schemeOf,
  shownLocation,
  urlKey,
  withExtension,
} from '../../src/storage/location.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test.each([
  ['photo.png', 'file'],
  ['/a:b/c', 'file'],
  ['s3:photo.png', 'file'],
  ['C://photos/a.png', 'file'],
  ['FILE:///a', 'file'],
  ['https://host/a', 'http'],
  ['HTTP://host/a', 'http'],
  ['s3://bucket/key', 's3'],
])('%s is in the store %s', (location, scheme) => {
  expect(schemeOf(location)).toBe(scheme);
});

test('a URL of another scheme is refused, without its password', () => {
  expect(() => schemeOf('ftp://user:secret@host/a')).toThrow(
    '"location" expected a path or a URL of file:, http:, https: or s3:, got ftp://host/a',
  );
});

test.each([
  ['photos/a@b?c#d.png', 'photos/a@b?c#d.png'],
  ['https://user:p%40ss@host:8080/a/b.png', 'https://host:8080/a/b.png'],
  ['https://user:p@ss@host/a@b.png?X-Amz-Signature=secret#x', 'https://host/a@b.png?…'],
  ['https://host/a#part?secret', 'https://host/a'],
  ['s3://KEY:SECRET@bucket/a?b#c@d', 's3://bucket/a?b#c@d'],
  ['redis://:secret@host/0', 'redis://host/0'],
])('%s is shown as %s', (location, shown) => {
  expect(shownLocation(location)).toBe(shown);
});

test.each(['a b', 'q?x#y', '100%', 'ü.png', '[x]{y}*'])('the path of the file: URL of %j', (name) => {
  const path = join(temporaryFolder(), name);
  expect(localPath(pathToFileURL(path).href)).toBe(path);
});

test('characters that URLs reserve may stand as they are in a file: URL; other machines are refused', () => {
  expect(localPath('file:///photos/a?b#c*.png')).toBe('/photos/a?b#c*.png');
  for (const url of ['file://host/a', 'file:///%zz', 'file:///a%2Fb']) {
    expect(() => localPath(url)).toThrow(/^"location" expected a file: URL/);
  }
});

describe('parts', () => {
  test.each([
    ['a.png', '.', 'a', '.png'],
    ['x/y.z/a', 'x/y.z', 'a', ''],
    ['/a.tar.gz', '/', 'a.tar', '.gz'],
    ['.hidden', '.', '.hidden', ''],
    ['file:///x/a%20b.png', '/x', 'a b', '.png'],
    ['s3://bucket/a.png', 's3://bucket', 'a', '.png'],
    ['s3://bucket/x//y/a%20?b#c.png', 's3://bucket/x//y', 'a%20?b#c', '.png'],
    ['https://host/x%20y/a%20b.png?size=3#top', 'https://host/x%20y', 'a b', '.png'],
    ['https://user:pass@host:81/a.png', 'https://host:81', 'a', '.png'],
    ['https://host', 'https://host', 'index', ''],
    ['https://host/a/', 'https://host/a', 'index', ''],
  ])('of %s', (location, dir, name, ext) => {
    expect(locationParts(location)).toEqual({ dir, name, ext });
  });

  test.each([
    ['https://host/..%2F..%2Fetc%2Fpasswd.png', '.._.._etc_passwd'],
    ['https://host/..%5Cx.png', '.._x'],
    ['https://host/%00a%0Ab.png', '_a_b'],
    ['https://host/100%.png', '100%'],
    ['s3://bucket/a/..', '__'],
    ['s3://bucket/a\\..\\b.png', 'a_.._b'],
    ['https://host/C:x.png', 'C_x'],
  ])('a name in %s stays in its folder', (location, name) => {
    expect(locationParts(location).name).toBe(name);
  });
});

test.each([
  ['x/a.png', 'x/a.ddpm'],
  ['x.y/a', 'x.y/a.ddpm'],
  ['file:///x/a.png', '/x/a.ddpm'],
  ['s3://bucket/x%20y/a?b.png', 's3://bucket/x%20y/a?b.ddpm'],
  ['s3://bucket.example/a', 's3://bucket.example/a.ddpm'],
  ['https://host/x/a%20b.png?q', 'https://host/x/a%20b.ddpm'],
])('%s with another extension', (location, expected) => {
  expect(withExtension(location, '.ddpm')).toBe(expected);
});

test('folders', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'deep'));
  for (const location of [folder, pathToFileURL(folder).href, 'x/', 's3://bucket', 's3://bucket/', 's3://bucket/x/']) {
    expect([location, isFolder(location)]).toEqual([location, true]);
  }
  for (const location of ['x', join(folder, 'none'), 's3://bucket/x', `${folder}\0`]) {
    expect([location, isFolder(location)]).toEqual([location, false]);
  }
  expect(inFolder('x/', 'a.png')).toBe(join('x', 'a.png'));
  expect(inFolder('file:///x%20y/', 'a?.png')).toBe(join('/x y', 'a?.png'));
  for (const bucket of ['s3://bucket', 's3://bucket/']) expect(inFolder(bucket, 'a b.png')).toBe('s3://bucket/a b.png');
  expect(inFolder('s3://bucket/x/', 'a.png')).toBe('s3://bucket/x/a.png');
});

describe('templates', () => {
  test.each([
    ['{dir}/{name}.ddpm', 'x/a.png', 'x/a.ddpm'],
    ['out/{dir}/{name}-{ext}', '../x/a.png', 'out/../x/a-png'],
    ['{dir}/{name}.ddpm', 's3://bucket/x/a.png', 's3://bucket/x/a.ddpm'],
    ['out/{dir}/{name}.ddpm', 's3://bucket/x//y/a.png', 'out/bucket/x/y/a.ddpm'],
    ['out/{dir}/{name}.ddpm', 's3://bucket/../../etc/a.png', 'out/bucket/__/__/etc/a.ddpm'],
    ['out/{dir}/{name}.ddpm', 'https://me:secret@host:81/x%20y/..%2f/a.png?q', 'out/host_81/x y/.._/a.ddpm'],
    ['s3://bucket/{dir}/{name}.ddpm', '/photos/./x/a.png', 's3://bucket/photos/x/a.ddpm'],
    ['s3://bucket/{dir}/{name}.ddpm', '../x/a.png', 's3://bucket/__/x/a.ddpm'],
    ['s3://bucket/{dir}/{name}.ddpm', 'a.png', 's3://bucket/./a.ddpm'],
    ['s3://out/{dir}/{name}.ddpm', 's3://in/x/a.png', 's3://out/in/x/a.ddpm'],
  ])('%s of %s', (template, input, output) => {
    expect(isTemplate(template)).toBe(true);
    expect(fillTemplate(template, input)).toBe(output);
  });
});

test('the ways to write one URL have one key', () => {
  expect(urlKey('HTTPS://me:secret@HOST:443/a/../b?q=1#x')).toBe(urlKey('https://host/b?q=1'));
  expect(urlKey('https://host/b?q=1')).not.toBe(urlKey('https://host/b?q=2'));
  expect(urlKey('S3://bucket/a')).toBe('s3://bucket/a');
  expect(() => urlKey('https://')).toThrow('"location" expected a URL with a host, got https://');
});
