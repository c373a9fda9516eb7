/** Models for work that is many batches. */
import type { BackendName } from '../../model/backends/backend.ts';
import type { LoadedModel } from '../../model/weights/read-model.ts';
import { useUncalibratedModel } from '../models/model-cache.ts';
import { DEFAULT_MODEL_PATH, resolveModel } from '../models/model-folder.ts';
import { denoiserOnThreads } from './denoiser-pool.ts';

/** Images of 32x32 that keep the kernels of a CPU busy: in batches of 8 one takes 3/4 of the time, and more gain nothing. */
const CPU_BATCH = 8;
/** On a graphics processor, for which a small image is little work. */
const DEVICE_BATCH = 64;
/** Backends that may run on a graphics processor. */
const DEVICES: readonly BackendName[] = ['webgpu', 'tensorflow'];

/** A model whose denoiser runs on threads. */
export interface BatchModel {
  readonly model: LoadedModel;
  /** Number of batches that should be at work at a time. */
  readonly concurrency: number;
  /** Number of small images that a batch should have. Smaller ones are sooner done, larger ones no faster. */
  readonly batchImages: number;
  /** Ends the threads. The model stays loaded in the calling thread. */
  close(): Promise<void>;
}

/**
 * Opens a model, which need not have a calibration.
 *
 * @param options - `threads`: default 1, the calling thread
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`
 */
export async function openBatchModel({
  model: name = DEFAULT_MODEL_PATH,
  backend = 'wasm',
  threads = 1,
}: {
  readonly model?: string;
  readonly backend?: BackendName;
  readonly threads?: number;
}): Promise<BatchModel> {
  const model = await useUncalibratedModel(name, backend);
  const weights = await resolveModel(name);
  const { denoiser, concurrency, close } = denoiserOnThreads(model.denoiser, { weights, backend }, threads);
  const batchImages = DEVICES.includes(backend) ? DEVICE_BATCH : CPU_BATCH;
  return { model: { ...model, denoiser }, concurrency, batchImages, close };
}
