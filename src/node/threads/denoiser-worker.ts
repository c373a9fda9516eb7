/** Code that each worker thread of a denoiser pool runs, with a model of its own. */
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { type CallFailure, failureOf } from '../../coding/calls/call-failure.ts';
import type { BackendName } from '../../model/backends/backend.ts';
import type { BatchShape, DenoiseOptions, Denoiser, Posterior } from '../../model/denoiser.ts';
import { loadUncalibratedModel } from '../../model/weights/load-model.ts';
import { readModelFile } from '../models/model-folder.ts';

/** The model of a pool's threads. */
export interface PoolModel {
  /** A weights file, or its bytes. */
  readonly weights: string | Uint8Array;
  readonly backend: BackendName;
}

/** A batch to denoise. */
export interface DenoiseTask {
  readonly y: Float32Array;
  readonly shape: BatchShape;
  readonly sigma: number;
  readonly options: DenoiseOptions;
}

/** Result or error of a task. */
export type DenoiseAnswer = { readonly posterior: Posterior } | { readonly failure: CallFailure };

let denoiser: Promise<Denoiser> | undefined;

async function load({ weights, backend }: PoolModel): Promise<Denoiser> {
  const [bytes, source] = typeof weights === 'string' ? [await readModelFile(weights), weights] : [weights, 'model'];
  return (await loadUncalibratedModel(bytes, { backend, source })).denoiser;
}

/** Denoises a batch; an error is part of the answer. */
async function answer({ y, shape, sigma, options }: DenoiseTask): Promise<DenoiseAnswer> {
  try {
    denoiser ??= load(workerData as PoolModel);
    const { mean, logVariance } = await (await denoiser).denoise(y, shape, sigma, options);
    const memory = [mean.buffer, ...(logVariance ? [logVariance.buffer] : [])];
    const value: DenoiseAnswer = { posterior: { mean, logVariance } };
    return move({ [transferableSymbol]: memory, [valueSymbol]: value }) as unknown as DenoiseAnswer;
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

export default answer;
