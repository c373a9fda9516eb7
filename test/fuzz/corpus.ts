/** Small valid streams with every feature, which are encoded with a trivial model when the tests run. */

import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { parseStream } from '../../src/codec/format/stream-parser.ts';
import { StreamWriter } from '../../src/codec/format/stream-writer.ts';
import type { EncodeOptions } from '../../src/coding/encoder/encode-options.ts';
import { prepareEncode } from '../../src/coding/encoder/encoder.ts';
import type { Engine } from '../../src/coding/engine.ts';
import { inlineEngine } from '../../src/coding/engine.ts';
import type { RawImage } from '../../src/image/raw-image.ts';
import { NODE } from '../../src/node/node-platform.ts';
import { codedTiles } from '../support/coded-tiles.ts';
import { gaussianModel } from '../support/gaussian-model.ts';

/** A real codec with a trivial denoiser, the exact posterior of Gaussian images. */
export function stubEngine(flat = false): Engine {
  return { ...inlineEngine({ ...gaussianModel(0.5), id: FORMAT_MODEL.id }), flat };
}

/** A ramp with some texture, computed with integers only, so that it is the same on every machine. */
function picture(width: number, height: number, channels: RawImage['channels']): RawImage {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / channels / width);
    data[i] = (x * 7 + y * 5 + (i % channels) * 40 + (((x * 31 + y * 17) * 2654435761) >>> 28)) & 255;
  }
  return { data, width, height, channels };
}

const METADATA = {
  icc: Uint8Array.from({ length: 200 }, (_, i) => (i * 37) & 255),
  exif: Uint8Array.from({ length: 90 }, (_, i) => (i * 11) & 255),
  xmp: new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'),
};

interface Recipe {
  readonly name: string;
  readonly image: RawImage;
  readonly options: EncodeOptions;
  readonly flat?: boolean;
}

const FAST = { beamWidth: 4 } as const;

const RECIPES: readonly Recipe[] = [
  { name: 'lossy', image: picture(8, 5, 3), options: FAST },
  { name: 'free-end', image: picture(17, 5, 3), options: { ...FAST, endSigma: 0.3 } },
  { name: 'grey', image: picture(9, 13, 1), options: { ...FAST, endSigma: 0.2 } },
  { name: 'parameters', image: picture(8, 8, 3), options: { ...FAST, ladderStep: 1, seed: 4000000001, endSigma: 0.1 } },
  { name: 'pyramid', image: picture(64, 66, 3), options: { ...FAST, endSigma: 1, reportPsnr: true } },
  { name: 'flat', image: picture(64, 64, 3), options: { ...FAST, endSigma: 1 }, flat: true },
  { name: 'alpha', image: picture(12, 10, 4), options: { ...FAST, endSigma: 0.5 } },
  { name: 'chunks', image: { ...picture(10, 12, 2), metadata: METADATA }, options: { ...FAST, endSigma: 0.5 } },
  { name: 'tail', image: picture(11, 9, 3), options: { ...FAST, endSigma: 0.3, lossless: true } },
  { name: 'grey-tail', image: picture(16, 8, 1), options: { ...FAST, endSigma: 0.3, lossless: true } },
  {
    name: 'index',
    image: picture(13, 9, 3),
    options: { ...FAST, endSigma: 0.3, index: true, reportPsnr: true },
  },
  {
    name: 'index-tail',
    image: { ...picture(10, 9, 4), metadata: METADATA },
    options: { ...FAST, endSigma: 0.5, lossless: true, index: true },
  },
  { name: 'dithered', image: picture(16, 8, 3), options: { transport: 'dithered', endSigma: 0.3 } },
  {
    name: 'dithered-tail',
    image: picture(8, 16, 3),
    options: { transport: 'dithered', endSigma: 0.5, lossless: true },
  },
];

/** The stream with a checksum in every tile, which the encoder writes only for larger pictures. */
export function withChecksums(bytes: Uint8Array): Uint8Array {
  const { header, chunks, steps, layers, tail } = parseStream(bytes);
  const { chunks: _, tail: __, headerBytes: ___, ...start } = header;
  const checked = { ...start, checksums: true };
  const writer = new StreamWriter(checked);
  for (const [i, layer] of layers.entries()) {
    writer.addLayer(steps[i], codedTiles(layer), header.freeEnd && i === steps.length - 1);
  }
  return writer.bytes(checked, chunks, tail ?? undefined);
}

/** A stream with a name. */
export interface Specimen {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Encodes the corpus. The bytes depend only on the version of the sources. */
export async function makeCorpus(): Promise<Specimen[]> {
  const corpus: Specimen[] = [];
  for (const { name, image, options, flat = false } of RECIPES) {
    const { run } = await prepareEncode(async () => image, options, NODE);
    const { data } = await run(async () => stubEngine(flat));
    corpus.push({ name, bytes: data });
  }
  const checked = corpus
    .filter(({ name }) => ['lossy', 'pyramid', 'dithered-tail'].includes(name))
    .map(({ name, bytes }) => ({ name: `${name}-checksums`, bytes: withChecksums(bytes) }));
  return [...corpus, ...checked];
}
