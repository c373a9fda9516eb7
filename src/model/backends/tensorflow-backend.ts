import * as tf from '@tensorflow/tfjs-core';
import { DdpmError } from '../../base/errors.ts';
import { isNotInstalled } from '../../base/missing-package.ts';
import type { Backend } from './backend.ts';
import { startTfjsBackend } from './tfjs-backend.ts';

/**
 * Optional packages that register the backend `tensorflow` with tfjs when they are loaded, in the order in which they
 * are tried.
 */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/**
 * Starts native TensorFlow from the first of its two packages that is installed. Not portable: its kernels depend on
 * the machine.
 */
export async function startTensorflow(): Promise<Backend> {
  const before = tf.engine().backendName;
  const name = await loadFirst(PACKAGES);
  // Loading the package selects its backend; restore the previous selection.
  if (before !== undefined && tf.engine().registry[before] !== undefined) {
    void tf.setBackend(before);
  }
  if (tf.findBackendFactory('tensorflow') === null) {
    const version = tf.version_core;
    throw new DdpmError(
      'ERR_DDPM_BACKEND',
      `backend tensorflow: ${name} brought its own @tensorflow/tfjs-core; install the matching one: npm install ${name}@${version}`,
    );
  }
  return startTfjsBackend({ name: 'tensorflow', description: `${name} for tfjs ${tf.version_core}`, portable: false });
}

/** Loads the first package that can be loaded and returns its name. */
async function loadFirst(packages: readonly string[]): Promise<string> {
  const failures: string[] = [];
  for (const name of packages) {
    try {
      await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
      return name;
    } catch (error) {
      failures.push(describeFailure(name, error));
    }
  }
  const commands = packages.map((name) => `npm install ${name}`).join(' or ');
  throw new DdpmError('ERR_DDPM_BACKEND', `backend tensorflow: ${failures.join('; ')}; to install: ${commands}`);
}

/** One line that distinguishes a package that is not installed from one that is installed but broken. */
function describeFailure(name: string, error: unknown): string {
  if (isNotInstalled(error, name)) return `${name} is not installed`;
  const message = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
  return `${name} does not load (${message})`;
}
