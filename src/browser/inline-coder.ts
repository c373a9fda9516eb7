/** The codec in the calling thread of a browser. */
import { inlineEngine, type OpenEngine } from '../coding/engine.ts';
import type { Model } from '../model/denoiser.ts';
import { namedBackend } from './backend-choice.ts';
import type { InlinePlace } from './browser-options.ts';
import { ModelStore } from './model-store.ts';
import { loadProgramModel } from './program-model.ts';

export { decodeArrivingHere, decodeHere, decodePlaceholderHere, encodeHere } from './browser-coder.ts';

const store = new ModelStore(loadProgramModel);

/** The model of a call that must be on one backend, by default `wasm`. */
export async function inlineModel({ model, backend }: InlinePlace<object>): Promise<Model> {
  return 'denoiser' in model ? model : store.chosen(model, backend);
}

/** Opens an engine for a call. */
export function inlineOpener({ model, backend }: InlinePlace<object>): OpenEngine {
  if ('denoiser' in model) return async () => inlineEngine(model, namedBackend(backend).backend);
  return store.opener(model, backend);
}
