import seedrandom from 'seedrandom';

/** `count` values of a function of uniform numbers in 0..1; equal seeds give equal values. */
export function seededPicks<T>(seed: string, count: number, of: (uniform: number) => T): T[] {
  const random = seedrandom(seed);
  return Array.from({ length: count }, () => of(random()));
}
