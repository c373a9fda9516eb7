import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from './backend.ts';
import { startTfjsBackend } from './tfjs-backend.ts';

/**
 * Starts the plain JavaScript backend. Not portable: it uses Math.sin and similar functions, whose last bits differ
 * between engines.
 */
export async function startCpu(): Promise<Backend> {
  const backend = await startTfjsBackend({
    name: 'cpu',
    description: `@tensorflow/tfjs-backend-cpu ${version_cpu}, plain JavaScript`,
    portable: false,
  });
  suppressGreeting(backend);
  return backend;
}

/**
 * In Node, tfjs prints an advertisement when the first tensor is made, unless its PROD flag is set. Makes that first
 * tensor silently.
 */
function suppressGreeting(backend: Backend): void {
  const prod = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    backend.run(() => tf.scalar(0)).dispose();
  } finally {
    tf.env().set('PROD', prod);
  }
}
