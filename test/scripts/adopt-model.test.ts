import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SCRIPT = resolve('scripts/release/adopt-model.js');
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const [OLD, NEW] = [hash('old weights'), hash('new weights')];

let folder: string;
const at = (path: string): string => join(folder, path);
const read = (path: string): string => readFileSync(at(path), 'utf8');

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }
}

beforeEach(() => {
  folder = temporaryFolder();
  write({
    'src/codec/format/default-model.ts': `export const FORMAT_MODEL = { name: 'photo-a', id: '${OLD.slice(0, 16)}' };\n`,
    'docs/library.md': "import.meta.resolve('ddpm-codec/models/photo-a.safetensors')\n",
    'test/independent/read.py': `MODEL = "${OLD}"\n`,
    'CHANGELOG.md': 'The model was photo-a.\n',
    'models/photo-a.safetensors': 'old weights',
    'models/photo-a.md': '# photo-a\n',
    'test/fixtures/photo-a.expected.safetensors': 'old fixture',
    'models/candidates/photo-b.safetensors': 'new weights',
    'models/candidates/photo-b.expected.safetensors': 'new fixture',
    'models/candidates/photo-b.md': '# photo-b, better than photo-a\n',
    'models/candidates/photo-c.md': '# photo-c\n',
  });
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: folder });
  git('init', '-q');
  git('add', '-A');
});

/** Runs adoptModel in the folder. */
function adopt(files: Readonly<Record<'weights' | 'fixture' | 'card', string>>): {
  status: number | null;
  stderr: string;
} {
  const program = `import { adoptModel } from ${JSON.stringify(SCRIPT)}; adoptModel(${JSON.stringify(files)});`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder, encoding: 'utf8' });
}

const CANDIDATE = {
  weights: 'models/candidates/photo-b.safetensors',
  fixture: 'models/candidates/photo-b.expected.safetensors',
  card: 'models/candidates/photo-b.md',
};

test('puts the new model in place of the old one, and every name and hash follows', () => {
  expect(adopt(CANDIDATE)).toMatchObject({ status: 0, stderr: '' });
  expect(read('src/codec/format/default-model.ts')).toBe(
    `export const FORMAT_MODEL = { name: 'photo-b', id: '${NEW.slice(0, 16)}' };\n`,
  );
  expect(read('docs/library.md')).toContain('ddpm-codec/models/photo-b.safetensors');
  expect(read('test/independent/read.py')).toBe(`MODEL = "${NEW}"\n`);
  expect(read('models/photo-b.safetensors')).toBe('new weights');
  expect(read('models/photo-b.md')).toContain('better than photo-a'); // a card may tell where a model comes from
  expect(read('test/fixtures/photo-b.expected.safetensors')).toBe('new fixture');
  expect(read('CHANGELOG.md')).toContain('photo-a');
  for (const gone of [
    'models/photo-a.safetensors',
    'models/photo-a.md',
    'test/fixtures/photo-a.expected.safetensors',
  ]) {
    expect(existsSync(at(gone)), gone).toBe(false);
  }
  for (const moved of Object.values(CANDIDATE)) expect(existsSync(at(moved)), moved).toBe(false);
  expect(existsSync(at('models/candidates/photo-c.md'))).toBe(true);
});

test('does nothing if the model is the default one already', () => {
  expect(adopt(CANDIDATE).status).toBe(0);
  const placed = {
    weights: 'models/photo-b.safetensors',
    fixture: 'test/fixtures/photo-b.expected.safetensors',
    card: 'models/photo-b.md',
  };
  expect(adopt(placed)).toMatchObject({ status: 0, stderr: '' });
  for (const path of Object.values(placed)) expect(existsSync(at(path)), path).toBe(true);
});

test('changes nothing if a file is missing', () => {
  const { status, stderr } = adopt({ ...CANDIDATE, card: 'models/candidates/none.md' });
  expect(status).toBe(1);
  expect(stderr).toContain('none.md');
  expect(read('docs/library.md')).toContain('photo-a');
  expect(existsSync(at('models/photo-a.safetensors'))).toBe(true);
  expect(existsSync(at('models/photo-b.safetensors'))).toBe(false);
});
