/** The model that is shipped with the package and used by default. */
import { readFileSync } from 'node:fs';
import { type BackendName, loadModel, type Model, openBackend } from 'ddpm-codec/model';
import { FORMAT_MODEL } from '#dist/codec/format/default-model.js';

/** A model: its name, and the first 16 hexadecimal digits of its weights file's SHA-256. */
export interface ModelName {
  readonly name: string;
  readonly id: string;
}

/** Its name and its id. */
export const DEFAULT_MODEL: ModelName = FORMAT_MODEL;

/** Reads its weights file. */
export function defaultWeights(): Uint8Array {
  return readFileSync(
    new URL(`models/${DEFAULT_MODEL.name}.safetensors`, import.meta.resolve('ddpm-codec/package.json')),
  );
}

/** Loads it. */
export async function openDefaultModel(backend: BackendName = 'wasm'): Promise<Model> {
  return loadModel(defaultWeights(), { backend: await openBackend(backend), source: DEFAULT_MODEL.name });
}
