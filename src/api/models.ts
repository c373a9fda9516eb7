/** Finds and loads models, once each. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DdpmError } from '../errors.ts';
import type { Model } from '../model/denoiser.ts';
import type { BackendName } from './types.ts';

/** Path of the model that is shipped with the package. */
export const DEFAULT_MODEL_PATH: string = fileURLToPath(new URL('../../models/photo-v0.safetensors', import.meta.url));

const loaded = new Map<string, Promise<Model>>();

async function load(path: string, backendName: BackendName): Promise<Model> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new DdpmError('ERR_DDPM_MODEL_MISSING', `cannot read model ${path}: ${(cause as Error).message}`, { cause });
  }
  // The tensor library takes a third of a second to load; reading a header must not wait for it.
  const { loadModel, openBackend } = await import('../model/index.ts');
  return loadModel(bytes, { backend: await openBackend(backendName), source: path });
}

/**
 * The model in a weights file, kept for the life of the process.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`
 */
export function useModel(path: string = DEFAULT_MODEL_PATH, backend: BackendName = 'wasm'): Promise<Model> {
  const key = `${backend}\n${path}`;
  let model = loaded.get(key);
  if (!model) {
    model = load(path, backend);
    loaded.set(key, model);
    // A failure is not kept: the file may be there the next time.
    model.catch(() => loaded.delete(key));
  }
  return model;
}
