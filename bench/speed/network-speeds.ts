/** The windows that the network is timed on; finds and compares its times. */
import { median } from '../median.js';
import { timesAsFast } from './paired-ratio.js';
import type { Floor, NetworkCase, NetworkSpeed } from './types.js';

/** Windows of a size that the network is timed on: number of rounds, and of runs in each. */
export interface Windows {
  /** In pixels. */
  readonly side: number;
  readonly rounds: number;
  readonly runs: number;
}

/** The largest window, and a small picture. */
export const WINDOWS: readonly Windows[] = [
  { side: 512, rounds: 7, runs: 1 },
  { side: 32, rounds: 15, runs: 20 },
];

/** The codec's network of a commit (null: the working tree) in the main thread; undefined if it was not measured. */
export function codecSpeed(
  speeds: readonly NetworkSpeed[],
  side: number,
  { commit, node, arithmetic }: Pick<NetworkCase, 'commit' | 'node' | 'arithmetic'>,
): NetworkSpeed | undefined {
  return speeds.find(
    (speed) =>
      speed.maker === 'codec' &&
      speed.thread === 'main' &&
      speed.side === side &&
      speed.commit === commit &&
      speed.node === node &&
      speed.arithmetic === arithmetic,
  );
}

/** How many times as fast one is as the other; undefined if one was not measured. */
export function networkGain(fast: NetworkSpeed | undefined, slow: NetworkSpeed | undefined): number | undefined {
  return fast && slow && timesAsFast(fast.roundsMs, slow.roundsMs);
}

/** Multiply-adds as they are defined, in 10^9 a second, at the median time. */
export function networkRate({ side, roundsMs }: NetworkSpeed, { direct }: Floor): number {
  return (side * side * direct) / median(roundsMs) / 1e6;
}
