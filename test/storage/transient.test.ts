import { expect, test } from 'vitest';
import { DdpmError } from '../../src/base/errors.ts';
import { HttpStatusError, isTransient } from '../../src/storage/transient.ts';

const system = (code: string): Error => Object.assign(new Error(code), { code });
const named = (name: string): Error => Object.assign(new Error(name), { name });
const answered = (httpStatusCode: number): Error => Object.assign(new Error('S3'), { $metadata: { httpStatusCode } });
const caused = (cause: unknown): Error =>
  new DdpmError('ERR_DDPM_INPUT', 'cannot read a.png', { cause: new TypeError('fetch failed', { cause }) });

test.each([
  ...['EIO', 'EAGAIN', 'EBUSY', 'EMFILE', 'ENFILE', 'ESTALE', 'ETIMEDOUT', 'ECONNRESET', 'ECONNREFUSED', 'ENOSPC'],
  ...['EPIPE', 'ENETUNREACH', 'EAI_AGAIN', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT'],
])('%s may pass', (code) => {
  expect(isTransient(system(code))).toBe(true);
  expect(isTransient(caused(system(code)))).toBe(true);
});

test.each(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENAMETOOLONG', 'ELOOP', 'EROFS', 'ENOTFOUND'])(
  '%s stays as it is',
  (code) => {
    expect(isTransient(system(code))).toBe(false);
    expect(isTransient(caused(system(code)))).toBe(false);
  },
);

test.each([408, 429, 500, 502, 503, 504, 599])('status %i may pass', (status) => {
  expect(isTransient(caused(new HttpStatusError(status)))).toBe(true);
  expect(isTransient(caused(answered(status)))).toBe(true);
});

test.each([301, 400, 401, 403, 404, 410, 412, 416, 501, 505, 600])('status %i stays as it is', (status) => {
  expect(isTransient(caused(new HttpStatusError(status)))).toBe(false);
  expect(isTransient(caused(answered(status)))).toBe(false);
});

test.each(['SlowDown', 'RequestTimeout', 'InternalError', 'ServiceUnavailable', 'TimeoutError'])(
  '%s of object storage may pass',
  (name) => expect(isTransient(caused(named(name)))).toBe(true),
);

test.each(['NoSuchKey', 'AccessDenied', 'NoSuchBucket', 'CredentialsProviderError', 'AbortError', 'SyntaxError'])(
  '%s stays as it is',
  (name) => expect(isTransient(caused(named(name)))).toBe(false),
);

test('what is no error, a corrupt input and a chain in a circle are no reason for another try', () => {
  for (const value of [undefined, null, 'EIO', 503, {}, new RangeError('EIO')]) expect(isTransient(value)).toBe(false);
  expect(isTransient(new DdpmError('ERR_DDPM_CORRUPT', 'a.ddpm: EIO'))).toBe(false);
  const circle = new Error('first', { cause: new Error('second') });
  (circle.cause as Error).cause = circle;
  expect(isTransient(circle)).toBe(false);
});
