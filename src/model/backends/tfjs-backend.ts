import * as tf from '@tensorflow/tfjs-core';
import { DdpmError } from '../../base/errors.ts';
import type { Backend } from './backend.ts';

/**
 * Starts a backend that is registered in tfjs, without selecting it. Calls its factory directly, because while
 * `tf.setBackend` waits for a factory no other code can use the engine.
 *
 * @throws DdpmError `ERR_DDPM_BACKEND` if the backend is not registered or does not start
 */
export async function startTfjsBackend(info: Omit<Backend, 'run'>): Promise<Backend> {
  const engine = tf.engine();
  if (engine.registry[info.name] === undefined) {
    const factory = tf.findBackendFactory(info.name);
    if (factory === null) {
      throw new DdpmError(
        'ERR_DDPM_BACKEND',
        `backend ${info.name}: not registered in this copy of @tensorflow/tfjs-core`,
      );
    }
    const started = await startFactory(info.name, factory);
    // Other code may have started the backend meanwhile: keep the first instance.
    engine.registry[info.name] ??= started;
  }
  return new TfjsBackend(info, engine.registry[info.name] as tf.KernelBackend);
}

async function startFactory(name: string, factory: () => unknown): Promise<tf.KernelBackend> {
  try {
    return (await factory()) as tf.KernelBackend;
  } catch (cause) {
    const reason = (cause as { message?: unknown } | null)?.message ?? cause;
    throw new DdpmError('ERR_DDPM_BACKEND', `backend ${name}: does not start: ${String(reason)}`, { cause });
  }
}

/** A started tfjs backend. */
class TfjsBackend implements Backend {
  readonly name: Backend['name'];
  readonly description: string;
  readonly portable: boolean;
  readonly #instance: tf.KernelBackend;

  constructor(info: Omit<Backend, 'run'>, instance: tf.KernelBackend) {
    this.name = info.name;
    this.description = info.description;
    this.portable = info.portable;
    this.#instance = instance;
  }

  run<T>(graph: () => T): T {
    const engine = tf.engine();
    const before = engine.backendName;
    if (engine.registry[this.name] !== this.#instance) {
      throw new DdpmError('ERR_DDPM_BACKEND', `backend ${this.name}: removed or replaced in tfjs since it was opened`);
    }
    if (before === this.name && engine.backend === this.#instance) {
      return tidy(graph);
    }
    // Takes effect synchronously, because the backend has already started: see Engine.setBackend.
    void engine.setBackend(this.name);
    try {
      return tidy(graph);
    } finally {
      if (before !== undefined && engine.registry[before] !== undefined) {
        void engine.setBackend(before);
      }
    }
  }
}

/** tf.tidy with a wider type: it finds tensors in any plain object or array, which its own type does not allow. */
function tidy<T>(graph: () => T): T {
  return tf.tidy(graph as () => tf.TensorContainer) as T;
}
