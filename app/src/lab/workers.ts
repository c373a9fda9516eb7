/** The app's workers, started when they are first needed. */
import { type Remote, wrap } from 'comlink';
import type { Lab } from './pixel-worker.ts';
import type { Rivals } from './rival-worker.ts';

let pixelWorker: Remote<Lab> | undefined;
let rivalWorker: Remote<Rivals> | undefined;

/** Reads and compares pictures. */
export function lab(): Remote<Lab> {
  pixelWorker ??= wrap<Lab>(new Worker(new URL('./pixel-worker.ts', import.meta.url), { type: 'module' }));
  return pixelWorker;
}

/** Makes files of other formats; beside the other worker, because AVIF takes seconds. */
export function rivals(): Remote<Rivals> {
  rivalWorker ??= wrap<Rivals>(new Worker(new URL('./rival-worker.ts', import.meta.url), { type: 'module' }));
  return rivalWorker;
}
