/** The contract of a channel: how a sample c ~ N(a, r) gets to a decoder who knows only the prior N(0, 1) and r. */

import type { LogSpectrum } from '../trellis/bit-allocation.ts';
import type { TileKey } from '../trellis/trellis-code.ts';

/** What a channel has to convey for one tile: c ~ N(target, residualVariance). */
export interface ChannelProblem {
  /** a, one value a coefficient. */
  readonly target: Float32Array;
  /** r in (0, 1], the same length. */
  readonly residualVariance: Float32Array;
  readonly key: TileKey;
  /** Calibrated spectrum that the trellis code's pace follows. */
  readonly spectrum: LogSpectrum;
  /** B, the bits to spend; a channel that only computes spends what the sample costs, and so does the dithered one. */
  readonly bits: number;
  /** 8x8 blocks side by side in the tile. */
  readonly blocksWide: number;
}

/** What came out of it. */
export interface Conveyed {
  /** c, as the decoder will have it. */
  readonly values: Float32Array;
  /** The bits, most significant first; null for a channel that only computes. */
  readonly packed: Uint8Array | null;
  /** How many bits it took, where that is not the number to spend. */
  readonly bits?: number;
}

/** A channel as the encoder sees it. */
export interface Channel {
  readonly name: string;
  convey(problem: ChannelProblem): Conveyed;
}

/** How the layers are transported; see the option `transport` of `encode`. */
export type TransportName = 'trellis' | 'dithered';
