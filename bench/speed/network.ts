/**
 * The network alone on a 512x512 window, with the codec's convolutions and with the tensor library's, in the first thread of a process
 * and in a worker thread. V8 runs the library's at several speeds, which depend on how far it has compiled what calls them.
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { loadModel, openBackend } from 'ddpm-codec/model';
import type { Maker, NetworkSpeed } from './types.js';

const SIDE = 512;
const RUNS = 6;
const KERNEL = 'DdpmConvolution';
const SELF = fileURLToPath(import.meta.url);

type Place = NetworkSpeed['place'];

/** Milliseconds of each run after the first. */
async function timeRuns(maker: Maker): Promise<number[]> {
  const backend = await openBackend('wasm');
  if (maker === 'library') tf.unregisterKernel(KERNEL, 'wasm');
  const path = new URL('models/photo-v0.safetensors', import.meta.resolve('ddpm-codec/package.json'));
  const { denoiser } = await loadModel(readFileSync(path), { backend, source: 'photo-v0' });
  const y = Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => Math.sin(i));
  const ms: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    await denoiser.denoise(y, { batch: 1, width: SIDE, height: SIDE }, 0.3);
    if (run > 0) ms.push(performance.now() - start);
  }
  return ms;
}

function inProcess(maker: Maker, place: Place): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const child = fork(SELF, ['--time', maker, place]);
    child.once('message', (ms) => resolve(ms as number[]));
    child.once('error', reject);
    child.once(
      'exit',
      (code) => code !== 0 && reject(new Error(`the process that times the network ended with ${code}`)),
    );
  });
}

/** Each combination in a process of its own. */
export async function measureNetwork(): Promise<NetworkSpeed[]> {
  const speeds: NetworkSpeed[] = [];
  for (const place of ['main', 'worker'] as const) {
    for (const maker of ['kernel', 'library'] as const) {
      speeds.push({ maker, place, side: SIDE, ms: await inProcess(maker, place) });
    }
  }
  return speeds;
}

const [, , order, maker, place] = process.argv;
if (!isMainThread) {
  parentPort?.postMessage(await timeRuns(workerData as Maker));
} else if (order === '--time' && place === 'main') {
  process.send?.(await timeRuns(maker as Maker));
} else if (order === '--time') {
  new Worker(SELF, { workerData: maker }).once('message', (ms) => process.send?.(ms));
}
