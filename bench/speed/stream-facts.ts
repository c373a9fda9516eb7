/** What streams hold, found without running the network. */
import { readFileSync } from 'node:fs';
import { decodeWalk, type Executor, parseStream, WalkRun, type WindowJob } from 'ddpm-codec/codec';
import type { Model } from 'ddpm-codec/model';
import { openDefaultModel } from '../default-model.ts';
import { mean } from '../mean.ts';
import type { Operation } from './types.js';

/** Facts about a stream, for the tables. */
export interface StreamFacts {
  readonly layers: number;
  /** Number of pixels that go through the network, including halos of windows; the encoder does not denoise the last state. */
  readonly networkPixels: Readonly<Record<Operation, number>>;
}

/** Determines the facts about a stream by decoding it with an executor that only counts pixels. */
async function streamFacts(path: string, { calibration, denoiser }: Model): Promise<StreamFacts> {
  const time = { networkMs: 0, transportMs: 0, whiteningMs: 0 };
  let networkPixels = 0;
  const counter: Executor = {
    calibration,
    sizeMultiple: denoiser.sizeMultiple,
    concurrency: 1,
    denoise: async ({ seen, inner }: WindowJob) => {
      networkPixels += seen.width * seen.height;
      const pixels = inner.width * inner.height;
      return { mean: new Float32Array(pixels * 3), blockVariance: new Float64Array(pixels / 64), time };
    },
    residual: () => Promise.reject(new Error('decoders have no residuals')),
    takeStep: async ({ y }) => ({ y, packed: null, expectedBits: 0, time }),
  };
  let layers = 0;
  /** Pixels of the states but the last. */
  let encode = 0;
  let decode = 0;
  for await (const state of decodeWalk(parseStream(readFileSync(path)), new WalkRun(counter))) {
    layers = state.layers;
    encode = decode;
    decode = networkPixels;
  }
  return { layers, networkPixels: { encode, decode } };
}

/** Means of the facts over several streams of the working tree. */
export async function meanFacts(paths: readonly string[]): Promise<StreamFacts> {
  const model = await openDefaultModel();
  const each: StreamFacts[] = [];
  for (const path of paths) each.push(await streamFacts(path, model));
  model.denoiser.dispose();
  return {
    layers: mean(each.map(({ layers }) => layers)),
    networkPixels: {
      encode: mean(each.map(({ networkPixels }) => networkPixels.encode)),
      decode: mean(each.map(({ networkPixels }) => networkPixels.decode)),
    },
  };
}
