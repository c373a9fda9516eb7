/**
 * Keeps the noise of an encoder's states at the level of the schedule. Where a layer's transport has delivered less than
 * the KL divergence says, the next layer spends more. docs/design/gains.md, "Noise control".
 */
import type { TileResult } from '../executor/executor.ts';

/** Deviations of the noise ratio within so many standard deviations of that of pure chance are none. */
const CHANCE = 3;
/** So are smaller ones than this. */
const TOLERANCE = 0.01;
/** Most bits that are spent besides for an active coefficient. */
const MOST_DEBT = 2;

/**
 * Bits that a tile's next layer is to spend besides for each active coefficient: half the log2 of the ratio by which the
 * noise of the active coefficients has been too large, added up over the layers.
 *
 * @param debt - that of the layer that is done
 * @param n - coefficients of the tile
 * @param active - sum of 1 - r of the layer
 */
export function nextDebt(
  debt: number,
  { noiseRatio = 1 }: Pick<TileResult, 'noiseRatio'>,
  n: number,
  active: number,
): number {
  const excess = noiseRatio - 1;
  if (Math.abs(excess) < CHANCE * Math.sqrt(2 / n) + TOLERANCE) return debt;
  const ratio = Math.max(1 + (excess * n) / Math.max(active, 1), 0.25);
  return Math.min(Math.max(debt + 0.5 * Math.log2(ratio), 0), MOST_DEBT);
}
