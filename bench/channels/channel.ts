/**
 * What the comparison of channels takes a channel to be: a code by which a decoder that knows p = N(0, I) gets a sample c of
 * q = N(a, diag r), where a is known to the encoder alone and r to both. A message holds a sequence of tiles, so that what a code learns of its
 * integers is learned once.
 */
import type { SharedTile } from 'ddpm-codec/codec';

/** A tile to be sent. */
export interface ChannelTile extends SharedTile {
  /** a, n values in the order of `residualVariance`. */
  readonly target: Float32Array;
}

/** What is to be sent. */
export type Gaussians = Pick<ChannelTile, 'target' | 'residualVariance'>;

/** What came of sending a tile. */
export interface Sent {
  /** c, the values that the decoder will get. */
  readonly values: Float32Array;
  /** Number of code values that were looked at: coefficients times candidates. */
  lookUps(): number;
  /**
   * Bits delivered, log2 q(c) / p(c), where the channel can tell their expectation over its own random choices, which varies less;
   * default: those of `values`.
   */
  readonly deliveredBits?: number;
  /** Number of chunks whose search was ended before it could know that it had a sample of q. */
  readonly cut?: number;
  /** Length of the tile's integers under the Zipf code of the literature (zipf.ts), in bits. */
  readonly zipfBits?: number;
}

/** The encoder's side. */
export interface ChannelSender {
  /** Sends a tile. */
  send(tile: ChannelTile): Sent;
  /** Bits of the message so far, to a byte. */
  readonly bits: number;
  /** Most bytes of memory that the search has held; null where they are not known. */
  readonly memoryBytes: number | null;
  /** Ends the message. */
  finish(): Uint8Array;
}

/** The decoder's side. */
export interface ChannelReceiver {
  /** Decodes c of the next tile. */
  receive(tile: SharedTile): Float32Array;
}

/** The channels that are compared, in the order of tables. */
export const SCHEMES = ['trellis', 'dithered', 'PFR', 'A*', 'ORC', 'MRC', 'best of N'] as const;
export type Scheme = (typeof SCHEMES)[number];

/**
 * What c is: a sample of q; a uniform variable with the mean and the variances of q; or a value that may tell less of a, or more, than a
 * sample of q does.
 */
export type Reach = 'sample' | 'uniform' | 'near';

/** A channel with its settings. */
export interface Channel {
  readonly scheme: Scheme;
  /** Its settings, in words: `8 bits`. */
  readonly setting: string;
  readonly reach: Reach;
  sender(): ChannelSender;
  receiver(message: Uint8Array): ChannelReceiver;
}

/** KL(N(a, r) || N(0, 1)) of a coefficient, in nats. */
export function klNats(a: number, r: number): number {
  return 0.5 * (r + a * a - 1 - Math.log(r));
}

/** KL(q || p) of a tile, in bits. */
export function klBits({ target, residualVariance }: Gaussians): number {
  return target.reduce((sum, a, i) => sum + klNats(a, residualVariance[i]), 0) / Math.LN2;
}

/** log2 q(c) / p(c) of a tile: the bits that c delivers. */
export function deliveredBits({ target, residualVariance }: Gaussians, c: Float32Array): number {
  let nats = 0;
  for (let i = 0; i < c.length; i++) {
    const r = residualVariance[i];
    nats += 0.5 * (c[i] ** 2 - (c[i] - target[i]) ** 2 / r - Math.log(r));
  }
  return nats / Math.LN2;
}
