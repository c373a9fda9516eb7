/** Settings of the encoder for each effort: step of the noise ladder, and number of paths of the trellis search. */
import type { Size } from '../../codec/grid/geometry.ts';

/** Default effort. */
export const DEFAULT_EFFORT = 5;

/**
 * Images of at most this many pixels have settings of their own: they have no pyramid, and spend most time in the
 * network.
 */
const SMALL_PIXELS = 64 * 64;

/** Settings of an effort. */
export interface Effort {
  /** Step of the noise ladder in log-SNR. */
  readonly ladderStep: number;
  /** Number of survivor paths of the trellis search. */
  readonly beamWidth: number;
}

/**
 * Efforts 1..9 for small and for larger images, from the measured frontier of bits against time (docs/performance.md).
 */
const EFFORTS: Readonly<Record<'small' | 'large', readonly Effort[]>> = {
  small: [
    { ladderStep: 2, beamWidth: 128 },
    { ladderStep: 2, beamWidth: 256 },
    { ladderStep: 1.5, beamWidth: 256 },
    { ladderStep: 1.5, beamWidth: 512 },
    { ladderStep: 1.5, beamWidth: 1024 },
    { ladderStep: 1, beamWidth: 1024 },
    { ladderStep: 0.75, beamWidth: 1024 },
    { ladderStep: 0.75, beamWidth: 2048 },
    { ladderStep: 0.75, beamWidth: 4096 },
  ],
  large: [
    { ladderStep: 2, beamWidth: 128 },
    { ladderStep: 2, beamWidth: 256 },
    { ladderStep: 2, beamWidth: 512 },
    { ladderStep: 1.5, beamWidth: 256 },
    { ladderStep: 1, beamWidth: 512 },
    { ladderStep: 0.75, beamWidth: 512 },
    { ladderStep: 0.75, beamWidth: 1024 },
    { ladderStep: 0.5, beamWidth: 1024 },
    { ladderStep: 0.5, beamWidth: 4096 },
  ],
};

/**
 * The settings of an effort for an image.
 *
 * @param effort - 1..9
 */
export function effortLevel(effort: number, image: Size): Effort {
  return EFFORTS[image.width * image.height <= SMALL_PIXELS ? 'small' : 'large'][effort - 1];
}
