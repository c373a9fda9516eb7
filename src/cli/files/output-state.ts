import { isLocal, localPath } from '../../storage/location.ts';
import { openStore } from '../../storage/open-store.ts';
import { statsOf } from '../../storage/stats-of.ts';
import { STANDARD_STREAM } from '../terminal/cli-io.ts';

/**
 * Size of an output in bytes; undefined if it is not there. Devices, pipes and standard output are no outputs that are kept.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if its store cannot be asked
 */
export async function outputSize(output: string): Promise<number | undefined> {
  if (output === STANDARD_STREAM) return undefined;
  if (!isLocal(output)) return (await (await openStore(output)).stat(output))?.size;
  const stats = statsOf(localPath(output));
  return stats?.isFile() ? stats.size : undefined;
}
