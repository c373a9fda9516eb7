// The package that implements WebGPU in Node (Dawn), as the tests use it. It is large, and has an install script that only macOS needs, so
// it is no dependency.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const WEBGPU_VERSION = '0.6.2';

/** Folder in which it is installed. */
export const WEBGPU_PREFIX = join(
  fileURLToPath(new URL('../node_modules/.cache', import.meta.url)),
  `webgpu-${WEBGPU_VERSION}`,
);

/** Path of its entry, which may not be there. */
export const WEBGPU_ENTRY = join(WEBGPU_PREFIX, 'node_modules', 'webgpu', 'index.js');
