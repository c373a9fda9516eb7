import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { checkKeys } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { UNET_ARCHITECTURE } from '../../model/unet/unet-config.ts';
import type { DiffusersFile } from '../../model/weights/diffusers.ts';
import { modelId } from '../../model/weights/model-id.ts';
import { checkModelName, readModelFile } from './model-folder.ts';

/** Options of `importModel`. */
export interface ImportModelOptions {
  /** Name of the model; default: the name of the folder. */
  readonly name?: string;
}

/** A converted model, not stored yet. */
export interface ImportedModelFile {
  /**
   * A model file without calibration. `calibrateModel` adds the calibration that the codec needs; `registerModel`
   * stores it.
   */
  readonly data: Uint8Array;
  readonly info: {
    readonly name: string;
    readonly id: string;
    readonly architecture: string;
    /** Number of values in all parameters. */
    readonly parameters: number;
  };
}

const WEIGHTS = 'diffusion_pytorch_model';

/** Candidate paths of a model's parts, relative to the folder of a network or of a pipeline. */
const PART_PATHS = {
  config: ['config.json', 'unet/config.json'],
  scheduler: ['scheduler_config.json', 'scheduler/scheduler_config.json', '../scheduler/scheduler_config.json'],
  weights: [`${WEIGHTS}.safetensors`, `unet/${WEIGHTS}.safetensors`],
};

/**
 * Converts a model of the diffusers library, a `UNet2DModel` that predicts epsilon, to a model file.
 *
 * @param folder - path of a pipeline's folder (with `unet` and `scheduler` in it), of a network's folder with
 *   `scheduler_config.json` beside `config.json`, or of the `unet` folder of a pipeline
 * @throws RangeError for an invalid name; DdpmError `ERR_DDPM_MODEL_MISSING` if a file is missing,
 *   `ERR_DDPM_MODEL_CORRUPT` if one breaks its format or needs something that is not supported
 */
export async function importModel(folder: string, options: ImportModelOptions = {}): Promise<ImportedModelFile> {
  checkKeys(options, ['name']);
  const { name = basename(resolve(folder)) } = options;
  checkModelName(name);
  const config = findPart(folder, 'config');
  const scheduler = findPart(folder, 'scheduler');
  const weights = findPart(folder, 'weights');
  const { importDiffusers } = await import('../../model/weights/diffusers.ts');
  const { data, parameters } = importDiffusers({
    config: await readPart(config),
    scheduler: await readPart(scheduler),
    weights: await readPart(weights),
  });
  return { data, info: { name, id: await modelId(data), architecture: UNET_ARCHITECTURE, parameters } };
}

/** Path of a part of a model. */
function findPart(folder: string, part: keyof typeof PART_PATHS): string {
  const paths = PART_PATHS[part].map((relativePath) => join(folder, relativePath));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  const pickle = ['', 'unet']
    .map((relativePath) => join(folder, relativePath, `${WEIGHTS}.bin`))
    .find((file) => existsSync(file));
  const remedy =
    part === 'weights' && pickle !== undefined
      ? `${pickle} is a PyTorch pickle, which can run code and is not read; convert it to safetensors (docs/models.md)`
      : 'give the folder of a diffusers UNet2DModel or of its pipeline';
  throw new DdpmError('ERR_DDPM_MODEL_MISSING', `no ${paths.slice(0, 2).join(' and no ')}: ${remedy}`);
}

async function readPart(path: string): Promise<DiffusersFile> {
  return { source: path, bytes: await readModelFile(path) };
}
