/** The codec in the calling thread of a browser, with all architectures and backends. */
import { defined } from '../base/defined.ts';
import { inlineEngine, type OpenEngine } from '../coding/engine.ts';
import { loadModel } from '../model/weights/load-model.ts';
import type { InlinePlace } from './browser-options.ts';
import { type BrowserBackend, ModelStore } from './model-store.ts';

export { decodeArrivingHere, decodeHere, encodeHere } from './browser-coder.ts';

let wasmPaths: InlinePlace<object>['wasmPaths'];
const store = new ModelStore((bytes, name, backend) =>
  loadModel(bytes, { backend, source: name, ...defined({ wasmPaths }) }),
);

/** Opens an engine for a call. The first `wasmPaths` counts, as the tensor library starts once. */
export function inlineOpener(place: InlinePlace<{ readonly backend?: BrowserBackend }>): OpenEngine {
  const { model, options } = place;
  wasmPaths ??= place.wasmPaths;
  if ('denoiser' in model) return async () => inlineEngine(model);
  return store.opener(model, options.backend ?? 'wasm');
}
