/**
 * A process that runs the network on windows and times it, in its main thread or in a worker thread. Started by
 * network.ts with its {@link NetworkRole}; each order is a {@link NetworkOrder}, each answer a {@link NetworkAnswer}.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { BatchShape, Posterior } from 'ddpm-codec/model';
import { DEFAULT_MODEL, defaultWeights } from '../default-model.ts';
import { answerOrders, roleOfProcess } from './answer-orders.js';
import { openOnnxruntime } from './rivals/onnxruntime.js';
import type { Denoise } from './rivals/photo-network.js';
import { openTfjs } from './rivals/tfjs.js';
import type { Maker, NetworkAnswer, NetworkOrder, NetworkRole } from './types.js';

const SIGMA = 0.3;
const role = roleOfProcess<NetworkRole>();

/** The codec's network as a build may have it: one that has no choice of the arithmetic ignores the last argument. */
interface AnyDenoiser {
  denoise(y: Float32Array, shape: BatchShape, sigma: number, options: { readonly exact: boolean }): Promise<Posterior>;
}

async function openCodec(): Promise<Denoise> {
  const entry = pathToFileURL(join(role.root, 'dist', 'entry', 'model.js')).href;
  const { loadModel, openBackend } = (await import(entry)) as typeof import('ddpm-codec/model');
  const model = await loadModel(defaultWeights(), {
    backend: await openBackend('wasm'),
    source: DEFAULT_MODEL.name,
  });
  const denoiser: AnyDenoiser = model.denoiser;
  const exact = role.arithmetic === 'exact';
  return (y, size, sigma) => denoiser.denoise(y, { batch: 1, ...size }, sigma, { exact });
}

const MAKERS: Readonly<Record<Maker, () => Promise<Denoise>>> = {
  codec: openCodec,
  tfjs: openTfjs,
  'onnxruntime-web': openOnnxruntime,
};

function base64({ mean, logVariance }: Posterior): string {
  const parts = logVariance ? [mean, logVariance] : [mean];
  return Buffer.concat(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))).toString(
    'base64',
  );
}

/** Makes what answers orders in this thread. */
async function runner(): Promise<(order: NetworkOrder) => Promise<NetworkAnswer>> {
  const denoise = await MAKERS[role.maker]();
  return async ({ side, runs, values }) => {
    const y = Float32Array.from({ length: side * side * 3 }, (_, i) => Math.sin(i));
    const start = performance.now();
    let last = await denoise(y, { width: side, height: side }, SIGMA);
    for (let run = 1; run < runs; run++) last = await denoise(y, { width: side, height: side }, SIGMA);
    const ms = (performance.now() - start) / runs;
    return { ms, values: values ? base64(last) : null };
  };
}

/** Makes what passes orders on to a worker thread. */
function passOn(): (order: NetworkOrder) => Promise<NetworkAnswer> {
  const worker = new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2) });
  worker.unref(); // so that this process ends with its parent
  return async (order) => {
    worker.postMessage(order);
    const [answer] = await once(worker, 'message');
    return answer as NetworkAnswer;
  };
}

if (!isMainThread) {
  const run = await runner();
  parentPort?.on('message', async (order: NetworkOrder) => parentPort?.postMessage(await run(order)));
} else answerOrders(role.thread === 'worker' ? passOn() : await runner());
