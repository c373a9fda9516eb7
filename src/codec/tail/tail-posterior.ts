/** What the lossless tail is coded from. */
import type { Size } from '../grid/geometry.ts';
import type { Plane } from '../grid/plane.ts';

/** What encoder and decoder know after the last layer: planes on the canvas of level 0. */
export interface TailPosterior {
  /** State y. */
  readonly state: Plane;
  /** Posterior mean D of x, in [-1, 1]. */
  readonly mean: Plane;
  /** Natural logarithm of the posterior variance of each sample of x. */
  readonly logVariance: Float32Array;
  /** Noise index of the state: sigma = 2^(index / 256). */
  readonly index: number;
}

/** Most columns of a picture whose tail is coded: the model keeps a kilobyte for each. The tail of a wider one is its pixels. */
export const MOST_CODED_WIDTH: number = 2 ** 18;

/** Size and channels of a picture: 1 grey, 3 RGB. */
export interface TailShape extends Size {
  readonly channels: 1 | 3;
}
