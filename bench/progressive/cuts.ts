/** Sizes at which files are cut. */

/** The first cut of a file is at this share of it. */
export const FIRST_SHARE: number = 1 / 40;

/**
 * Whole numbers from `from` to `to`, both included, with about equal ratios between them.
 *
 * @param from - 1..to
 * @param count - 2 or more; where the numbers lie too close for so many, there are fewer
 * @throws RangeError for another `from` or `count`
 */
export function geometricSizes(from: number, to: number, count: number): number[] {
  if (!(from >= 1 && from <= to)) throw new RangeError(`"from" expected 1..${to}, got ${from}`);
  if (!(Number.isInteger(count) && count >= 2)) throw new RangeError(`"count" expected 2 or more, got ${count}`);
  const sizes = Array.from({ length: count }, (_, i) => Math.round(from * (to / from) ** (i / (count - 1))));
  return [...new Set(sizes)];
}

/** Where a file of so many bytes is cut: from {@link FIRST_SHARE} of it, in equal ratios, to all but its last byte. */
export function cutsOf(bytes: number, count: number): number[] {
  return geometricSizes(Math.ceil(bytes * FIRST_SHARE), bytes - 1, count);
}
