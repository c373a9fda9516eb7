/**
 * Times the network on a window, in the main thread of this process or in a worker thread, and sends the milliseconds
 * of each run but the first. Started by network.ts with three arguments: side of the window, `kernel` or `library`, and
 * `main` or `worker`.
 */
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { loadModel, openBackend } from 'ddpm-codec/model';
import { DEFAULT_MODEL, defaultWeights } from '../default-model.ts';
import { KERNEL } from './floor.js';

const RUNS = 6;
const [side, maker, place] = process.argv.slice(2);

async function timeRuns(): Promise<number[]> {
  const size = Number(side);
  const backend = await openBackend('wasm');
  if (maker === 'library') tf.unregisterKernel(KERNEL, 'wasm');
  const { denoiser } = await loadModel(defaultWeights(), { backend, source: DEFAULT_MODEL.name });
  const y = Float32Array.from({ length: size * size * 3 }, (_, i) => Math.sin(i));
  const ms: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    await denoiser.denoise(y, { batch: 1, width: size, height: size }, 0.3);
    if (run > 0) ms.push(performance.now() - start);
  }
  return ms;
}

if (!isMainThread) parentPort?.postMessage(await timeRuns());
else if (place === 'main') process.send?.(await timeRuns());
else {
  const worker = new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2) });
  worker.once('message', (ms) => process.send?.(ms));
}
