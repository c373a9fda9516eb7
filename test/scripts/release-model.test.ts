import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SOURCES } from '../../bench/documents/figures/sources.ts';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { MODEL_PATH } from '../support/model-files.ts';

const FIXTURE = `test/fixtures/${FORMAT_MODEL.name}.expected.safetensors`;

function release(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['scripts/release-model.js', ...args], { encoding: 'utf8' });
}

test('--list prints the parts, among them one for each measurement, and does nothing', () => {
  const before = existsSync('out/release');
  const { status, stdout } = release(MODEL_PATH, '--fixture', FIXTURE, '--list');
  expect(status).toBe(0);
  const names = stdout.split('\n').flatMap((line) => line.match(/^\[\d+\/\d+\] ([\w-]+): ./)?.[1] ?? []);
  expect(names.slice(0, 5)).toEqual(['check', 'baseline', 'adopt', 'tail', 'vectors']);
  expect(names.slice(-3)).toEqual(['documents', 'audit', 'compare']);
  for (const { name } of SOURCES) expect(names).toContain(name);
  expect(existsSync('out/release')).toBe(before);
});

test.each([
  [[], 'usage: npm run release:model -- NAME.safetensors'],
  [['models/none.safetensors', '--list'], 'there is no weights file models/none.safetensors'],
  [[MODEL_PATH, '--fixture', 'none', '--card', 'none.md', '--only', 'nothing'], 'no part nothing; there are check,'],
])('%j ends with 1 and says why', (args, message) => {
  const { status, stderr } = release(...args);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
});
