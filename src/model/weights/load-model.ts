/** Loads models of every architecture, on every backend. */
import { defined } from '../../base/defined.ts';
import type { Backend, BackendName, BackendOptions, BackendSource } from '../backends/backend.ts';
import { openBackend } from '../backends/open-backend.ts';
import type { Denoiser, Model } from '../denoiser.ts';
import { createPhotoNet } from '../photo-net/create-photo-net.ts';
import { PHOTO_NET_ARCHITECTURE } from '../photo-net/photo-net-config.ts';
import { UNET_ARCHITECTURE } from '../unet/unet-config.ts';
import type { ModelFile } from './model-file.ts';
import { type LoadedModel, readCodingModel, readModel } from './read-model.ts';

/** Builds the denoiser of one architecture from its weights. */
type DenoiserFactory = (file: ModelFile, backend: BackendSource) => Promise<Denoiser>;

/** Imported here because the tensor library takes a fifth of a second to load, and the default model needs none on wasm. */
const createUnet: DenoiserFactory = async (file, backend) =>
  (await import('../unet/unet-model.ts')).createUnet(file, await backend.open());

/** Architectures by their name in the config. To add one: a file for it and a line here. */
const ARCHITECTURES: ReadonlyMap<string, DenoiserFactory> = new Map<string, DenoiserFactory>([
  [PHOTO_NET_ARCHITECTURE, createPhotoNet],
  [UNET_ARCHITECTURE, createUnet],
]);

/** Options of `loadModel`. */
export interface LoadModelOptions extends BackendOptions {
  /**
   * Runs the network: a backend of `openBackend`, or the name of one, which is started only if the network needs it (the default model
   * on wasm does not). Default: `wasm`.
   */
  readonly backend?: Backend | BackendName;
  /** Name of the weights file, for error messages. */
  readonly source: string;
}

/**
 * Loads a model from its weights file (safetensors; the metadata contain the architecture and its sizes). The default
 * model takes about 0.1 s and 60 MB. Call `model.denoiser.dispose()` to free the memory.
 *
 * @param bytes - the whole file; not kept
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the file is malformed, names an unknown architecture, lacks a tensor,
 *   or has no calibration
 */
export async function loadModel(bytes: Uint8Array, options: LoadModelOptions): Promise<Model> {
  return readCodingModel(bytes, options.source, (file) => createDenoiser(file, sourceOf(options)));
}

/**
 * Loads a model that may have no calibration, with its config. Otherwise the same as {@link loadModel}.
 *
 * @param bytes - the whole file; not kept
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the file is malformed, names an unknown architecture, or lacks a tensor
 */
export async function loadUncalibratedModel(bytes: Uint8Array, options: LoadModelOptions): Promise<LoadedModel> {
  return readModel(bytes, options.source, (file) => createDenoiser(file, sourceOf(options)));
}

function sourceOf({ backend = 'wasm', wasmPaths }: LoadModelOptions): BackendSource {
  if (typeof backend !== 'string') return { name: backend.name, open: async () => backend };
  return { name: backend, open: () => openBackend(backend, defined({ wasmPaths })) };
}

async function createDenoiser(file: ModelFile, backend: BackendSource): Promise<Denoiser> {
  const { architecture } = file.config;
  const create = typeof architecture === 'string' ? ARCHITECTURES.get(architecture) : undefined;
  if (create === undefined) {
    const known = [...ARCHITECTURES.keys()].join(', ');
    const found = JSON.stringify(architecture)?.slice(0, 80);
    throw file.fail(`config field architecture is ${found}, supported: ${known}`);
  }
  return create(file, backend);
}
