import type { Backend } from './backend.ts';
import type { Calibration, Denoiser, Model } from './denoiser.ts';
import { ModelFile } from './model-file.ts';
import { createPhotoNet } from './photo-net.ts';

/** Builds the network of one architecture from its weights. */
type DenoiserFactory = (file: ModelFile, backend: Backend) => Denoiser;

/** Architectures by the name in the config: a new one adds a file and a line here. */
const ARCHITECTURES: ReadonlyMap<string, DenoiserFactory> = new Map([['photo-net', createPhotoNet]]);

/** Colours, vertical and horizontal frequencies of the calibration table. */
const BAND_SHAPE = [3, 8, 8] as const;
const ID_BYTES = 8;

/** Where a model runs and what it is called. */
export interface LoadModelOptions {
  /** A backend from `openBackend`. */
  readonly backend: Backend;
  /** Name of the weights file, for messages. */
  readonly source: string;
}

/**
 * Loads a model from its weights file (safetensors, self-describing: the architecture and its sizes are in the metadata).
 * photo-v0 takes about 0.1 s and 20 MB; call `model.denoiser.dispose()` to free it.
 *
 * @param bytes - the whole file; not kept
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the file breaks the format, names an unknown architecture, or lacks a tensor
 */
export async function loadModel(bytes: Uint8Array, options: LoadModelOptions): Promise<Model> {
  const { backend, source } = options;
  const id = await modelId(bytes);
  const file = new ModelFile(bytes, source);
  const { architecture } = file.config;
  const create = typeof architecture === 'string' ? ARCHITECTURES.get(architecture) : undefined;
  if (create === undefined) {
    const known = [...ARCHITECTURES.keys()].join(', ');
    const found = JSON.stringify(architecture)?.slice(0, 80);
    throw file.fail(`config field architecture is ${found}, supported: ${known}`);
  }
  const calibration = readCalibration(file);
  return { id, denoiser: create(file, backend), calibration };
}

/**
 * Identity of a weights file: what a stream names to say which model it was made with.
 *
 * @param bytes - the whole file
 * @returns the first 8 bytes of its SHA-256, 16 lower-case hexadecimal digits
 */
export async function modelId(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest.subarray(0, ID_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readCalibration(file: ModelFile): Calibration {
  const sigma = file.read('calibration.sigma', [null]);
  const bandShape = file.read('calibration.band_shape', [sigma.length, ...BAND_SHAPE]);
  const unordered = sigma.findIndex((value, i) => value <= (i === 0 ? 0 : (sigma[i - 1] as number)));
  if (sigma.length < 2) {
    throw file.fail(`tensor "calibration.sigma": ${sigma.length} noise levels, expected at least 2`);
  }
  if (unordered !== -1) {
    throw file.fail(
      `tensor "calibration.sigma": value ${unordered} is out of order, expected positive and ascending values`,
    );
  }
  // Nearer levels than 1/128 octave, or shapes beyond 2^24, would break the integers of the pace (docs/format.md, "Models").
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
