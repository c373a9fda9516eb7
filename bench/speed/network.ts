/**
 * The network alone on a 512x512 window, with the codec's convolutions and with the tensor library's, in the first thread of a process
 * and in a worker thread. V8 runs the library's at several speeds, which depend on how far it has compiled what calls them.
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
