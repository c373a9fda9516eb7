import { readFileSync } from 'node:fs';

/** Path of the shipped weights. */
export const MODEL_PATH = 'models/photo-v0.safetensors';

/** The shipped weights with the last bit of one value changed: a valid model with another id. */
export function otherModel(): Uint8Array {
  const bytes = new Uint8Array(readFileSync(MODEL_PATH));
  bytes[bytes.length - 4] ^= 1;
  return bytes;
}
