/** A denoiser on worker threads, for work that is many batches: sampling, analysis and calibration. */
import { Piscina } from 'piscina';
import { errorOf } from '../../coding/calls/call-failure.ts';
import type { BatchShape, DenoiseOptions, Denoiser, Posterior } from '../../model/denoiser.ts';
import { type EpsilonDenoiser, isEpsilonDenoiser } from '../../model/epsilon-denoiser.ts';
import type { DenoiseAnswer, DenoiseTask, PoolModel } from './denoiser-worker.ts';
import { threadEnded } from './thread-failure.ts';

/** Batches at work for each thread: one in the network, and one whose noise and sums the calling thread computes. */
const BATCHES_A_THREAD = 2;

/** A denoiser and how many batches it should be given at a time. */
export interface BatchDenoiser<D extends Denoiser = Denoiser> {
  readonly denoiser: D;
  /** Number of calls of `denoise` that should be under way together. */
  readonly concurrency: number;
  /** Ends the threads, if there are any. Calls under way are rejected. */
  close(): Promise<void>;
}

/**
 * A denoiser whose calls run on threads, each batch on one of them, with a copy of the model in each. Results are those
 * of the denoiser itself.
 *
 * With one thread, and on webgpu, where one device does all, this is the denoiser itself in the calling thread.
 *
 * @param local - the same model, loaded in the calling thread
 * @param model - what the threads load
 * @param threads - number of threads, >= 1
 */
export function denoiserOnThreads<D extends Denoiser>(local: D, model: PoolModel, threads: number): BatchDenoiser<D> {
  if (threads === 1 || model.backend === 'webgpu') return { denoiser: local, concurrency: 1, close: async () => {} };
  const filename = new URL('./denoiser-worker.js', import.meta.url).href;
  const workers = new Piscina<DenoiseTask, DenoiseAnswer>({
    filename,
    workerData: model,
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  // Piscina replaces an idle worker that dies. Without this listener the process would end.
  workers.on('error', () => {});
  const denoise = async (
    y: Float32Array,
    shape: BatchShape,
    sigma: number,
    options: DenoiseOptions = {},
  ): Promise<Posterior> => {
    const task = { y: y.slice(), shape, sigma, options };
    let answer: DenoiseAnswer;
    try {
      answer = await workers.run(task, { transferList: [task.y.buffer] });
    } catch (cause) {
      // Workers send their errors as answers, so a rejection means that the worker died.
      throw threadEnded(cause);
    }
    if ('failure' in answer) throw errorOf(answer.failure);
    return answer.posterior;
  };
  return {
    denoiser: replaced(local, denoise),
    concurrency: BATCHES_A_THREAD * threads,
    close: () => workers.destroy(),
  };
}

/** A denoiser with the properties of another one, and its own way to denoise. */
function replaced<D extends Denoiser>(local: D, denoise: Denoiser['denoise']): D {
  const { sizeMultiple, windowSize, fused } = local;
  const denoiser: Denoiser = {
    sizeMultiple,
    ...(windowSize !== undefined && { windowSize }),
    ...(fused !== undefined && { fused }),
    denoise,
    dispose: () => local.dispose(),
  };
  if (!isEpsilonDenoiser(local)) return denoiser as D;
  return { ...denoiser, epsilonModel: local.epsilonModel } satisfies EpsilonDenoiser as unknown as D;
}
