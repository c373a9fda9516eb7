// Builds dist/ from nothing, so that no file of an older layout stays in it: what is embedded, then tsc.
//
//     node scripts/build.js [--if-stale]    with --if-stale only if a source differs from those of the dist that is there
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Names, times and lengths of the sources that dist was made of; not published. */
const stamp = join(root, 'dist', '.sources.json');
const generated = /-bytes\.ts$|tail-network-weights\.ts$/;

function sources() {
  const folders = ['src', 'assembly', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !generated.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const single = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'models/tail-network.bin'];
  return [...folders, ...single.map((name) => join(root, name))].sort().map((path) => {
    const { mtimeMs, size } = statSync(path);
    return [path, mtimeMs, size];
  });
}

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

function isFresh() {
  try {
    return readFileSync(stamp, 'utf8') === JSON.stringify(sources());
  } catch {
    return false;
  }
}

if (!process.argv.includes('--if-stale') || !isFresh()) {
  run('scripts/build-embedded.js');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  writeFileSync(stamp, JSON.stringify(sources()));
}
