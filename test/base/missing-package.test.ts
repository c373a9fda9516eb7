import { expect, test } from 'vitest';
import { isNotInstalled } from '../../src/base/missing-package.ts';

const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test('a package that is missing differs from one that lacks a part, or fails as it loads', () => {
  const missing = "Cannot find package 'sharp' imported from /app/main.js";
  expect(isNotInstalled(failure('ERR_MODULE_NOT_FOUND', missing), 'sharp')).toBe(true);
  const part = "Cannot find package 'detect-libc' imported from /app/node_modules/sharp/lib/index.js";
  expect(isNotInstalled(failure('ERR_MODULE_NOT_FOUND', part), 'sharp')).toBe(false);
  expect(isNotInstalled(new Error("'sharp': its library is not installed"), 'sharp')).toBe(false);
  expect(isNotInstalled(undefined, 'sharp')).toBe(false);
});
