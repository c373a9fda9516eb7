/** Encoder and decoder assembled from the entries `ddpm-codec/codec` and `ddpm-codec/model`, as users can do. */
import {
  coarsestLevel,
  decodeWalk,
  encodeWalk,
  type Header,
  ImagePyramid,
  inlineExecutor,
  ladder,
  openTransport,
  parseStream,
  pictureOf,
  StreamWriter,
  streamTransport,
  trellisTransport,
  WalkRun,
} from '../../src/entry/codec.ts';
import type { RawImage } from '../../src/entry/index.ts';
import type { Model } from '../../src/entry/model.ts';
import type { Engine } from './golden.ts';

const STEP_EIGHTHS = 12;
/** Sigma 1/16, at which the last step of the ladder is cut short. */
const END_POSITION = -1024;
const BEAM_WIDTH = 64;

async function decode(bytes: Uint8Array, counts: readonly number[], model: Model, exact = true): Promise<Uint8Array[]> {
  const stream = parseStream(bytes);
  const { header } = stream;
  const run = new WalkRun(inlineExecutor(model, openTransport({ name: streamTransport(stream.header) })), { exact });
  const pictures: Uint8Array[] = [];
  for await (const { layers, mean, level } of decodeWalk(stream, run)) {
    if (counts.includes(layers)) pictures.push(pictureOf(mean, level, header, header.grey ? 1 : 3).data);
    if (pictures.length === counts.length) return pictures;
  }
  throw new Error(`the stream has no ${counts.join(', ')} layers`);
}

async function encode(image: RawImage, model: Model): Promise<Uint8Array> {
  const { width, height, data } = image;
  const channels = image.channels === 1 ? 1 : 3;
  const header: Omit<Header, 'chunks'> = {
    width,
    height,
    grey: channels === 1,
    checksums: true,
    model: model.id,
    stepEighths: STEP_EIGHTHS,
    seed: 5,
    endPosition: END_POSITION,
    freeEnd: true,
  };
  const steps = ladder(coarsestLevel(image), STEP_EIGHTHS, END_POSITION);
  const writer = new StreamWriter(header);
  const walk = encodeWalk({
    run: new WalkRun(inlineExecutor(model, trellisTransport({ beamWidth: BEAM_WIDTH }))),
    image: new ImagePyramid({ width, height, channels, data: new Uint8Array(data) }),
    seed: header.seed,
    steps,
    freeEnd: true,
    plan: ({ step, layerModel }) => (layerModel.layer + 1 === steps.length ? step : undefined),
  });
  for await (const { step, tiles } of walk) {
    const packed = tiles.map(({ bits, packed, gains }) => ({ bits, packed: packed as Uint8Array, gains }));
    if (step) writer.addLayer(step, packed, step === steps[steps.length - 1]);
  }
  return writer.bytes(header, new Map());
}

/** Makes an engine for a model on any backend. */
export function partsEngine(model: Model): Engine {
  return {
    denoiser: model.denoiser,
    decode: (bytes, layers) => decode(bytes, layers, model),
    async decodeFused(bytes, layers) {
      return streamTransport(parseStream(bytes).header) === 'dithered' ? null : decode(bytes, layers, model, false);
    },
    encode: (image) => encode(image, model),
  };
}
