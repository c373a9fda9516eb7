// The version of Deno in which docs/server.md is tested, and its path.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const DENO_VERSION = '2.9.6';

/** Name of the package that contains Deno's executable for this machine; the package `deno` would install the same one. */
export function denoPackage() {
  const { platform, arch } = process;
  return `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`;
}

/** Folder in which it is installed. */
export function denoPrefix() {
  return join(fileURLToPath(new URL('../node_modules/.cache', import.meta.url)), `deno-${DENO_VERSION}`);
}

/** Path of the executable, which may not be installed. */
export function denoProgram() {
  const program = process.platform === 'win32' ? 'deno.exe' : 'deno';
  return join(denoPrefix(), 'node_modules', denoPackage(), program);
}
