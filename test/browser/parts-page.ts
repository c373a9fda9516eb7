/** Page of codec.test.ts: the golden program on the entries `ddpm-codec/codec` and `ddpm-codec/model`. */
import { loadModel, openBackend } from '../../src/entry/model.ts';
import {
  type FusedDifference,
  fusedDifference,
  type GoldenHashes,
  goldenHashes,
  type Vector,
} from '../portability/golden.ts';
import { partsEngine } from '../portability/parts-engine.ts';

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Result of {@link runGolden}, and facts about the page. */
export interface PartsResult {
  readonly hashes: GoldenHashes;
  readonly fused: FusedDifference;
  readonly backend: string;
  readonly isolated: boolean;
}

/**
 * Runs the golden program in this page.
 *
 * @param vectors - after which layers to look, by name of the file without extension
 */
export async function run(vectors: Readonly<Record<string, readonly number[]>>): Promise<PartsResult> {
  const backend = await openBackend('wasm', { wasmPaths: '/wasm/' });
  const model = await loadModel(await fetchBytes('/model.safetensors'), { backend, source: 'model.safetensors' });
  const files: Vector[] = await Promise.all(
    Object.entries(vectors).map(async ([name, layers]) => ({ name, layers, bytes: await fetchBytes(`/${name}.ddpm`) })),
  );
  const hashes = await goldenHashes(partsEngine(model), files);
  const fused = await fusedDifference(partsEngine(model), files);
  return { hashes, fused, backend: backend.description, isolated: crossOriginIsolated };
}
