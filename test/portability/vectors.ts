/** The golden vectors of the conformance kit, for Node. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Vector } from './golden.ts';

const FOLDER = join(import.meta.dirname, '..', 'vectors');

interface Expected {
  readonly pixels: string;
  /** Present if the file has an alpha plane; `pixels` do not include it. */
  readonly alpha?: string;
  readonly layers: readonly { readonly pixels: string }[];
}

const described = (
  JSON.parse(readFileSync(join(FOLDER, 'vectors.json'), 'utf8')) as { files: Record<string, Expected> }
).files;

/** Every `.ddpm` file of test/vectors without alpha, each of which vectors.json must describe. */
export function readVectors(): Vector[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.ddpm'))
    .map((file) => file.slice(0, -'.ddpm'.length))
    .filter((name) => described[name].alpha === undefined)
    .map((name) => {
      const layers = Array.from({ length: described[name].layers.length + 1 }, (_, count) => count);
      return { name, layers, bytes: new Uint8Array(readFileSync(join(FOLDER, `${name}.ddpm`))) };
    });
}

/** SHA-256 of the pixels after each layer, from vectors.json, by file. */
export function expectedPixels(): Record<string, string[]> {
  const entries = readVectors().map(({ name }) => {
    const { pixels, layers } = described[name];
    return [name, [pixels, ...layers.map((layer) => layer.pixels)]] satisfies [string, string[]];
  });
  return Object.fromEntries(entries);
}

/** SHA-256 of the network's floats, in the form of the result of networkHashes. */
export function expectedNetwork(): Record<string, string> {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'network.json'), 'utf8')).network;
}
