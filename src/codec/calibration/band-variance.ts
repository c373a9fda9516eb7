/**
 * Variance of the whitened posterior residual U(x - D), from which the reverse-process Gaussian follows.
 * docs/design/codec.md, section 4.
 */
import type { Calibration } from '../../model/denoiser.ts';
import { log } from '../math/portable-math.ts';
import { BLOCK_COEFFICIENTS } from '../math/whitening.ts';

/**
 * The calibration table at one noise level: interpolated linearly in log sigma, and constant beyond the table's ends.
 *
 * @returns variance of each of the 192 whitened coefficients (colour, u, v) relative to the block's mean variance
 */
export function bandShapeAt(calibration: Calibration, sigma: number): Float64Array {
  const grid = calibration.sigma;
  let upper = 1;
  while (upper < grid.length - 1 && grid[upper] < sigma) upper++;
  const low = log(grid[upper - 1]);
  const share = Math.min(Math.max((log(sigma) - low) / (log(grid[upper]) - low), 0), 1);
  const shape = new Float64Array(BLOCK_COEFFICIENTS);
  const at = upper * BLOCK_COEFFICIENTS;
  for (let i = 0; i < BLOCK_COEFFICIENTS; i++) {
    shape[i] = (1 - share) * calibration.bandShape[at - BLOCK_COEFFICIENTS + i] + share * calibration.bandShape[at + i];
  }
  return shape;
}
