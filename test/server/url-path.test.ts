import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filePath } from '../../src/server/url-path.ts';

/** The path that a handler sees of a URL's. */
const pathname = (path: string): string => new URL(`http://localhost${path}`).pathname;

describe('filePath', () => {
  test.each([
    ['/photo.ddpm', '', 'photo.ddpm'],
    ['/a/b/photo.ddpm', '', 'a/b/photo.ddpm'],
    ['/photos/a/photo.ddpm', '/photos', 'a/photo.ddpm'],
    ['/a%20b/%C3%BC%3f.ddpm', '', 'a b/ü?.ddpm'],
    ['/a..b/c..ddpm', '', 'a..b/c..ddpm'],
    ['/photos/../photos/photo.ddpm', '/photos', 'photo.ddpm'],
  ])('%s after %j is %s', (path, prefix, expected) => {
    expect(filePath(pathname(path), prefix)).toBe(expected);
  });

  test.each([
    ['/', ''],
    ['/photo.png', ''],
    ['/photo.ddpm/', ''],
    ['/.ddpm', ''],
    ['/a/.hidden/photo.ddpm', ''],
    ['/.photo.ddpm', ''],
    ['/%2ehidden.ddpm', ''],
    ['//photo.ddpm', ''],
    ['/a//photo.ddpm', ''],
    ['/a%2fphoto.ddpm', ''],
    ['/..%2f..%2fphoto.ddpm', ''],
    ['/..%5cphoto.ddpm', ''],
    ['/%2e%2e%2fphoto.ddpm', ''],
    ['/%252e%252e%252fphoto.ddpm/..', ''],
    ['/photo.ddpm%00', ''],
    ['/photo%00.ddpm', ''],
    ['/photo%0a.ddpm', ''],
    ['/photo%7f.ddpm', ''],
    ['/%ff.ddpm', ''],
    ['/%.ddpm', ''],
    ['/photo.ddpm', '/photos'],
    ['/photosphoto.ddpm', '/photos'],
    ['/photos/../photo.ddpm', '/photos'],
  ])('%s after %j is no file', (path, prefix) => {
    expect(filePath(pathname(path), prefix)).toBeNull();
  });

  test('whatever a URL has, the names are plain', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2f',
      '%5C',
      '%2e',
      '%00',
      'a',
      '%25',
      ':',
      '~',
      '.ddpm',
      'é',
      '%',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const path = filePath(pathname(`/${pieces.join('')}.ddpm`), '');
        for (const name of path?.split('/') ?? []) expect(name).toMatch(/^[^./\\\0][^/\\\0]*$/);
      }),
      { numRuns: 2000 },
    );
  });
});
