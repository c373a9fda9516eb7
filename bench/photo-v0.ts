/** The shipped model. */
import { readFileSync } from 'node:fs';

/** Its weights file. */
export function photoV0(): Uint8Array {
  return readFileSync(new URL('models/photo-v0.safetensors', import.meta.resolve('ddpm-codec/package.json')));
}
