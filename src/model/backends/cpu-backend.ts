import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from './backend.ts';
import { startTfjsBackend } from './tfjs-backend.ts';

/** Starts plain JavaScript. Not portable: it uses Math.sin and the like, whose last bits differ between engines. */
export async function startCpu(): Promise<Backend> {
  const backend = await startTfjsBackend({
    name: 'cpu',
    description: `@tensorflow/tfjs-backend-cpu ${version_cpu}, plain JavaScript`,
    portable: false,
  });
  swallowGreeting(backend);
  return backend;
}

/** The first tensor in Node makes tfjs print an advertisement; the PROD flag is its documented switch for that. */
function swallowGreeting(backend: Backend): void {
  const prod = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    backend.run(() => tf.scalar(0)).dispose();
  } finally {
    tf.env().set('PROD', prod);
  }
}
