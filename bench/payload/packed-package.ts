/** The package as users get it: packed and unpacked. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A user's project in which the package is installed. */
export interface Consumer {
  /** Path of the project. It is a package of its own, called `consumer`. */
  readonly folder: string;
  /** Path of the installed package. */
  readonly installed: string;
  readonly tarball: string;
}

/**
 * Makes a project that has this package installed, without a network. It lies inside the repository, so that the package finds its
 * dependencies, and is a package of its own, so that `ddpm-codec` does not resolve to the repository itself. Needs a dist
 * that is built.
 *
 * @param root - of the repository
 * @param name - of the folder in `.scratch`, which is emptied
 */
export function makeConsumer(root: string, name: string): Consumer {
  const folder = join(root, '.scratch', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const isWindows = process.platform === 'win32';
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const packed = execFileSync(isWindows ? 'npm.cmd' : 'npm', args, { cwd: root, encoding: 'utf8', shell: isWindows });
  const tarball = join(folder, (JSON.parse(packed) as [{ filename: string }])[0].filename);
  const installed = join(folder, 'node_modules', 'ddpm-codec');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "type": "module" }');
  // Else bundlers follow the paths in the repository's own, which lead to its sources.
  writeFileSync(join(folder, 'tsconfig.json'), '{}');
  return { folder, installed, tarball };
}
