import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { WEBGPU_ENTRY } from '../../scripts/webgpu-package.js';
import { softwareGraphics } from '../browser/support/chromium.ts';
import { PROGRAMS, ROOT } from '../support/built.ts';
import type { WebgpuOutput } from './webgpu-node.ts';

const isThere = existsSync(WEBGPU_ENTRY);
const NAME = 'the backend webgpu in Node';

test.skipIf(!isThere)(isThere ? NAME : `${NAME} (skipped: not there; npm run fetch-webgpu)`, async ({ skip }) => {
  const program = join(PROGRAMS, 'test', 'portability', 'webgpu-node.js');
  const args = ['--import', pathToFileURL(join(ROOT, 'scripts', 'fetched-packages-hook.js')).href, program];
  const env = { ...process.env, ...(await softwareGraphics()) };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
  const found = JSON.parse(stdout) as WebgpuOutput;
  skip(!found.available, `no graphics adapter: ${found.description}`);
  expect(stderr).toBe('');
  expect(found.description).toMatch(/^WebGPU, /);
  expect(Object.keys(found.differences)).toEqual(['24x16-gains', '32x32']);
  expect(Math.max(...Object.values(found.differences), found.encoded)).toBeLessThanOrEqual(1);
  expect(found.backends.slice(0, 4)).toEqual(Array.from({ length: 4 }, () => 'webgpu native'));
  expect(found.backends[4]).toMatch(/^wasm /);
  expect(found.lossless).toMatch(/^ERR_DDPM_BACKEND backend webgpu: .*lossless files need the backend wasm/);
});
