/** A photo-net in a memory that threads share. */
import { Modulator } from '../modulation.ts';
import type { PhotoNetWeights } from '../photo-net-weights.ts';
import { NetworkMemory } from './network-memory.ts';
import { NetworkKernels } from './network-module.ts';
import { modulationWeights, type PlacedWeights, placeWeights } from './program-weights.ts';

/** A network in memory. Can be posted to other threads. */
export interface PlacedNetwork {
  readonly memory: WebAssembly.Memory;
  readonly weights: PlacedWeights;
  /** First address behind the weights. */
  readonly end: number;
}

/**
 * Puts a network into a memory of its own.
 *
 * @param weights - copied
 * @throws DdpmError `ERR_DDPM_BACKEND` if this machine has no WebAssembly with SIMD and threads
 */
export function placeNetwork(weights: PhotoNetWeights): PlacedNetwork {
  const memory = new NetworkMemory();
  const placed = placeWeights(memory, new NetworkKernels(memory.memory).get('exact'), weights);
  return { memory: memory.memory, weights: placed, end: memory.reserve(0) };
}

/** What a thread needs to run a network, in any memory area. */
export interface ThreadNetwork extends PlacedNetwork {
  readonly kernels: NetworkKernels;
  readonly modulator: Modulator;
}

/** Prepares a thread to run a network. */
export function threadNetwork(placed: PlacedNetwork): ThreadNetwork {
  const { memory, weights } = placed;
  const modulator = new Modulator(modulationWeights(memory.buffer, weights));
  return { ...placed, kernels: new NetworkKernels(memory), modulator };
}
