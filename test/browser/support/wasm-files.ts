import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The .wasm files of the tensor library, to be served under `wasm/`. */
export function wasmFiles(): Record<string, Uint8Array> {
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  const names = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
  return Object.fromEntries(names.map((name) => [`wasm/${name}`, readFileSync(join(folder, name))]));
}
