/** The table of the network's times. */
import { median } from '../median.js';
import { alignedTable } from './aligned-table.js';
import { codecSpeed, networkGain, networkRate } from './network-speeds.js';
import { number } from './number.js';
import { buildOf } from './row-names.js';
import type { NetworkSpeed, SpeedReport } from './types.js';

/**
 * Times by window, commit, version of Node and thread; the rate, with the multiply-adds as they are defined; how many
 * times as fast the codec of the working tree is in exact arithmetic in the running Node; and how many times as fast
 * the same is as in the running Node.
 */
export function networkTable({ network, floor, machine }: SpeedReport): string {
  const running = `${machine.node}`;
  const gain = (fast: NetworkSpeed | undefined, slow: NetworkSpeed | undefined): string =>
    networkGain(fast, slow)?.toFixed(2) ?? '';
  const cells = network.map((speed) => {
    const { maker, arithmetic, commit, node, thread, side, roundsMs } = speed;
    const codec = codecSpeed(network, side, { commit: null, node: running, arithmetic: 'exact' });
    const isSame = (other: NetworkSpeed): boolean =>
      other.maker === maker &&
      other.commit === commit &&
      other.side === side &&
      other.thread === thread &&
      other.node === running;
    // No row of the running Node may be fused; then its exact one is what there was.
    const there = network.find((other) => isSame(other) && other.arithmetic === arithmetic) ?? network.find(isSame);
    const ms = median(roundsMs);
    return [
      `${side}x${side}`,
      maker === 'codec' ? `the codec, ${arithmetic}` : maker,
      maker === 'codec' ? buildOf(speed) : '',
      node,
      thread,
      ...[Math.min(...roundsMs), ms, Math.max(...roundsMs)].map(number),
      floor ? number(networkRate(speed, floor)) : '',
      gain(codec, speed),
      node === running ? '' : gain(speed, there),
    ];
  });
  const texts = ['window', 'network', 'commit', 'Node', 'thread'];
  const numbers = ['least ms', 'median', 'most', '10^9/s', 'the codec is faster', `over ${running}`];
  return alignedTable([...texts, ...numbers], cells, texts.length);
}
