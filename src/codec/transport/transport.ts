/**
 * The contract of a transport: how a sample c ~ N(a, r) gets to a decoder who knows only the prior N(0, 1) and r. In the literature:
 * relative entropy coding, channel simulation, reverse channel coding (docs/architecture.md, "Related work").
 */

/** Transports of streams, by name: the trellis code, or dithered quantisation with entropy coding. */
export type TransportName = 'trellis' | 'dithered';

/** Which tile of which layer of which stream is coded; all that the shared pseudo-random choices depend on. */
export interface TileKey {
  readonly seed: number;
  readonly layer: number;
  readonly tile: number;
}

/**
 * What is calibrated of a model at one noise level, in integers: log2 of each band's variance, in 1/16 octave. 192 values in the
 * order (colour, u, v).
 */
export type LogSpectrum = Int32Array;

/** What encoder and decoder both know of a tile of n coefficients. */
export interface SharedTile {
  /** r in (0, 1], n values in canonical order (block row, block column, colour, u, v). */
  readonly residualVariance: Float32Array;
  readonly key: TileKey;
  /** Calibrated spectrum that the trellis code's bit allocation follows. */
  readonly spectrum: LogSpectrum;
  /** 8x8 blocks side by side in the tile. */
  readonly blocksWide: number;
}

/** What an encoder has to convey for one tile: c ~ N(target, residualVariance). */
export interface TransportProblem extends SharedTile {
  /** a, n values. */
  readonly target: Float32Array;
  /** B, the bits to spend; only the trellis code is told, the others take what the sample costs. */
  readonly bits: number;
  /** Nothing follows but the picture, so that its squared error counts and not the state's noise (distortion-target.ts). */
  readonly towardsPicture?: boolean;
}

/** What came of a {@link TransportProblem}. */
export interface Conveyed {
  /** c, as the decoder will have it. */
  readonly values: Float32Array;
  /** The bits, most significant first; null for a transport that only computes. */
  readonly packed: Uint8Array | null;
  /** How many bits it took, where that is not the number to spend. */
  readonly bits?: number;
}

/** What a decoder has of a tile. */
export interface Message {
  /** The bits, most significant first. */
  readonly packed: Uint8Array;
  /** How many of them there are. */
  readonly bits: number;
}

/** A transport as the encoder sees it. */
export interface Sender {
  readonly name: string;
  /** May overwrite the problem's target. */
  convey(problem: TransportProblem): Conveyed;
}

/** A transport as the decoder sees it. */
export interface Receiver {
  /** c, n values. Any message of the right length gives some values. */
  receive(tile: SharedTile, message: Message): Float32Array;
}

/** Both sides of a transport that makes streams. */
export interface Transport extends Sender, Receiver {
  readonly name: TransportName;
}
