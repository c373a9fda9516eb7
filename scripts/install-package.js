// Installs a package from the npm registry into a folder of its own.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Installs `specifier` (NAME@VERSION) into the folder `target`, unless that exists. Installs into a temporary folder
 * that is then renamed, so that no other process finds an incomplete installation.
 */
export function installPackage(specifier, target) {
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  try {
    const args = ['install', '--prefix', folder, ...flags, specifier];
    execFileSync('npm', args, { shell: process.platform === 'win32', stdio: 'inherit' });
    renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
