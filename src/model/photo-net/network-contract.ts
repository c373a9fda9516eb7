import type { BatchShape } from '../denoiser.ts';
import type { PatchLayout } from './photo-net-pixels.ts';
import type { PlacedNetwork } from './program/placed-network.ts';

/** What a photo-net is to denoise. */
export interface NetworkCall {
  /** Batch, and height and width in positions of the finest level. */
  readonly positions: BatchShape;
  readonly sigma: number;
  /** The factor `output` of the posterior, > 0. */
  readonly output: number;
  /** True: results must be the same to the bit on every machine, where the implementation is portable at all. */
  readonly exact: boolean;
}

/** What a photo-net answers. */
export interface NetworkAnswer {
  /** F, then G, of each position; valid until the next run. */
  readonly patches: PatchLayout;
  /** ln(output) in the implementation's arithmetic. */
  readonly logOutput: number;
}

/** The layers of a photo-net. Implementations: program/program-network.ts, and tensor-network.ts for any tensor backend. */
export interface PhotoNetwork {
  /** True: it computes in fused arithmetic where a call need not be exact. */
  readonly fused: boolean;
  /** @param fill - writes the packed patches of the input, 3 * patch * patch channels each */
  run(call: NetworkCall, fill: (input: PatchLayout) => void): NetworkAnswer | Promise<NetworkAnswer>;
  /** What other threads need to run the network, after which this object must not. Absent: threads cannot share it. */
  share?(): PlacedNetwork;
  /** Frees the weights. May be called more than once. */
  dispose(): void;
}
