/** Ratios of times that were measured in turn. */
import { median } from '../median.js';

/**
 * The median over the rounds of (time of `slow` / time of `fast`): how many times as fast `fast` is. Both were measured
 * in the same rounds, so that what else the machine did in a round counts for both.
 */
export function timesAsFast(fast: readonly number[], slow: readonly number[]): number {
  if (fast.length !== slow.length) throw new Error(`${fast.length} and ${slow.length} rounds cannot be compared`);
  return median(fast.map((ms, round) => (slow[round] as number) / ms));
}
