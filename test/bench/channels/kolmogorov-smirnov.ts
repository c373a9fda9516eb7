/** The Kolmogorov-Smirnov test of a sample against a distribution. */

/** Terms of the limiting distribution's series. */
const TERMS = 100;

/**
 * Probability that a sample of this size differs from its distribution by as much as this one, or more.
 *
 * @param cumulative - distribution function
 */
export function pValue(sample: readonly number[], cumulative: (x: number) => number): number {
  const n = sample.length;
  const ranked = sample.toSorted((a, b) => a - b);
  let distance = 0;
  for (const [i, x] of ranked.entries()) {
    const p = cumulative(x);
    distance = Math.max(distance, p - i / n, (i + 1) / n - p);
  }
  // Stephens (1970): the limit holds well for small samples with this scale.
  const t = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  let sum = 0;
  for (let k = 1; k <= TERMS; k++) sum += 2 * (-1) ** (k - 1) * Math.exp(-2 * (k * t) ** 2);
  return Math.min(Math.max(sum, 0), 1);
}
