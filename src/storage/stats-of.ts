import { type Stats, statSync } from 'node:fs';

/** What a path leads to; undefined if nothing is there, or it cannot be asked. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
