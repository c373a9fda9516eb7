/** Keeps outputs and inputs apart. */
import { isLocal, localPath, shownLocation, urlKey } from '../../storage/location.ts';
import { realPath } from '../../storage/real-path.ts';
import { statsOf } from '../../storage/stats-of.ts';
import { usageError } from '../command-options.ts';
import { STANDARD_STREAM } from '../terminal/cli-io.ts';

/**
 * Equal for all locations of one content, hard links among them; undefined for devices and pipes, which writing does not destroy.
 *
 * @param nameKey - gives what is equal for the names of one place: a URL, or a path that nothing is at yet
 */
export function contentKey(location: string, nameKey: (location: string) => string): string | undefined {
  const stats = isLocal(location) ? statsOf(localPath(location)) : undefined;
  if (!stats) return nameKey(location);
  return stats.isFile() ? `file ${stats.dev}:${stats.ino}` : undefined;
}

function placeOf(location: string): string {
  return isLocal(location) ? realPath(localPath(location)) : urlKey(location);
}

/**
 * Checks that no output is one of the files that are read, under whatever name.
 *
 * @throws CliError with exit code 2 if one is
 */
export function assertNotRead(outputs: readonly string[], read: readonly string[]): void {
  const inputs = new Map(
    read.filter((path) => path !== STANDARD_STREAM).map((path) => [contentKey(path, placeOf), path]),
  );
  for (const output of outputs) {
    if (output === STANDARD_STREAM) continue;
    const key = contentKey(output, placeOf);
    const input = key === undefined ? undefined : inputs.get(key);
    if (input === undefined) continue;
    throw usageError(`the output ${output} is the file that is read as ${shownLocation(input)}; give another output`);
  }
}
