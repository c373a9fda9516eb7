/**
 * Makes the golden vectors: small .ddpm files, and vectors.json with what a decoder must find in them. To make them again is to
 * change the format: it needs a new format version and a BREAKING line in CHANGELOG.md.
 *
 *     npx tsc --noEmit false --declaration false --isolatedDeclarations false --rootDir . --outDir .scratch/vectors
 *     node .scratch/vectors/test/vectors/make-vectors.js
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type EncodeOptions, encode, type RawImage } from '../../src/index.ts';
import { describeStream, type StreamDescription } from '../support/describe-stream.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { kodakCrop } from '../support/pictures.ts';

/** The first of the CIFAR-10 test images: a label, then three planes. */
function cifarImage(): RawImage {
  const record = readFileSync('test/images/cifar10-test-128.bin').subarray(1, 3073);
  const data = Uint8Array.from({ length: 3072 }, (_, i) => record[(i % 3) * 1024 + Math.floor(i / 3)]);
  return { data, width: 32, height: 32, channels: 3 };
}

const FILES: readonly [string, () => RawImage | Promise<RawImage>, EncodeOptions][] = [
  ['32x32', cifarImage, {}],
  ['17x5-grey', () => kodakCrop(17, 5, 1), {}],
  ['40x72-ladder-1-seed-9', () => kodakCrop(40, 72), { ladderStep: 1, seed: 9, endSigma: 0.1 }],
  ['160x144-checksums', () => kodakCrop(160, 144), { effort: 1, endSigma: 0.2 }],
];

const described: Record<string, StreamDescription> = {};
for (const [name, image, options] of FILES) {
  const { data } = await encode(await image(), { ...options, model: MODEL_PATH });
  writeFileSync(`test/vectors/${name}.ddpm`, data);
  described[name] = await describeStream(data);
}
const maker = `make-vectors.ts, Node ${process.version}, photo-v0, wasm backend`;
writeFileSync('test/vectors/vectors.json', `${JSON.stringify({ maker, files: described }, null, 2)}\n`);
