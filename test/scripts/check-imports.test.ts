import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Runs scripts/check-imports.js on a tree of files. */
function check(files: Record<string, string>): { status: number | null; stderr: string; stdout: string } {
  const folder = temporaryFolder();
  const script = join(folder, 'scripts', 'check-imports.js');
  cpSync(join(import.meta.dirname, '..', '..', 'scripts', 'check-imports.js'), script);
  for (const [path, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return spawnSync(process.execPath, [script], { encoding: 'utf8' });
}

test.each([
  ['src/codec/a.ts', "import { readFileSync } from 'node:fs';"],
  ['src/codec/a.ts', "import { readFileSync } from 'fs';"],
  ['src/codec/a.ts', "import { b } from '../model/b.ts';"],
  ['src/codec/a.ts', "import type { RawImage } from '../image/raw-image.ts';"],
  ['src/codec/deep/a.ts', "const b = await import('../../model/b.ts');"],
  ['src/model/a.ts', "import type { B } from '../codec/b.ts';"],
  ['src/model/a.ts', "import sharp from 'sharp';"],
  ['src/image/distortion.ts', "import {\n  type Sharp,\n} from 'sharp';"],
  ['src/coding/a.ts', "import { readFile } from 'node:fs/promises';"],
  ['src/coding/a.ts', "import { readImage } from '../image/files/read-image.ts';"],
  ['src/coding/a.ts', "import { encode } from '../api/encode.ts';"],
  ['src/browser/a.ts', "import { NODE } from '../node/node-platform.ts';"],
  ['src/node/a.ts', "import { encode } from '../api/encode.ts';"],
  ['src/api/a.ts', "export { run } from '../cli/run-cli.ts';"],
  ['src/api/a.ts', "import sharp from 'sharp';"],
  ['src/cli/a.ts', "import { encode } from '../entry/index.ts';"],
  ['bin/a.js', "await import(new URL('../src/cli/main.ts', import.meta.url).href);"],
  ['src/elsewhere/a.ts', ''],
])('%s with %j is a violation', (path, text) => {
  const { status, stderr } = check({ [path]: `/* licence */\nconst it = "isn't";\n${text}\n` });
  expect(stderr).toContain(path);
  expect(status).toBe(1);
});

test('accepts imports that the architecture allows, and ignores comments', () => {
  const { status, stdout, stderr } = check({
    'src/codec/a.ts':
      "import type { B } from '../model/denoiser.ts';\nimport { DdpmError } from '../base/errors.ts';\n// import 'sharp'",
    'src/model/b.ts': "import tf from '@tensorflow/tfjs-core';\nimport './e.ts';\n/*\nimport fs from 'node:fs';\n*/",
    'src/image/files/f.ts':
      "import sharp, { type Sharp } from 'sharp';\nimport type { RawImage } from '../raw-image.ts';",
    'src/api/c.ts': "import { readFile } from 'node:fs/promises';\nimport { d } from '../coding/d.ts';",
    'src/cli/d.ts': "import { encode } from '../api/encode.ts';\nimport { Command } from 'commander';",
    'bench/a/e.ts': "import { c } from '../c.ts';\nimport { encode } from 'ddpm-codec';\nimport sharp from 'sharp';",
    'examples/a.ts': "import { encode } from 'ddpm-codec';",
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^check-imports: 7 files, 14 imports, .* 0 violations\n$/);
  expect(status).toBe(0);
});

test('files that import each other, and files of one name, are violations', () => {
  const circle = check({
    'src/base/a.ts': "import './b.ts';",
    'src/base/b.ts': "import type { C } from './c.ts';",
    'src/base/c.ts': "import './a.ts';",
  });
  expect(circle.status).toBe(1);
  expect(circle.stderr).toBe(
    'src/base/a.ts -> src/base/b.ts -> src/base/c.ts -> src/base/a.ts: files import each other in a circle\n',
  );
  const names = check({ 'src/base/a.ts': '', 'src/image/a.ts': '' });
  expect(names.status).toBe(1);
  expect(names.stderr).toBe('src/base/a.ts, src/image/a.ts: files of one name\n');
});
