/** The codec in the calling thread of a browser, with all architectures and backends. */
import { defined } from '../base/defined.ts';
import { inlineEngine, type OpenEngine } from '../coding/engine.ts';
import type { Model } from '../model/denoiser.ts';
import { loadModel } from '../model/weights/load-model.ts';
import type { InlinePlace } from './browser-options.ts';
import { type BrowserBackend, ModelStore } from './model-store.ts';

export { decodeArrivingHere, decodeHere, decodePlaceholderHere, encodeHere } from './browser-coder.ts';

let wasmPaths: InlinePlace<object>['wasmPaths'];
const store = new ModelStore((bytes, name, backend) =>
  loadModel(bytes, { backend, source: name, ...defined({ wasmPaths }) }),
);

/** The model of a call. The first `wasmPaths` counts, as the tensor library starts once. */
export async function inlineModel(place: InlinePlace<{ readonly backend?: BrowserBackend }>): Promise<Model> {
  const { model, options } = place;
  wasmPaths ??= place.wasmPaths;
  return 'denoiser' in model ? model : store.get(model, options.backend ?? 'wasm');
}

/** Opens an engine for a call. */
export function inlineOpener(place: InlinePlace<{ readonly backend?: BrowserBackend }>): OpenEngine {
  return async () => inlineEngine(await inlineModel(place));
}
