import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { NODE_VERSIONS, nodeProgram } from '../../scripts/node-versions.js';
import { TENSORFLOW_ENTRY } from '../../scripts/tensorflow-package.js';
import { PROGRAMS, ROOT } from '../support/built.ts';
import type { TensorflowOutput } from './tensorflow-node.ts';

const isThere = existsSync(TENSORFLOW_ENTRY);
const WHY = isThere ? '' : ' (skipped: not there; npm run fetch-tensorflow)';
const PROGRAM_FILES: Readonly<Record<string, string>> = {
  [process.version]: process.execPath,
  ...Object.fromEntries(NODE_VERSIONS.map((version) => [`v${version}`, nodeProgram(version)])),
};

async function run(node: string): Promise<TensorflowOutput> {
  const hook = pathToFileURL(join(ROOT, 'scripts', 'fetched-packages-hook.js')).href;
  const program = join(PROGRAMS, 'test', 'portability', 'tensorflow-node.js');
  const { stdout, stderr } = await promisify(execFile)(node, ['--import', hook, program], { cwd: ROOT });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as TensorflowOutput;
}

describe(`the backend tensorflow${WHY}`, () => {
  for (const [version, node] of Object.entries(PROGRAM_FILES)) {
    const name = `${version}: computes as other implementations and wasm do, codes pictures, and refuses what must be exact`;
    const isHere = existsSync(node);
    test.skipIf(!isThere || !isHere)(isHere ? name : `${name} (skipped: not there; npm run fetch-nodes)`, async () => {
      const found = await run(node);
      expect(found.description).toMatch(/^@tensorflow\/tfjs-node 4\.22\.0, TensorFlow 2\.\d+\.\d+, [CG]PU$/);
      const errors = Object.entries(found.errors);
      expect(errors.length).toBeGreaterThanOrEqual(9);
      for (const [network, error] of errors) expect(error, network).toBeLessThan(1e-5);
      expect(found.tensorsLeft).toBe(0);
      for (const [picture, difference] of Object.entries(found.differences)) {
        expect(difference, picture).toBeLessThanOrEqual(1);
      }
      expect(Object.keys(found.differences)).toHaveLength(8);
      expect([...new Set(found.backends)]).toEqual(['tensorflow', 'tensorflow native']);
      const [there, wasm] = found.bitsPerDim;
      expect(Math.abs(there / wasm - 1)).toBeLessThan(1e-4);
      expect(found.refusals).toEqual([
        expect.stringMatching(/^ERR_DDPM_BACKEND backend tensorflow: .*lossless files need the backend wasm$/),
        expect.stringMatching(/^ERR_DDPM_BACKEND backend tensorflow: .*"portable".* need the backend wasm$/),
        expect.stringMatching(/^ERR_DDPM_BACKEND backend tensorflow: .*"portable".* need the backend wasm$/),
        expect.stringMatching(/^ERR_DDPM_TRUNCATED .*needs the backend wasm/),
      ]);
    });
  }
});
