import { cachedPromise } from '../../base/promise-cache.ts';
import type { Backend, BackendInfo, BackendName, BackendOptions } from './backend.ts';

/** How one backend is started. */
interface BackendEntry {
  /** {@link Backend.portable}, also known if the backend does not start. */
  readonly portable: boolean;
  /** Loads the code of the backend and starts it. */
  readonly start: (options: BackendOptions) => Promise<Backend>;
}

/** All backends. To add one: a file in `backends/`, a line here, and its name in `backend.ts`. */
const BACKENDS: Readonly<Record<BackendName, BackendEntry>> = {
  wasm: { portable: true, start: async (options) => (await import('./wasm-backend.ts')).startWasm(options) },
  cpu: { portable: false, start: async () => (await import('./cpu-backend.ts')).startCpu() },
  tensorflow: { portable: false, start: async () => (await import('./tensorflow-backend.ts')).startTensorflow() },
  webgpu: { portable: false, start: async () => (await import('./webgpu-backend.ts')).startWebgpu() },
};

/** Names of all backends, the default first. */
export const BACKEND_NAMES: readonly BackendName[] = Object.freeze(Object.keys(BACKENDS) as BackendName[]);

/**
 * Backends that were requested, so that each starts only once in a process. A backend that failed to start is removed.
 */
const opened = new Map<BackendName, Promise<Backend>>();

/**
 * Starts a tensor backend, or returns it if it has already started. Prints nothing, and never falls back to another
 * backend.
 *
 * @param name - see {@link BackendName}; default `wasm`
 * @throws TypeError if there is no backend of that name
 * @throws DdpmError `ERR_DDPM_BACKEND` if it cannot start on this machine; the message says what to install
 */
export async function openBackend(name: BackendName = 'wasm', options: BackendOptions = {}): Promise<Backend> {
  if (!Object.hasOwn(BACKENDS, name)) {
    throw new TypeError(`"name" expected one of ${BACKEND_NAMES.join(', ')}, got ${String(name)}`);
  }
  return cachedPromise(opened, name, () => BACKENDS[name].start(options));
}

/**
 * Tries to start every backend, and reports which ones work on this machine and why the others do not. Takes about a
 * tenth of a second, more if native TensorFlow is installed.
 */
export async function listBackends(): Promise<BackendInfo[]> {
  const list: BackendInfo[] = [];
  for (const name of BACKEND_NAMES) {
    const { portable } = BACKENDS[name];
    try {
      const { description } = await openBackend(name);
      list.push({ name, available: true, description, portable });
    } catch (error) {
      list.push({
        name,
        available: false,
        description: error instanceof Error ? error.message : String(error),
        portable,
      });
    }
  }
  return list;
}
