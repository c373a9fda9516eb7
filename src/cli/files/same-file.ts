/** Keeps outputs and inputs apart. */
import { isLocal, localPath, shownLocation, urlKey } from '../../storage/location.ts';
import { realPath } from '../../storage/real-path.ts';
import { statsOf } from '../../storage/stats-of.ts';
import { usageError } from '../command-options.ts';
import { STANDARD_STREAM } from '../terminal/cli-io.ts';

/**
 * Equal for all locations of a file, hard links among them, and for the ways to write one URL; undefined for devices and
 * pipes, which writing does not destroy.
 */
function identity(location: string): string | undefined {
  if (!isLocal(location)) return urlKey(location);
  const path = localPath(location);
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
    throw usageError(`the output ${output} is the file that is read as ${shownLocation(input)}; give another output`);
  }
}
