/** The scale of the slider over bytes: logarithmic, because every doubling of a file adds about as much quality. */

/** Number of steps of the slider. */
export const STEPS = 1000;

/** Number of bytes at a position of the slider, 0..STEPS. */
export function bytesAt(position: number, least: number, most: number): number {
  if (position >= STEPS) return most;
  return Math.round(least * (most / least) ** (Math.max(0, position) / STEPS));
}

/** Position of the slider for a number of bytes; the nearest one. */
export function positionOf(bytes: number, least: number, most: number): number {
  if (most <= least) return STEPS;
  return Math.round((STEPS * Math.log(bytes / least)) / Math.log(most / least));
}
