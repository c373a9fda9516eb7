/** Names of rows. */
import type { Operation, Row } from './types.js';

/** Column "threads" of a row: `inline`, `2`, `2, together`. */
export function threadsOf({ threads, together }: Row): string {
  return `${threads}${together ? ', together' : ''}`;
}

/** Tells the rows of a run apart. */
export function keyOf(row: Row): string {
  return `${row.group} ${row.operation} ${threadsOf(row)}`;
}

/** The row of an operation with a number of threads, one picture at a time or `together`; undefined if it was not measured. */
export type FindRow = (
  group: string,
  operation: Operation,
  threads: Row['threads'],
  together?: boolean,
) => Row | undefined;

/** Finds rows of a run. */
export function rowFinder(rows: readonly Row[]): FindRow {
  return (group, operation, threads, together = false) =>
    rows.find(
      (row) =>
        row.group === group && row.operation === operation && row.threads === threads && row.together === together,
    );
}
