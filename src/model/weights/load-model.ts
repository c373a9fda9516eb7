import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import type { Backend, BackendName, BackendOptions, BackendSource } from '../backends/backend.ts';
import { openBackend } from '../backends/open-backend.ts';
import type { Calibration, Denoiser, Model } from '../denoiser.ts';
import { createPhotoNet } from '../photo-net/photo-net.ts';
import { UNET_ARCHITECTURE } from '../unet/unet-config.ts';
import { ModelFile } from './model-file.ts';
import { modelId } from './model-id.ts';
import { CALIBRATION_TENSORS } from './model-writer.ts';

/** Builds the denoiser of one architecture from its weights. */
type DenoiserFactory = (file: ModelFile, backend: BackendSource) => Promise<Denoiser>;

/** Imported here because the tensor library takes a fifth of a second to load, and the default model needs none on wasm. */
const createUnet: DenoiserFactory = async (file, backend) =>
  (await import('../unet/unet-model.ts')).createUnet(file, await backend.open());

/** Architectures by their name in the config. To add one: a file for it and a line here. */
const ARCHITECTURES: ReadonlyMap<string, DenoiserFactory> = new Map<string, DenoiserFactory>([
  ['photo-net', createPhotoNet],
  [UNET_ARCHITECTURE, createUnet],
]);

/** Sizes of the calibration table for one noise level: colours, vertical and horizontal frequencies. */
const BAND_SHAPE = [3, 8, 8] as const;

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

/** A diffusion model that may have no calibration. It can be sampled and analysed in any case. */
export interface LoadedModel extends Omit<Model, 'calibration'> {
  /** Null if the file has no calibration; then the model cannot code images. */
  readonly calibration: Calibration | null;
  /** Config of the file: `architecture`, the sizes of the network, and other facts about the model. */
  readonly config: Readonly<Record<string, unknown>>;
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
  const model = await loadUncalibratedModel(bytes, options);
  try {
    return requireCalibration(model, options.source);
  } catch (error) {
    model.denoiser.dispose();
    throw error;
  }
}

/**
 * Returns the model as one that can code images.
 *
 * @param source - name of the file, for error messages
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the model has no calibration
 */
export function requireCalibration({ id, denoiser, calibration }: LoadedModel, source: string): Model {
  if (calibration !== null) return { id, denoiser, calibration };
  const missing = `tensor "${CALIBRATION_TENSORS.sigma}" is missing: the model has no calibration`;
  const remedy = 'Measure it with: ddpm-codec calibrate MODEL IMAGES';
  throw new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${source}: ${missing}, so nothing can be coded with it. ${remedy}`);
}

/**
 * Loads a model that may have no calibration, with its config. Otherwise the same as {@link loadModel}.
 *
 * @param bytes - the whole file; not kept
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the file is malformed, names an unknown architecture, or lacks a tensor
 */
export async function loadUncalibratedModel(bytes: Uint8Array, options: LoadModelOptions): Promise<LoadedModel> {
  const file = new ModelFile(bytes, options.source);
  const calibration = readCalibration(file);
  const denoiser = await createDenoiser(file, sourceOf(options));
  return { id: await modelId(bytes), denoiser, calibration, config: file.config };
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

/** Reads and checks the calibration; null if the file has no calibration tensors. */
function readCalibration(file: ModelFile): Calibration | null {
  if (!Object.values(CALIBRATION_TENSORS).some((name) => file.tensors.has(name))) return null;
  const sigma = file.read(CALIBRATION_TENSORS.sigma, [null]);
  const bandShape = file.read(CALIBRATION_TENSORS.bandShape, [sigma.length, ...BAND_SHAPE]);
  const unordered = sigma.findIndex((value, i) => value <= (i === 0 ? 0 : (sigma[i - 1] as number)));
  if (sigma.length < 2) {
    throw file.fail(`tensor "calibration.sigma": ${sigma.length} noise levels, expected at least 2`);
  }
  if (unordered !== -1) {
    throw file.fail(
      `tensor "calibration.sigma": value ${unordered} is out of order, expected positive and ascending values`,
    );
  }
  // Levels closer than 1/128 octave, or values beyond 2^24, would overflow the integers of the bit allocation
  // (docs/format.md, "Models").
  const close = sigma.findIndex((value, i) => i > 0 && value / sigma[i - 1] < 1 + 1 / 128);
  if (close !== -1) {
    throw file.fail(`tensor "calibration.sigma": value ${close} is less than 1/128 above the one before it`);
  }
  const wild = bandShape.findIndex((value) => !(value >= 2 ** -24 && value <= 2 ** 24));
  if (wild !== -1) {
    throw file.fail(`tensor "calibration.band_shape": value ${wild} is ${bandShape[wild]}, expected 2^-24..2^24`);
  }
  return { sigma, bandShape };
}
