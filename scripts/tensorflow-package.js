// The package that runs TensorFlow in Node, as the tests use it. Its install script fetches TensorFlow's library, so it is no dependency.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TENSORFLOW_PACKAGE = '@tensorflow/tfjs-node';
export const TENSORFLOW_VERSION = '4.22.0';

/** Folder in which it is installed. */
export const TENSORFLOW_PREFIX = join(
  fileURLToPath(new URL('../node_modules/.cache', import.meta.url)),
  `tfjs-node-${TENSORFLOW_VERSION}`,
);

/** Path of its entry, which may not be there. */
export const TENSORFLOW_ENTRY = join(TENSORFLOW_PREFIX, 'node_modules', TENSORFLOW_PACKAGE, 'dist', 'index.js');
