import { expect, test } from 'vitest';
import { withoutSecrets } from '../../src/base/without-secrets.ts';

test.each([
  ['redis://user:secret@host:6379/photos', 'redis://***@host:6379/photos'],
  ['rediss://:se@cret@host/photos?db=1', 'rediss://***@host/photos?db=1'],
  ['https://host/a.jpg?X-Amz-Signature=1f&size=20&token=2', 'https://host/a.jpg?X-Amz-Signature=***&size=20&token=***'],
  ['tried http://a:b@one/, then http://c:d@two/', 'tried http://***@one/, then http://***@two/'],
])('%s is written %s', (text, safe) => {
  expect(withoutSecrets(text)).toBe(safe);
});

test.each(['photos/me@home.jpg', 's3://bucket/a b@2x.jpg', 'https://host/icon@2x.png?page=3'])('%s stays', (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

test('takes time that grows with the text and not with its square', () => {
  const start = performance.now();
  withoutSecrets(`://${'a.'.repeat(500_000)}`);
  expect(performance.now() - start).toBeLessThan(10_000);
});
