/** The contract of a channel: how a sample c ~ N(a, r) gets to a decoder who knows only the prior N(0, 1) and r. */
import type { TileKey } from './trellis/code.ts';

/** What a channel has to convey for one tile: c ~ N(target, residualVariance). */
export interface ChannelProblem {
  /** a, one value a coefficient. */
  readonly target: Float32Array;
  /** r in (0, 1], the same length. */
  readonly residualVariance: Float32Array;
  readonly key: TileKey;
}

/** What came out of it. */
export interface Conveyed {
  /** c, as the decoder will have it. */
  readonly values: Float32Array;
  /** KL(q || p) in bits. */
  readonly idealBits: number;
  /** Number of bits in `packed`; fractional, and equal to idealBits, for a channel that only computes. */
  readonly bits: number;
  /** The bits, most significant first; null for a channel that only computes. */
  readonly packed: Uint8Array | null;
}

/** A channel as the encoder sees it. */
export interface Channel {
  readonly name: string;
  convey(problem: ChannelProblem): Conveyed;
}

/** KL(N(a, r) || N(0, 1)) = 1/2 sum(r + a^2 - 1 - ln r), in bits. Ho et al. 2020, section 4.3; codec.md, section 3. */
export function klBits({ target, residualVariance }: ChannelProblem): number {
  let nats = 0;
  for (let i = 0; i < target.length; i++) {
    const r = residualVariance[i];
    nats += r + target[i] * target[i] - 1 - Math.log(r);
  }
  return (0.5 * nats) / Math.LN2;
}
