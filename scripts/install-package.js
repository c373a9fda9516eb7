// Installs packages from the npm registry into a folder of their own.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Installs `specifiers` (NAME@VERSION) into the folder `target`, unless that exists, and lets `finish` change the folder.
 * Works in a temporary folder that is then renamed, so that no other process finds an incomplete installation.
 */
export function installPackages(specifiers, target, finish = () => {}) {
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  try {
    const args = ['install', '--prefix', folder, ...flags, ...specifiers];
    execFileSync('npm', args, { shell: process.platform === 'win32', stdio: 'inherit' });
    finish(folder);
    renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
