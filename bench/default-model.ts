/** The model that is shipped with the package and used by default. */
import { readFileSync } from 'node:fs';

/** Reads its weights file. */
export function defaultWeights(): Uint8Array {
  return readFileSync(new URL('models/photo-v0.safetensors', import.meta.resolve('ddpm-codec/package.json')));
}
