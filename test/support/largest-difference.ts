/** Largest absolute difference between two pictures, or arrays; infinite if they differ in length. */
export function largestDifference(a: Uint8Array | Uint8ClampedArray, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const [i, value] of a.entries()) largest = Math.max(largest, Math.abs(value - b[i]));
  return largest;
}
