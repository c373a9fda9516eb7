/**
 * Interface of a transport, which sends a sample c ~ N(a, r) to a decoder that knows only the prior N(0, 1) and r. The
 * literature calls this relative entropy coding, channel simulation or reverse channel coding
 * (docs/architecture.md, "Related work").
 */

/** Names of the transports that streams can use: the trellis code, or dithered quantisation with entropy coding. */
export type TransportName = 'trellis' | 'dithered';

/** All values of {@link TransportName}, the default first. */
export const TRANSPORTS: readonly TransportName[] = ['trellis', 'dithered'];

/** Seed of the stream, and numbers of layer and tile: all that shared pseudo-random choices depend on. */
export interface TileKey {
  readonly seed: number;
  readonly layer: number;
  readonly tile: number;
}

/**
 * Calibrated spectrum of a model at one noise level, in integers: log2 of each band's variance, in 1/16 octave. 192
 * values in the order (colour, u, v).
 */
export type LogSpectrum = Int32Array;

/** What encoder and decoder both know of a tile of n coefficients. */
export interface SharedTile {
  /** r in (0, 1], n values in canonical order (block row, block column, colour, u, v). */
  readonly residualVariance: Float32Array;
  readonly key: TileKey;
  /** Calibrated spectrum, which the bit allocation of the trellis code follows. */
  readonly spectrum: LogSpectrum;
  /** 8x8 blocks side by side in the tile. */
  readonly blocksWide: number;
}

/** A tile to be sent by an encoder: c ~ N(target, residualVariance). */
export interface TransportProblem extends SharedTile {
  /** a, n values. */
  readonly target: Float32Array;
  /** B, the budget in bits. Only the trellis code uses it; other transports take what the sample needs. */
  readonly bits: number;
  /**
   * True if nothing but the picture follows this layer: its squared error matters then, not the noise of the state
   * (src/codec/trellis/distortion-target.ts).
   */
  readonly towardsPicture?: boolean;
  /**
   * One byte an 8x8 block, in canonical order: where it is 1, any values will do. Default: nowhere. Only the trellis code
   * makes use of it.
   */
  readonly freeBlocks?: Uint8Array;
}

/** Result of sending a {@link TransportProblem}. */
export interface Conveyed {
  /** c, the values that the decoder will get. */
  readonly values: Float32Array;
  /** The bits, most significant first; null for a transport that makes no bits. */
  readonly packed: Uint8Array | null;
  /** Number of bits, if it differs from the budget. */
  readonly bits?: number;
}

/** The coded bits of a tile. */
export interface Message {
  /** The bits, most significant first. */
  readonly packed: Uint8Array;
  /** Number of bits. */
  readonly bits: number;
}

/** The encoder's side of a transport. */
export interface Sender {
  readonly name: string;
  /** Sends a tile. May overwrite the problem's target. */
  convey(problem: TransportProblem): Conveyed;
}

/** A message of which only the first bits are there. */
export interface PartialMessage extends Message {
  /** Number of bits that are there, the first ones; 0..bits. */
  readonly available: number;
}

/** What a part of a message tells of each coefficient: observations of the target a, of different precision. */
export interface Observations {
  /** o = a + N(0, r / share), n values in canonical order; 0 where the share is 0. With a share of 1 it is c. */
  readonly values: Float32Array;
  /** Share of the layer's signal-to-noise ratio that is known, 0..1, n values. */
  readonly share: Float32Array;
}

/** The decoder's side of a transport. */
export interface Receiver {
  /** Decodes c, n values. Any message, also a damaged one, decodes to some values. */
  receive(tile: SharedTile, message: Message): Float32Array;
  /** Decodes what a part of a message tells. Missing if a message tells nothing before it is complete. */
  receivePart?(tile: SharedTile, message: PartialMessage): Observations;
}

/** Both sides of a transport that streams can use. */
export interface Transport extends Sender, Receiver {
  readonly name: TransportName;
}
