import type { Backend, BackendInfo, BackendName, BackendOptions } from './backend.ts';

/** How one backend starts, loaded only when asked for, and {@link Backend.portable} for those that do not start. */
interface BackendEntry {
  readonly portable: boolean;
  readonly start: (options: BackendOptions) => Promise<Backend>;
}

/** Every backend: a new one adds a file in `backends/`, a line here and its name in `backend.ts`. */
const BACKENDS: Readonly<Record<BackendName, BackendEntry>> = {
  wasm: { portable: true, start: async (options) => (await import('./wasm-backend.ts')).startWasm(options) },
  cpu: { portable: false, start: async () => (await import('./cpu-backend.ts')).startCpu() },
  tensorflow: { portable: false, start: async () => (await import('./tensorflow-backend.ts')).startTensorflow() },
};

/** Names of all backends, the default first. */
export const BACKEND_NAMES: readonly BackendName[] = Object.freeze(Object.keys(BACKENDS) as BackendName[]);

/** Backends that have been asked for, so that each starts once in a process. A failure is not kept. */
const opened = new Map<BackendName, Promise<Backend>>();

/**
 * Starts a tensor backend, or returns the one already started under that name. Nothing is printed, and no other backend is
 * taken in its place.
 *
 * @param name - which one; `wasm` is the default, see {@link BackendName}
 * @throws TypeError if there is no backend of that name
 * @throws DdpmError `ERR_DDPM_BACKEND` if it cannot start here, with what to install
 */
export async function openBackend(name: BackendName = 'wasm', options: BackendOptions = {}): Promise<Backend> {
  if (!Object.hasOwn(BACKENDS, name)) {
    throw new TypeError(`"name" expected one of ${BACKEND_NAMES.join(', ')}, got ${String(name)}`);
  }
  let backend = opened.get(name);
  if (backend === undefined) {
    backend = BACKENDS[name].start(options);
    opened.set(name, backend);
    backend.catch(() => opened.delete(name));
  }
  return backend;
}

/**
 * Tries to start every backend and says which ones work here and why the others do not. Takes as long as starting them: about
 * a tenth of a second, more if native TensorFlow is installed.
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
