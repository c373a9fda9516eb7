/** A photo-net that several threads run in one memory: with one copy of the weights, and together on one batch. */
import type { BatchShape, Denoiser } from '../denoiser.ts';
import { PhotoNet, type SharedPhotoNet, sizeMultiple } from './photo-net.ts';
import { extendMemory } from './program/network-memory.ts';
import { type ThreadNetwork, threadNetwork } from './program/placed-network.ts';
import { areaBytes, ProgramNetwork, type RunArea } from './program/program-network.ts';
import { HEADER_BYTES, RunHeader } from './program/run-header.ts';

/** A network for threads that share it, or undefined for a denoiser that each thread must load. The denoiser cannot be used afterwards. */
export function sharedNetwork(denoiser: Denoiser): SharedPhotoNet | undefined {
  return denoiser instanceof PhotoNet ? denoiser.share() : undefined;
}

/**
 * Bytes of a memory area for batches of images.
 *
 * @param shape - of the largest batch, in pixels; sides are rounded up to what the network takes
 * @param threads - most threads that take part in a run
 */
export function runBytes({ config, network }: SharedPhotoNet, shape: BatchShape, threads: number): number {
  const multiple = sizeMultiple(config);
  const positions = (pixels: number): number => (Math.ceil(pixels / multiple) * multiple) / config.patch;
  const { batch, height, width } = shape;
  return areaBytes(network, { batch, height: positions(height), width: positions(width) }, threads);
}

/** The owner's side of the runs in a memory area: run-header.ts. */
export function runHeader({ network: { memory } }: SharedPhotoNet, { start }: RunArea): RunHeader {
  extendMemory(memory, start + HEADER_BYTES);
  return new RunHeader(memory, start);
}

/**
 * What a helper did: the number of blocks that it computed; `early` if the run had not begun in time, and `late` if it was
 * over or abandoned.
 */
export type Help = number | 'early' | 'late';

/** A thread's side of a shared photo-net. */
export class JoinedPhotoNet {
  readonly #shared: SharedPhotoNet;
  readonly #network: ThreadNetwork;
  /** By the start of their areas. */
  readonly #denoisers: Map<number, Denoiser> = new Map();

  constructor(shared: SharedPhotoNet) {
    this.#shared = shared;
    this.#network = threadNetwork(shared.network);
  }

  /** A denoiser that runs in a memory area, whose owner has opened a run. */
  denoiser(area: RunArea): Denoiser {
    const known = this.#denoisers.get(area.start);
    if (known) return known;
    const denoiser = new PhotoNet(this.#shared.config, new ProgramNetwork(this.#network, area));
    this.#denoisers.set(area.start, denoiser);
    return denoiser;
  }

  /**
   * Helps with the run in a memory area until it ends. Blocks the thread.
   *
   * @param seat - 1..threads - 1, a number that no other helper of the run has
   * @param waitMs - how long to wait for its beginning
   */
  help({ start }: RunArea, seat: number, waitMs: number): Help {
    const { memory, kernels } = this.#network;
    const task = new RunHeader(memory, start).join(waitMs);
    if (typeof task === 'string') return task;
    const { records, count, counters, scratch, scratchBytes, arithmetic } = task;
    const blocks = kernels.get(arithmetic).run(records, count, counters, scratch + seat * scratchBytes, start);
    return blocks < 0 ? 'late' : blocks;
  }
}
