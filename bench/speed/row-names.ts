/** Names of rows. */
import type { Row } from './types.js';

/** Column "threads" of a row: `inline`, `2`, `2, together`. */
export function threadsOf({ threads, together }: Row): string {
  return `${threads}${together ? ', together' : ''}`;
}

/** Tells the rows of a run apart. */
export function keyOf(row: Row): string {
  return `${row.group} ${row.operation} ${threadsOf(row)}`;
}
