/** Models in a browser: handed over as bytes or loaded. */
import { inlineEngine, type OpenEngine } from '../coding/engine.ts';
import type { BackendOptions } from '../model/backends/backend.ts';
import type { Model } from '../model/denoiser.ts';

/** Which model works, and where its arithmetic runs. */
export interface ModelOptions extends BackendOptions {
  /**
   * The bytes of a weights file, which must not change: the model made of them is kept as long as they are. Or a model of `loadModel`
   * (`ddpm-codec/model`).
   */
  readonly model: Uint8Array | Model;
  /** Default `wasm`. With a model that has been loaded: the backend that it was loaded for. */
  readonly backend?: 'wasm' | 'cpu';
}

const loaded = new WeakMap<Uint8Array, Map<string, Promise<Model>>>();

async function load(bytes: Uint8Array, { backend: name = 'wasm', wasmPaths }: ModelOptions): Promise<Model> {
  // Apart from this entry: who only inspects or truncates streams need not load the tensor library.
  const [{ loadModel }, { openBackend }] = await Promise.all([
    import('../model/weights/load-model.ts'),
    import('../model/backends/open-backend.ts'),
  ]);
  const backend = await openBackend(name, wasmPaths === undefined ? {} : { wasmPaths });
  return loadModel(bytes, { backend, source: 'model' });
}

function useModel(options: ModelOptions): Promise<Model> {
  const { model, backend = 'wasm' } = options;
  if (!(model instanceof Uint8Array)) {
    if (typeof model?.denoiser?.denoise === 'function') return Promise.resolve(model);
    throw new TypeError('"model" expected bytes of a weights file, or a model of loadModel');
  }
  const byBackend = loaded.get(model) ?? new Map<string, Promise<Model>>();
  loaded.set(model, byBackend);
  let found = byBackend.get(backend);
  if (!found) {
    found = load(model, options);
    byBackend.set(backend, found);
    // A failure is not kept: the .wasm files may be there the next time.
    found.catch(() => byBackend.delete(backend));
  }
  return found;
}

/** Options without those of this file, and how to open the engine that these name. */
export function withModel<T extends ModelOptions>(
  options: T,
): { rest: Omit<T, 'model' | 'wasmPaths'>; openEngine: OpenEngine } {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('"options" expected object with the model');
  }
  const { model, wasmPaths, ...rest } = options;
  return { rest, openEngine: async () => inlineEngine(await useModel(options)) };
}
