/** Finds and compares times of the network. */
import { timesAsFast } from './paired-ratio.js';
import type { NetworkCase, NetworkSpeed } from './types.js';

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
