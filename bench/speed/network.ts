/**
 * Times the network alone on a 512x512 window, with the codec's convolutions and with those of the tensor library, in
 * the main thread of a process and in a worker thread. The library's convolutions run at several speeds in V8,
 * depending on how far V8 has compiled their callers.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Maker, NetworkSpeed } from './types.js';

const SIDE = 512;
const WORKER = fileURLToPath(new URL('network-worker.js', import.meta.url));

type Place = NetworkSpeed['place'];

function inProcess(maker: Maker, place: Place): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const child = fork(WORKER, [`${SIDE}`, maker, place]);
    child.once('message', (ms) => resolve(ms as number[]));
    child.once('error', reject);
    child.once(
      'exit',
      (code) => code !== 0 && reject(new Error(`the process that times the network ended with ${code}`)),
    );
  });
}

/** Measures each combination of convolutions and thread, in a process of its own. */
export async function measureNetwork(): Promise<NetworkSpeed[]> {
  const speeds: NetworkSpeed[] = [];
  for (const place of ['main', 'worker'] as const) {
    for (const maker of ['kernel', 'library'] as const) {
      speeds.push({ maker, place, side: SIDE, ms: await inProcess(maker, place) });
    }
  }
  return speeds;
}
