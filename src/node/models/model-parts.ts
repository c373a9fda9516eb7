/** Where the files of a diffusers model are: in a folder, or in a repository on the hub. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import type { DiffusersFile } from '../../model/weights/diffusers.ts';
import { readModelFile } from './model-folder.ts';

const WEIGHTS = 'diffusion_pytorch_model';

/** A part of a model. */
export type ModelPart = 'config' | 'scheduler' | 'weights';

/** Candidate paths of a model's parts, relative to the folder of a network or of a pipeline. */
const PART_PATHS: Readonly<Record<ModelPart, readonly string[]>> = {
  config: ['config.json', 'unet/config.json'],
  scheduler: ['scheduler_config.json', 'scheduler/scheduler_config.json', '../scheduler/scheduler_config.json'],
  weights: [`${WEIGHTS}.safetensors`, `unet/${WEIGHTS}.safetensors`],
};
/** Weights that can run code when they are read. */
const PICKLE_PATHS = [`${WEIGHTS}.bin`, `unet/${WEIGHTS}.bin`];

/** A place with files. */
export interface ModelPlace {
  /** The file as messages name it. */
  show(path: string): string;
  has(path: string): boolean;
  /** Path of the file on this machine. */
  fetch(path: string): Promise<string>;
}

/** Download of a model's files. */
export interface ModelDownload {
  /** The place on the hub. */
  readonly place: ModelPlace;
  /** Name of the repository without its owner. */
  readonly name: string;
  /** `hf:owner/name@commit`, with the 40 digits of the commit. */
  readonly origin: string;
  /** Folder of this machine with the files; it may be deleted. */
  readonly folder: string;
}

/** What is told of a download. */
export interface DownloadProgress {
  /** Path in the repository of the file that comes. */
  readonly file: string;
  /** Bytes of it that are there. */
  readonly bytes: number;
  /** Its length in bytes. */
  readonly bytesTotal: number;
  /** bytes / bytesTotal. */
  readonly fraction: number;
}

/** How files are downloaded. */
export interface DownloadListeners {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** A folder of this machine. */
export function folderPlace(folder: string): ModelPlace {
  const show = (path: string): string => join(folder, path);
  return { show, has: (path) => existsSync(show(path)), fetch: async (path) => show(path) };
}

/**
 * Opens a repository on the hub.
 *
 * @param reference - `hf:owner/name` or `hf:owner/name@revision`
 * @throws as `openRepository`
 */
export async function openDownload(
  reference: string,
  { signal, onProgress }: DownloadListeners,
): Promise<ModelDownload> {
  const { openRepository } = await import('../../hub/hub-repository.ts');
  const paths = [...Object.values(PART_PATHS).flat(), ...PICKLE_PATHS].filter((path) => !path.startsWith('..'));
  const onBytes = (file: string, bytes: number, bytesTotal: number): void =>
    onProgress?.({ file, bytes, bytesTotal, fraction: bytesTotal === 0 ? 1 : bytes / bytesTotal });
  const repository = await openRepository(reference, paths, { onBytes, ...defined({ signal }) });
  const { owner, name } = repository.reference;
  const place: ModelPlace = {
    show: (path) => `${path} of ${reference}`,
    has: (path) => repository.has(path),
    fetch: (path) => repository.download(path),
  };
  return { place, name, origin: `hf:${owner}/${name}@${repository.commit}`, folder: repository.folder };
}

/**
 * Reads a part of a model.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if it is not there
 */
export async function readPart(place: ModelPlace, part: ModelPart): Promise<DiffusersFile> {
  const source = await place.fetch(findPart(place, part));
  return { source, bytes: await readModelFile(source) };
}

/** Path of a part of a model. */
export function findPart(place: ModelPlace, part: ModelPart): string {
  const paths = PART_PATHS[part];
  const path = paths.find((candidate) => place.has(candidate));
  if (path !== undefined) return path;
  const pickle = PICKLE_PATHS.find((candidate) => place.has(candidate));
  const remedy =
    part === 'weights' && pickle !== undefined
      ? `${place.show(pickle)} is a PyTorch pickle, which can run code and is not read; convert it to safetensors (docs/models.md)`
      : 'give the folder or repository of a diffusers UNet2DModel or of its pipeline';
  const missing = paths.slice(0, 2).map((candidate) => place.show(candidate));
  throw new DdpmError('ERR_DDPM_MODEL_MISSING', `no ${missing.join(' and no ')}: ${remedy}`);
}
