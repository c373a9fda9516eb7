// The packages that bench/speed compares the network with and that are no dependencies, and their paths.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Versions by name. */
export const RIVALS = { 'onnxruntime-web': '1.30.0' };

/** Folder in which a package is installed. */
export function rivalPrefix(name) {
  return join(fileURLToPath(new URL('../.scratch/rivals', import.meta.url)), `${name}-${RIVALS[name]}`);
}
