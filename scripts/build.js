// Builds dist/ from scratch, so that no outdated file remains in it: generates the embedded files (build-embedded.js),
// then runs tsc.
//
//     node scripts/build.js [--if-stale]    with --if-stale, only if a source has changed since the last build
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** File with the names, modification times and lengths of the sources of the last build; not published. */
const stamp = join(root, 'dist', '.sources.json');
const generated = /-bytes\.ts$|tail-network-weights\.ts$|worker-text\.ts$/;

/** Names, modification times and lengths of all sources. */
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

/** Runs a script in Node; ends this process if it fails. */
function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

/** Whether no source has changed since the last build. */
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
  // The worker's program as a file, for pages whose security policy allows no worker from text.
  const { WORKER_TEXT } = await import('../dist/browser/worker-text.js');
  writeFileSync(join(root, 'dist', 'browser-worker.js'), WORKER_TEXT);
  writeFileSync(join(root, 'dist', 'browser-worker.d.ts'), 'export {};\n');
  writeFileSync(stamp, JSON.stringify(sources()));
}
