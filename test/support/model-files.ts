import { readFileSync } from 'node:fs';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';

/** Path of the shipped weights. */
export const MODEL_PATH: string = `models/${FORMAT_MODEL.name}.safetensors`;

/** The shipped weights with the last bit of one value changed: a valid model with another id. */
export function otherModel(): Uint8Array {
  const bytes = new Uint8Array(readFileSync(MODEL_PATH));
  bytes[bytes.length - 4] ^= 1;
  return bytes;
}
