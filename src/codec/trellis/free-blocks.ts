/** Changes the target of a search where any values will do. */
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';
import type { SearchTarget } from './passes.ts';

/**
 * A target without weight in some blocks: with a = 0 and r = 1 all paths are equal there, so that the bits serve the
 * other blocks.
 *
 * @param freeBlocks - one byte a block, in the order of the coefficients; 1: without weight
 */
export function withoutBlocks({ target, residualVariance }: SearchTarget, freeBlocks: Uint8Array): SearchTarget {
  const [values, variance] = [target.slice(), residualVariance.slice()];
  for (const [block, free] of freeBlocks.entries()) {
    if (free === 0) continue;
    const from = block * BLOCK_COEFFICIENTS;
    values.fill(0, from, from + BLOCK_COEFFICIENTS);
    variance.fill(1, from, from + BLOCK_COEFFICIENTS);
  }
  return { target: values, residualVariance: variance };
}
