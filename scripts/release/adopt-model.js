// Makes a weights file the default model: puts it, its fixture and its card in their places, sets name and hash, and takes
// the model before it away. All names of files and hashes in code and documents follow.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

/** The one place that sets the default model. */
const DEFAULT_MODEL = 'src/codec/format/default-model.ts';
/** What keeps the names of earlier models: history, measurements and plots (made anew), and files that go with a model itself. */
const KEPT = ['CHANGELOG.md', 'docs/figures', '*.svg', 'models', 'package-lock.json', 'scripts/release'];

/** Name and id of the default model. */
export function defaultModel() {
  const text = readFileSync(DEFAULT_MODEL, 'utf8');
  const [, name] = text.match(/name: '([^']+)'/) ?? [];
  const [, id] = text.match(/id: '([0-9a-f]{16})'/) ?? [];
  if (!name || !id) throw new Error(`${DEFAULT_MODEL}: no name and id`);
  return { name, id };
}

/** Name, SHA-256 and id of a weights file. */
export function describeWeights(path) {
  const name = basename(path, '.safetensors');
  if (!/^[a-z][a-z0-9.-]*$/.test(name)) throw new Error(`${path}: the file's name is not that of a model`);
  const sha256 = sha256Of(path);
  return { name, sha256, id: sha256.slice(0, 16) };
}

/** Files of a model in the project, by what they are. */
export function modelFiles(name) {
  return {
    weights: `models/${name}.safetensors`,
    fixture: `test/fixtures/${name}.expected.safetensors`,
    card: `models/${name}.md`,
  };
}

/**
 * Files in version control that contain a text.
 *
 * @param kept - paths that are left out
 */
export function filesWith(text, kept = KEPT) {
  const exclude = kept.map((path) => `:!${path}`);
  try {
    return execFileSync('git', ['grep', '-lIF', '--untracked', '-e', text, '--', '.', ...exclude], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
  } catch (error) {
    if (error.status === 1) return []; // git grep has found nothing
    throw error;
  }
}

/** Replaces a name or a hash wherever it stands, but not as the start of a longer one (photo-v1 in photo-v10). */
export function rename(old, now) {
  const whole = new RegExp(`${old.replaceAll('.', '\\.')}(?![0-9a-z])`, 'g');
  for (const path of filesWith(old))
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replaceAll(whole, () => now),
    );
}

/** SHA-256 of a file, in hexadecimal. */
export function sha256Of(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/**
 * Makes a weights file the default model.
 *
 * @param files - paths of `weights`, `fixture` and `card`
 */
export function adoptModel(files) {
  for (const path of Object.values(files)) accessSync(path);
  const before = defaultModel();
  const after = describeWeights(files.weights);
  const [from, to] = [modelFiles(before.name), modelFiles(after.name)];
  const { sha256 } = describeWeights(from.weights);
  for (const [kind, path] of Object.entries(to)) {
    if (resolve(files[kind]) !== resolve(path)) copyFileSync(files[kind], path);
  }
  if (before.id === after.id && before.name === after.name) return;
  const pairs = [
    [sha256, after.sha256],
    [before.id, after.id],
    [before.name, after.name],
  ];
  for (const [old, now] of pairs) rename(old, now);
  for (const path of Object.values(from)) rmSync(path, { force: true });
  for (const path of Object.values(files)) {
    if (path.startsWith('models/candidates/')) rmSync(path);
  }
}
