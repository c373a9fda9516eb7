import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { assertAllowed } from '../../src/queue/allowed-locations.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ddpm-allow-')));
const data = join(folder, 'data');
mkdirSync(data);
mkdirSync(join(folder, 'database'));
symlinkSync(join(folder, 'database'), join(data, 'link'));
symlinkSync(data, join(folder, 'alias'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('assertAllowed', () => {
  const places = [data, 's3://bucket/photos', 'https://example.com/a/'];

  test.each([
    join(data, 'a.png'),
    data,
    join(data, '..x', 'a.png'),
    join(folder, 'alias', 'new', 'a.png'),
    pathToFileURL(join(data, 'a.png')).href,
    's3://bucket/photos/a.jpg',
    'https://example.com/a/b.jpg',
    'https://example.com/x/../a/b.jpg',
  ])('lets %s pass', (location) => expect(() => assertAllowed(location, places)).not.toThrow());

  test.each([
    join(folder, 'a.png'),
    join(folder, 'database', 'a.png'),
    `${data}/../database/a.png`,
    join(data, 'link', 'a.png'),
    '/etc/passwd',
    'file:///etc/passwd',
    's3://bucket/photos-private/a.jpg',
    's3://other/photos/a.jpg',
    's3://bucket/photos/../private/a.jpg',
    'https://example.com/a/../b.jpg',
    'https://example.com/a/%2e%2e/b.jpg',
    'https://example.com.evil.test/a/b.jpg',
    'http://example.com/a/b.jpg',
  ])('refuses %s', (location) => {
    expect(() => assertAllowed(location, places)).toThrow('is outside of what --allow names');
  });

  test('without places all is allowed', () => expect(() => assertAllowed('/etc/passwd', [])).not.toThrow());

  test('messages hold no secrets', () => {
    expect(() => assertAllowed('https://user:secret@host/x?sig=secret', ['https://me:secret@h/y'])).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
