import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROGRAMS } from '../support/built.ts';
import type { FuzzResult } from './runner.ts';

/** Number of cases in a test run; scheduled runs have 100000 and more (docs/fuzzing.md). */
const CASES = 2000;
const run = promisify(execFile);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(`${CASES} mutated files: decoded, or refused with a code`, async () => {
  const json = join(folder, 'result.json');
  const out = join(folder, 'failures');
  const args = ['--cases', String(CASES), '--seed', 'tests', '--out', out, '--json', json];
  const { stdout } = await run(process.execPath, [join(PROGRAMS, 'test', 'fuzz', 'main.js'), ...args]).catch(
    (error) => error,
  );
  const result: FuzzResult = JSON.parse(readFileSync(json, 'utf8'));
  expect(result.failures, stdout).toEqual([]);
  expect(result.done).toBe(CASES);
  // Every target is used, and some cases succeed while others are refused.
  const outcomes = Object.keys(result.counts);
  for (const target of ['inspect', 'truncate', 'decode', 'progressive', 'placeholder', 'safetensors', 'import']) {
    expect(outcomes, target).toContain(`${target} ok`);
    expect(
      outcomes.some((key) => key.startsWith(`${target} ERR_DDPM_`)),
      target,
    ).toBe(true);
  }
  expect(result.largestArray).toBeLessThan(32e6);
}, 600_000);

describe('the runner', () => {
  test('detects hangs, crashes, allocations and wrong errors, continues after them, and saves their files', async () => {
    const program = `
      import { fuzz } from '${PROGRAMS}/test/fuzz/runner.js';
      const planted = { 3: 'error', 5: 'hang', 8: 'array', 9: 'exit' };
      const limits = { minutes: 5, deadlineMs: 5000, heapMb: 64, threads: 1 };
      const result = await fuzz({ seed: 'tests', first: 0, cases: 15, ...limits, out: '${folder}/planted', planted });
      process.stdout.write(JSON.stringify(result));`;
    const script = join(folder, 'planted.mjs');
    writeFileSync(script, program);
    const { done, failures }: FuzzResult = JSON.parse((await run(process.execPath, [script])).stdout);
    expect(done).toBe(15);
    const errors = [...failures].sort((a, b) => a.number - b.number).map(({ number, error }) => [number, error]);
    expect(errors).toEqual([
      [3, expect.stringContaining('RangeError: planted')],
      [5, expect.stringMatching(/^no end after \d+ ms$/)],
      [8, expect.stringContaining('4294967296 bytes at once')],
      [9, 'the worker ended'],
    ]);
    for (const { path } of failures) expect(existsSync(path)).toBe(true);
  });

  test('equal seeds and numbers give equal cases', async () => {
    const program = `
      import { createHash } from 'node:crypto';
      import { CaseMaker } from '${PROGRAMS}/test/fuzz/cases.js';
      const hash = createHash('sha256');
      const cases = await CaseMaker.open(process.argv[2]);
      for (let number = 0; number < 40; number++) hash.update(cases.make(number).bytes);
      process.stdout.write(hash.digest('hex'));`;
    const script = join(folder, 'equal.mjs');
    writeFileSync(script, program);
    const hashOf = async (seed: string): Promise<string> => (await run(process.execPath, [script, seed])).stdout;
    const [first, again, other] = await Promise.all(['a', 'a', 'b'].map(hashOf));
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});
