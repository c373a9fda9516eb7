/** Options of every call in a browser: model, backend and thread. */
import { checkChoice, checkListeners, formatValue } from '../base/check-options.ts';
import { defined } from '../base/defined.ts';
import type { Model } from '../model/denoiser.ts';
import { absoluteUrl } from './absolute-url.ts';
import { BACKEND_CHOICES, type BackendChoice, type BrowserBackend, namedBackend } from './backend-choice.ts';
import type { EngineChoice } from './browser-calls.ts';
import { modelSource } from './model-source.ts';

/** What computes, and where. */
export interface ModelOptions {
  /**
   * The model: the URL of a weights file; its bytes, which must not be changed; or, with `thread: 'inline'`, a model of
   * `loadModel` (`ddpm-codec/model`). Default: the default model's file in this package, which Vite, webpack and pages without a
   * bundler find. It is checked, and kept in the browser's Cache API.
   */
  readonly model?: string | URL | Uint8Array | Model;
  /**
   * What runs the network. `wasm`; `webgpu`, the graphics processor. `auto` (default): `webgpu` where
   * there is a graphics processor that has turned out to be faster in a short measurement, which is remembered; else, and for all that
   * must be exact (lossless and dithered streams, `portable`), `wasm`. With a loaded model: the backend that it was loaded for, `cpu`
   * too; default `wasm`.
   */
  readonly backend?: BackendChoice;
  /**
   * `worker` (default): in a worker that all calls of the page share, started by the first one; it ends after a minute without
   * calls. `inline`: in the calling thread, such as a worker of your own. Both load models of the default architecture; others come
   * loaded, with `inline`.
   */
  readonly thread?: 'worker' | 'inline';
  /**
   * URL of the worker's program, the file of the entry `ddpm-codec/worker`, on the page's own origin. Default: the program
   * is in the script, and is started from a `blob:` URL, which a strict content security policy forbids.
   */
  readonly workerUrl?: string | URL;
}

/** Names of the options that only {@link ModelOptions} has. */
type PlaceKey = 'model' | 'backend' | 'thread' | 'workerUrl';

/** Options of a call that is to work in the worker. */
export interface WorkerPlace<T> {
  readonly thread: 'worker';
  /** Absolute; undefined: the embedded program. */
  readonly workerUrl: string | undefined;
  readonly options: Omit<T, PlaceKey> & EngineChoice;
}

/** Options of a call that is to work in the calling thread. */
export interface InlinePlace<T> {
  readonly thread: 'inline';
  readonly model: EngineChoice['model'] | Model;
  readonly backend: BackendChoice | undefined;
  readonly options: Omit<T, PlaceKey> & { readonly backend?: BrowserBackend };
}

/** A call's options, by where it works. */
export type Place<T> = WorkerPlace<T> | InlinePlace<T>;

function isModel(model: unknown): model is Model {
  return typeof (model as Partial<Model> | null)?.denoiser?.denoise === 'function';
}

function programUrl(workerUrl: unknown): string | undefined {
  if (workerUrl === undefined) return undefined;
  const url = typeof workerUrl === 'string' || workerUrl instanceof URL ? absoluteUrl(workerUrl) : undefined;
  if (url === undefined) throw new TypeError(`"workerUrl" expected URL, got ${formatValue(workerUrl)}`);
  return url;
}

/**
 * Splits options by where the call works.
 *
 * @throws TypeError or RangeError for wrong ones
 */
export function placeOf<T extends ModelOptions>(callOptions: T): Place<T> {
  if (typeof callOptions !== 'object' || callOptions === null) {
    throw new TypeError(`"options" expected object, got ${formatValue(callOptions)}`);
  }
  const { model, backend: chosen, thread, workerUrl, ...options } = callOptions;
  const backend = checkChoice('backend', chosen, BACKEND_CHOICES);
  checkListeners(options as { signal?: unknown; onProgress?: unknown });
  if (checkChoice('thread', thread, ['worker', 'inline'] as const) === 'inline') {
    const source = isModel(model) ? model : modelSource(model);
    return { thread: 'inline', model: source, backend, options: { ...options, ...namedBackend(backend) } };
  }
  return {
    thread: 'worker',
    workerUrl: programUrl(workerUrl),
    options: { ...options, model: modelSource(model), ...defined({ backend }) },
  };
}
