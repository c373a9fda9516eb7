/** Finds and loads models, once each. */

import type { BackendName } from '../../model/backends/backend.ts';
import type { Model } from '../../model/denoiser.ts';
import type { LoadedModel } from '../../model/weights/load-model.ts';
import { DEFAULT_MODEL_PATH, readModelFile, resolveModel } from './model-folder.ts';

export { DEFAULT_MODEL_PATH } from './model-folder.ts';

const loaded = new Map<string, Promise<LoadedModel>>();

async function load(path: string, backendName: BackendName): Promise<LoadedModel> {
  const bytes = await readModelFile(path);
  // The tensor library takes a third of a second to load; reading a header must not wait for it.
  const [{ loadUncalibratedModel }, { openBackend }] = await Promise.all([
    import('../../model/weights/load-model.ts'),
    import('../../model/backends/open-backend.ts'),
  ]);
  return loadUncalibratedModel(bytes, { backend: await openBackend(backendName), source: path });
}

/**
 * A model that can code, kept for the life of the process.
 *
 * @param model - name or id of a model (model-folder.ts), or path of a weights file
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT` (also without a calibration) or `ERR_DDPM_BACKEND`
 */
export async function useModel(model: string = DEFAULT_MODEL_PATH, backend: BackendName = 'wasm'): Promise<Model> {
  const { requireCalibration } = await import('../../model/weights/load-model.ts');
  return requireCalibration(await useUncalibratedModel(model, backend), model);
}

/** As {@link useModel}, for what needs no calibration. */
export async function useUncalibratedModel(
  model: string = DEFAULT_MODEL_PATH,
  backend: BackendName = 'wasm',
): Promise<LoadedModel> {
  const path = await resolveModel(model);
  const key = `${backend}\n${path}`;
  let found = loaded.get(key);
  if (!found) {
    found = load(path, backend);
    loaded.set(key, found);
    // A failure is not kept: the file may be there the next time.
    found.catch(() => loaded.delete(key));
  }
  return found;
}
