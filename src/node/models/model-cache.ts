/** Loads models by name, id or path, and caches them. */

import { cachedPromise } from '../../base/promise-cache.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import type { Model } from '../../model/denoiser.ts';
import { type LoadedModel, requireCalibration } from '../../model/weights/read-model.ts';
import { DEFAULT_MODEL_PATH, readModelFile, resolveModel } from './model-folder.ts';

export { DEFAULT_MODEL_PATH } from './model-folder.ts';

/** Models by backend and path. */
const loaded = new Map<string, Promise<LoadedModel>>();

async function load(path: string, backendName: BackendName): Promise<LoadedModel> {
  const bytes = await readModelFile(path);
  const { loadUncalibratedModel } = await import('../../model/weights/load-model.ts');
  return loadUncalibratedModel(bytes, { backend: backendName, source: path });
}

/**
 * Loads a calibrated model, and keeps it for the life of the process.
 *
 * @param model - name or id of a model (model-folder.ts), or path of a weights file
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT` (also if it has no calibration) or
 *   `ERR_DDPM_BACKEND`
 */
export async function useModel(model: string = DEFAULT_MODEL_PATH, backend: BackendName = 'wasm'): Promise<Model> {
  return requireCalibration(await useUncalibratedModel(model, backend), model);
}

/** As {@link useModel}, but the model need not have a calibration. */
export async function useUncalibratedModel(
  model: string = DEFAULT_MODEL_PATH,
  backend: BackendName = 'wasm',
): Promise<LoadedModel> {
  const path = await resolveModel(model);
  return cachedPromise(loaded, `${backend}\n${path}`, () => load(path, backend));
}
