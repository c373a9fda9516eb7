/** Entry of the worker threads that compute gradients of shares of a batch; started by gradient-pool.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { DdpmError } from '../base/errors.ts';
import type { ExampleBatch } from '../model/training/trainable-network.ts';
import type { WorkerAnswer, WorkerStart } from './gradient-pool.ts';
import { type GradientSource, localGradients } from './gradient-source.ts';

const { config, backend, parameters, gradient } = workerData as WorkerStart;
let source: Promise<GradientSource> | undefined;

async function start(): Promise<GradientSource> {
  const { openBackend } = await import('../model/backends/open-backend.ts');
  return localGradients(config, await openBackend(backend));
}

parentPort?.on('message', async (share: ExampleBatch) => {
  let answer: WorkerAnswer;
  try {
    source ??= start();
    answer = { loss: await (await source).run(parameters, share, gradient) };
  } catch (error) {
    const code = error instanceof DdpmError ? error.code : undefined;
    answer = { error: { message: error instanceof Error ? error.message : String(error), code } };
  }
  parentPort?.postMessage(answer);
});
