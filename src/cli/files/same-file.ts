/** Keeps outputs and inputs apart. */
import { type Stats, statSync } from 'node:fs';
import { realPath } from '../../node/find-files.ts';
import { usageError } from '../command-options.ts';
import { STANDARD_STREAM } from '../terminal/cli-io.ts';

/** What a path leads to; undefined if nothing is there, or it cannot be asked. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Equal for all paths of a file, hard links among them; undefined for devices and pipes, which writing does not destroy. */
function identity(path: string): string | undefined {
  const stats = statsOf(path);
  if (!stats) return realPath(path);
  return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
}

/**
 * Checks that no output is one of the files that are read, under whatever name.
 *
 * @throws CliError with exit code 2 if one is
 */
export function assertNotRead(outputs: readonly string[], read: readonly string[]): void {
  const inputs = new Map(read.filter((path) => path !== STANDARD_STREAM).map((path) => [identity(path), path]));
  for (const output of outputs) {
    if (output === STANDARD_STREAM) continue;
    const key = identity(output);
    const input = key === undefined ? undefined : inputs.get(key);
    if (input === undefined) continue;
    throw usageError(`the output ${output} is the file that is read as ${input}; give another output`);
  }
}
