/** The codec in the calling thread of a browser, with all architectures and backends. */
import { defined } from '../base/defined.ts';
import { inlineEngine, type OpenEngine } from '../coding/engine.ts';
import type { Model } from '../model/denoiser.ts';
import { loadModel } from '../model/weights/load-model.ts';
import { namedBackend } from './backend-choice.ts';
import type { InlinePlace } from './browser-options.ts';
import { ModelStore } from './model-store.ts';

export { decodeArrivingHere, decodeHere, decodePlaceholderHere, encodeHere } from './browser-coder.ts';

let wasmPaths: InlinePlace<object>['wasmPaths'];
const store = new ModelStore((bytes, name, backend) =>
  loadModel(bytes, { backend, source: name, ...defined({ wasmPaths }) }),
);

/** The model of a call, which must be on one backend: by default `wasm`. The first `wasmPaths` counts, as the tensor library starts once. */
export async function inlineModel({ model, backend, wasmPaths: paths }: InlinePlace<object>): Promise<Model> {
  wasmPaths ??= paths;
  return 'denoiser' in model ? model : store.get(model, namedBackend(backend).backend ?? 'wasm');
}

/** Opens an engine for a call. The first `wasmPaths` counts, as the tensor library starts once. */
export function inlineOpener({ model, backend, wasmPaths: paths }: InlinePlace<object>): OpenEngine {
  wasmPaths ??= paths;
  if ('denoiser' in model) return async () => inlineEngine(model, namedBackend(backend).backend);
  return store.opener(model, backend);
}
