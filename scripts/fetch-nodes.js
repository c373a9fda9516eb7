// Installs other versions of Node from the npm registry into node_modules/.cache, for
// test/portability/node-versions.test.ts. That test uses no network, and skips versions that are not installed.
//
//     npm run fetch-nodes [VERSION...]    default: the versions that the test uses
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { NODE_VERSIONS, nodePackage, nodePrefix } from './node-versions.js';

for (const version of process.argv.length > 2 ? process.argv.slice(2) : NODE_VERSIONS) {
  const target = nodePrefix(version);
  if (existsSync(target)) continue;
  mkdirSync(dirname(target), { recursive: true });
  // Installs into a temporary folder that is then renamed, so that no other process finds an incomplete installation.
  const folder = mkdtempSync(`${target}-`);
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  try {
    const args = ['install', '--prefix', folder, ...flags, `${nodePackage()}@${version}`];
    execFileSync('npm', args, { shell: process.platform === 'win32', stdio: 'inherit' });
    renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
