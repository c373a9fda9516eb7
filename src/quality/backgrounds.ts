/** How pictures with alpha are compared: on a dark and on a bright background, and the worse result counts (as SSIMULACRA 2's reference). */

/** The backgrounds, grey, as sRGB samples of 0..1. */
export const BACKGROUNDS: readonly number[] = [0.1, 0.9];

/**
 * A sample on a background, blended as encoded.
 *
 * @param sample - 0..255
 * @param alpha - 0..255
 * @param background - 0..1
 * @returns 0..1
 */
export function blended(sample: number, alpha: number, background: number): number {
  const share = alpha / 255;
  return (share * sample) / 255 + (1 - share) * background;
}
