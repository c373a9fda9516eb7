/**
 * The golden program in Node: prints its results as JSON. Tests run it in several versions of Node, on a build of the
 * package (test/support/built.ts).
 *
 *     node golden-node.js
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { createCodec } from '../../src/entry/index.ts';
import { loadModel, openBackend } from '../../src/entry/model.ts';
import { type Engine, type FusedDifference, fusedDifference, type GoldenHashes, goldenHashes } from './golden.ts';
import { partsEngine } from './parts-engine.ts';
import { readVectors } from './vectors.ts';

/** Output of the program. */
export interface GoldenOutput {
  /** As `process.version`. */
  readonly node: string;
  readonly v8: string;
  /** Results of the codec assembled from its parts, on one thread. */
  readonly parts: GoldenHashes;
  readonly fused: FusedDifference;
  /** Results of the library's functions, by number of threads; after the middle layer and the last. */
  readonly library: Readonly<Record<number, GoldenHashes>>;
}

const MODEL_PATH = join(import.meta.dirname, '..', '..', 'models', `${FORMAT_MODEL.name}.safetensors`);

const backend = await openBackend('wasm');
const model = await loadModel(new Uint8Array(readFileSync(MODEL_PATH)), { backend, source: MODEL_PATH });
const vectors = readVectors();
const parts = await goldenHashes(partsEngine(model), vectors);

const twoLayers = vectors.map((vector) => {
  const last = vector.layers.length - 1;
  return { ...vector, layers: [Math.ceil(last / 2), last] };
});

async function library(threads: number): Promise<GoldenHashes> {
  const codec = await createCodec({ threads });
  const decode = async (bytes: Uint8Array, layers: number): Promise<Uint8Array> =>
    (await codec.decode(bytes, { layers, portable: true })).data;
  const engine: Engine = {
    denoiser: null,
    decode: (bytes, counts) => Promise.all(counts.map((count) => decode(bytes, count))),
    encode: async (image) => (await codec.encode(image, { effort: 2, portable: true })).data,
    async lossless(image) {
      const { data: stream } = await codec.encode(image, { effort: 1, lossless: true });
      return { stream, pixels: (await codec.decode(stream)).data };
    },
  };
  const hashes = await goldenHashes(engine, twoLayers);
  await codec.close();
  return hashes;
}

const output: GoldenOutput = {
  node: process.version,
  v8: process.versions.v8,
  parts,
  fused: await fusedDifference(partsEngine(model), vectors),
  library: { 1: await library(1), 2: await library(2) },
};
process.stdout.write(JSON.stringify(output));
