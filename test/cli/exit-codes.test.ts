import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DdpmError, type DdpmErrorCode } from '../../src/base/errors.ts';
import { CliError, errorLine, exitCodeMeanings, exitCodeOf, exitCodeOfError } from '../../src/cli/exit-codes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ddpmError, fakeLibrary, runFake } from './support/fake-library.ts';

test.each([
  ['ERR_DDPM_INPUT', 3],
  ['ERR_DDPM_LIMIT', 3],
  ['ERR_DDPM_CORRUPT', 4],
  ['ERR_DDPM_TRUNCATED', 4],
  ['ERR_DDPM_TARGET', 5],
  ['ERR_DDPM_MODEL_MISSING', 6],
  ['ERR_DDPM_MODEL_CORRUPT', 6],
  ['ERR_DDPM_MODEL_MISMATCH', 6],
  ['ERR_DDPM_BACKEND', 1],
  ['ERR_DDPM_OUTPUT', 7],
] satisfies [DdpmErrorCode, number][])('%s from the library exits with %i and one line', async (code, exitCode) => {
  const input = join(temporaryFolder(), 'in.png');
  writeFileSync(input, 'x');
  const outcome = await runFake(['encode', input], fakeLibrary({ fail: ddpmError(code) }));
  expect(outcome.code).toBe(exitCode);
  expect(outcome.stderr).toBe(`ddpm-codec: cannot encode ${input}: it went wrong. Do better\n`);
  expect(outcome.stdout).toBe('');
});

test('the help explains every possible exit code', () => {
  for (const code of [0, 1, 2, 130, ...Object.values(exitCodeOfError)]) expect(exitCodeMeanings.has(code)).toBe(true);
});

test('wrong options exit with 2; other unexpected errors with 1', () => {
  expect(exitCodeOf(new RangeError('"effort" expected integer 1..9, got 10'))).toBe(2);
  expect(exitCodeOf(new TypeError('"image" expected RawImage, got null'))).toBe(2);
  expect(exitCodeOf(new TypeError("Cannot read properties of undefined (reading 'x')"))).toBe(1);
  expect(exitCodeOf(new RangeError('Invalid array length'))).toBe(1);
  expect(exitCodeOf(Object.assign(new Error('x'), { code: 'toString' }))).toBe(1);
  expect(exitCodeOf('a string')).toBe(1);
  expect(exitCodeOf(new CliError(7, 'x'))).toBe(7);
});

test('an error is one line that names the path once and the flag', () => {
  expect(errorLine(new DdpmError('ERR_DDPM_INPUT', 'in.png: the file\nis empty'), 'encode in.png', 'in.png')).toBe(
    'ddpm-codec: in.png: the file is empty',
  );
  expect(errorLine(new RangeError('"beamWidth" expected 1..4096, got 0'), 'encode a', 'a')).toBe(
    'ddpm-codec: cannot encode a: --beam expected 1..4096, got 0',
  );
  expect(errorLine(new RangeError('"effort" expected 1..9, got 0'), 'encode a', 'a')).toContain('--effort expected');
});

test('the stack is printed only with DDPM_DEBUG=1', async () => {
  const library = fakeLibrary({ fail: new TypeError('bug') });
  const args = ['decode', '-', '-o', '-'];
  expect((await runFake(args, library)).stderr).toBe('ddpm-codec: cannot decode standard input: bug\n');
  const debug = await runFake(args, library, { env: { DDPM_DEBUG: '1' } });
  expect(debug.code).toBe(1);
  expect(debug.stderr).toMatch(/\n {4}at /);
});
