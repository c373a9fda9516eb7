/** The estimate of the image that follows from a posterior and variance gains. docs/format.md, "Variance gains". */
import { moveTowardsState, trustsState } from '../executor/gained-posterior.ts';
import type { Gains } from '../format/variance-gains.ts';
import type { Rect } from '../grid/geometry.ts';
import { gather, type Plane, scatter } from '../grid/plane.ts';
import { tileVariances } from './denoise-canvas.ts';

/** A denoised state. */
export interface DenoisedState {
  /** State y. */
  readonly y: Plane;
  /** D. */
  readonly mean: Plane;
  /** Mean posterior variance of each 8x8 block. */
  readonly blockVariance: Float64Array;
  /** Variance of each of the 192 coefficients relative to the block's mean. */
  readonly shape: Float64Array;
  readonly tiles: readonly Rect[];
  readonly sigma: number;
  readonly isFresh: boolean;
}

/** D' of all tiles: D itself if no gain moves it. */
export function gainedMean(denoised: DenoisedState, gains: readonly Gains[]): Plane {
  const { y, mean, blockVariance, shape, tiles, sigma, isFresh } = denoised;
  if (!gains.some((ofTile) => trustsState({ gains: ofTile, isFresh }))) return mean;
  const moved = { ...mean, data: mean.data.slice() };
  for (const [tile, rect] of tiles.entries()) {
    if (!trustsState({ gains: gains[tile], isFresh })) continue;
    const pixels = (plane: Plane): Float32Array => gather(plane, rect, new Float32Array(rect.width * rect.height * 3));
    const variances = tileVariances(blockVariance, y.width, rect);
    const estimate = pixels(mean);
    const model = { size: rect, sigmaFrom: sigma, blockVariance: variances, shape, gains: gains[tile], isFresh };
    moveTowardsState(pixels(y), estimate, model);
    scatter(moved, rect, estimate);
  }
  return moved;
}
