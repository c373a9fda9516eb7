/** Names of rows. */
import type { Operation, OtherRow, Place, Timed, Variant } from './types.js';

/** Column "threads" of a row: `inline`, `2`, `2, together`. */
export function threadsOf({ threads, together }: Variant): string {
  return `${threads}${together ? ', together' : ''}`;
}

/** Column "commit" of a row: a short id, or `here`. */
export function buildOf({ commit }: Pick<Place, 'commit'>): string {
  return commit ?? 'here';
}

/** A variant of a build in a version of Node, for messages. */
export function nameOf(one: Variant & Place): string {
  return `${buildOf(one)}, Node ${one.node}, threads ${threadsOf(one)}`;
}

/** What tells the rows of a build apart. */
type CaseKey = Pick<Timed, 'group' | 'operation' | 'threads' | 'together'>;

/** Whether two rows are of the same variant of the same pictures. */
function isSameCase(a: CaseKey, b: CaseKey): boolean {
  return a.group === b.group && a.operation === b.operation && a.threads === b.threads && a.together === b.together;
}

/** The row of an operation with a number of threads, one picture at a time or `together`; undefined if it was not measured. */
export type FindRow<T extends Timed> = (
  group: string,
  operation: Operation,
  threads: Timed['threads'],
  together?: boolean,
) => T | undefined;

/** Finds rows of a run. */
export function rowFinder<T extends Timed>(rows: readonly T[]): FindRow<T> {
  return (group, operation, threads, together = false) =>
    rows.find((row) => isSameCase(row, { group, operation, threads, together }));
}

/** The row of the same case in a build of another commit, in this Node; undefined if it was not measured. */
export function inCommit(others: readonly OtherRow[], row: Timed, commit: string): OtherRow | undefined {
  return others.find((other) => other.commit === commit && isSameCase(other, row));
}

/** The rows of the same case of the working tree in other versions of Node. */
export function inOtherNodes(others: readonly OtherRow[], row: Timed): OtherRow[] {
  return others.filter((other) => other.commit === null && isSameCase(other, row));
}
