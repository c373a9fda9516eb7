/** Models in a browser: given as the bytes of a weights file, or already loaded. */
import { defined } from '../base/defined.ts';
import { cachedPromise } from '../base/promise-cache.ts';
import { inlineEngine, type OpenEngine } from '../coding/engine.ts';
import type { BackendOptions } from '../model/backends/backend.ts';
import type { Model } from '../model/denoiser.ts';

/** Model and tensor backend. */
export interface ModelOptions extends BackendOptions {
  /**
   * The bytes of a weights file, or a model from `loadModel` (`ddpm-codec/model`). The bytes must not be changed: the
   * model made from them is cached as long as the array exists.
   */
  readonly model: Uint8Array | Model;
  /** Default `wasm`. With a loaded model: the backend that it was loaded for. */
  readonly backend?: 'wasm' | 'cpu';
}

/** Models by the array of their bytes, then by backend. */
const loaded = new WeakMap<Uint8Array, Map<string, Promise<Model>>>();

async function load(bytes: Uint8Array, { backend = 'wasm', wasmPaths }: ModelOptions): Promise<Model> {
  // Imported here so that pages that only inspect or truncate streams do not load the networks.
  const { loadModel } = await import('../model/weights/load-model.ts');
  return loadModel(bytes, { backend, source: 'model', ...defined({ wasmPaths }) });
}

function useModel(options: ModelOptions): Promise<Model> {
  const { model, backend = 'wasm' } = options;
  if (!(model instanceof Uint8Array)) {
    if (typeof model?.denoiser?.denoise === 'function') return Promise.resolve(model);
    throw new TypeError('"model" expected bytes of a weights file, or a model of loadModel');
  }
  const byBackend = loaded.get(model) ?? new Map<string, Promise<Model>>();
  loaded.set(model, byBackend);
  return cachedPromise(byBackend, backend, () => load(model, options));
}

/**
 * Splits options into those of the model and the rest.
 *
 * @returns the rest, and a function that opens an engine with the model
 * @throws TypeError if options are missing
 */
export function withModel<T extends ModelOptions>(
  options: T,
): { rest: Omit<T, 'model' | 'wasmPaths'>; openEngine: OpenEngine } {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('"options" expected object with the model');
  }
  const { model, wasmPaths, ...rest } = options;
  return { rest, openEngine: async () => inlineEngine(await useModel(options)) };
}
