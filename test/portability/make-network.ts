/**
 * Makes network.json: hashes of the network's floats on the wasm backend. The lossless tail can only be decoded if
 * these floats are the same, so different floats require a new model id or format version.
 *
 *     npx tsc -p tsconfig.fuzz.json && node .scratch/test/portability/make-network.js
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { loadModel, openBackend } from '../../src/entry/model.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { networkHashes } from './golden.ts';

const backend = await openBackend('wasm');
const model = await loadModel(new Uint8Array(readFileSync(MODEL_PATH)), { backend, source: MODEL_PATH });
const maker = `make-network.ts, Node ${process.version}, ${process.arch}, ${FORMAT_MODEL.name}, ${backend.description}`;
const network = await networkHashes(model.denoiser);
writeFileSync('test/portability/network.json', `${JSON.stringify({ maker, network }, null, 2)}\n`);
