/** Models of a thread: each is loaded once. */
import { cachedPromise } from '../base/promise-cache.ts';
import { inlineEngine, type OpenEngine } from '../coding/engine.ts';
import type { Model } from '../model/denoiser.ts';
import { AutoBackend } from './auto-backend.ts';
import { type BackendChoice, type BrowserBackend, namedBackend } from './backend-choice.ts';
import { fetchModel } from './model-fetch.ts';
import { keyOf } from './model-key.ts';
import type { ModelSource } from './model-source.ts';

/** Most models that are kept, those used last. One takes 60 MB. */
const KEPT = 3;

/**
 * Makes a model of a weights file.
 *
 * @param name - of the file, for error messages
 */
export type LoadModel = (bytes: Uint8Array, name: string, backend: BrowserBackend) => Promise<Model>;

/** Loads models, and keeps them. A model that failed is loaded anew by the next call. */
export class ModelStore {
  readonly #load: LoadModel;
  /** By backend and source, those used last at the end. */
  readonly #models: Map<string, Promise<Model>> = new Map();
  readonly #auto: AutoBackend = new AutoBackend((source, backend) => this.get(source, backend));

  constructor(load: LoadModel) {
    this.#load = load;
  }

  /** @throws as {@link fetchModel} and the function that loads */
  get(source: ModelSource, backend: BrowserBackend): Promise<Model> {
    const key = `${backend}\n${keyOf(source)}`;
    const model = cachedPromise(this.#models, key, async () =>
      'url' in source
        ? this.#load(await fetchModel(source), source.url, backend)
        : this.#load(new Uint8Array(await source.blob.arrayBuffer()), 'model', backend),
    );
    this.#models.delete(key);
    this.#models.set(key, model);
    // A model that is forgotten lives as long as calls use it.
    for (const oldest of [...this.#models.keys()].slice(0, -KEPT)) this.#models.delete(oldest);
    return model;
  }

  /** The model on the backend of a choice; where it is left open, on `wasm`. */
  chosen(source: ModelSource, choice: BackendChoice | undefined): Promise<Model> {
    return this.get(source, namedBackend(choice).backend ?? 'wasm');
  }

  /** Opens an engine with a model. */
  opener(source: ModelSource, choice: BackendChoice | undefined): OpenEngine {
    const { backend } = namedBackend(choice);
    if (backend === undefined) return (_, needs) => this.#auto.open(source, needs);
    return async () => inlineEngine(await this.get(source, backend), backend);
  }
}
