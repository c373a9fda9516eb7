import { expect, test } from 'vitest';
import { formatFailure, killedFailure, parseFailure } from '../../src/queue/job-failure.ts';

test('a failure survives as one line', () => {
  const failure = { exitCode: 4, message: 'x.ddpm: corrupt: no header: exit code 5: no' };
  expect(parseFailure(formatFailure(failure))).toEqual(failure);
  expect(formatFailure({ exitCode: 3, message: 'a\n  b' })).toBe('exit code 3: a b');
  expect(parseFailure(formatFailure({ exitCode: 3, message: 'x'.repeat(9999) })).message).toHaveLength(2000);
});

test('any text is a failure', () => {
  expect(parseFailure('job stalled\nmore than allowed')).toEqual({
    exitCode: 1,
    message: 'job stalled more than allowed',
  });
  expect(parseFailure(undefined)).toEqual({ exitCode: 1, message: 'no reason was kept' });
});

test('a job that kills its workers says so', () => {
  expect(killedFailure(6)).toEqual({ exitCode: 1, message: expect.stringContaining('its workers ended 6 times') });
});
