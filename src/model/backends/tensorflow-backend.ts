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

/** The part of the packages that is used here. */
interface TensorflowPackage {
  readonly name: string;
  readonly version: Readonly<Record<string, string>>;
}

/** The part of the packages' backend that is used here. */
interface TensorflowInstance {
  /** True if TensorFlow found a GPU and uses it. */
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/**
 * Starts native TensorFlow from the first of its two packages that is installed. Not portable: its kernels depend on
 * the machine.
 */
export async function startTensorflow(): Promise<Backend> {
  const before = tf.engine().backendName;
  quietTensorflow();
  const { name, version } = await loadFirst(PACKAGES);
  restoreUtilities();
  // Loading the package starts and selects its backend; restore the previous selection.
  if (before !== undefined && tf.engine().registry[before] !== undefined) {
    void tf.setBackend(before);
  }
  const instance = tf.engine().registry.tensorflow as unknown as TensorflowInstance | undefined;
  if (instance === undefined) {
    const why = `${name} did not register with this copy of @tensorflow/tfjs-core, ${tf.version_core}`;
    throw new DdpmError('ERR_DDPM_BACKEND', `backend tensorflow: ${why}; install the version that fits it`);
  }
  const device = instance.isUsingGpuDevice ? 'GPU' : 'CPU';
  const description = `${name} ${version['tfjs-node']}, TensorFlow ${instance.binding.TF_Version}, ${device}`;
  return startTfjsBackend({ name: 'tensorflow', description, portable: false });
}

/**
 * Keeps TensorFlow from printing more than warnings and errors, unless the environment says what it shall print. Does
 * nothing in a browser, where the packages do not load.
 */
function quietTensorflow(): void {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  if (process?.env) process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
}

/**
 * Gives Node's `util` the two of its functions that version 4.22 of the packages calls: Node 23 has removed them, and
 * Node 22 prints a warning when they are used. (Mended in tfjs by pull request 8425, which is in no release.)
 */
function restoreUtilities(): void {
  const restored = { isArray: Array.isArray, isNullOrUndefined: (value: unknown) => value == null };
  Object.assign(process.getBuiltinModule('node:util'), restored);
}

/** Loads the first package that can be loaded. */
async function loadFirst(packages: readonly string[]): Promise<TensorflowPackage> {
  const failures: string[] = [];
  for (const name of packages) {
    try {
      const { version } = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
      return { name, version };
    } catch (error) {
      failures.push(describeFailure(name, error));
    }
  }
  const commands = packages.map((name) => `npm install ${name}`).join(' or ');
  throw new DdpmError(
    'ERR_DDPM_BACKEND',
    `backend tensorflow: ${failures.join('; ')}; to install: ${commands} (docs/backends.md)`,
  );
}

/** One line that distinguishes a package that is not installed from one that is installed but broken. */
function describeFailure(name: string, error: unknown): string {
  if (isNotInstalled(error, name)) return `${name} is not installed`;
  const message = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
  return `${name} does not load (${message})`;
}
