/** What must hold of the results of bench/speed.ts. */
import { rowFinder } from './row-names.js';
import type { Criterion, Row, SearchSpeed } from './types.js';

/** Evaluates the criteria, as far as the rows that they need were measured. */
export function criteriaOf(rows: readonly Row[], search: SearchSpeed | null): Criterion[] {
  const find = rowFinder(rows);
  const criteria: Criterion[] = [];
  const atLeast = (what: string, limit: number, value: number): void => {
    criteria.push({ what, limit: `>= ${limit}`, measured: value.toFixed(2), holds: value >= limit });
  };
  const atMost = (what: string, limit: number, value: number, unit = ''): void => {
    criteria.push({ what, limit: `<= ${limit}${unit}`, measured: `${value.toFixed(2)}${unit}`, holds: value <= limit });
  };
  const one = find('768x512', 'encode', 1);
  const two = find('768x512', 'encode', 2);
  const inline = find('768x512', 'encode', 'inline');
  if (inline) {
    atMost('encode 768x512 in one thread: share of all but the network', 0.35, 1 - inline.networkMs / inline.wallMs);
  }
  if (one && two) atLeast('encode 768x512: two threads over one', 1.7, one.wallMs / two.wallMs);
  if (search) atLeast('path search: kernel over TypeScript', 4, search.ratio);
  for (const operation of ['encode', 'decode'] as const) {
    const single = find('32x32', operation, 2);
    const batch = find('32x32', operation, 2, true);
    if (single && batch) {
      atLeast(`${operation} 32x32, two threads: 64 at once over one at a time`, 1.5, single.wallMs / batch.wallMs);
    }
  }
  for (const big of rows.filter(({ group }) => group === '4000x3000')) {
    const name = `${big.operation} 4000x3000, threads ${big.threads}`;
    atMost(`${name}: peak memory`, 3, big.peakRssBytes / 2 ** 30, ' GiB');
    const small = find('768x512', big.operation, big.threads);
    if (small) {
      const ratio = big.secondsPerMegapixel / small.secondsPerMegapixel;
      atMost(`${name}: time a pixel over that of 768x512`, 1.15, ratio);
    }
  }
  return criteria;
}
