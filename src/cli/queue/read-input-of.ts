import { DdpmError } from '../../base/errors.ts';
import { isLocal, localPath, shownLocation } from '../../storage/location.ts';
import { statsOf } from '../../storage/stats-of.ts';
import { type CliIo, readInput } from '../terminal/cli-io.ts';

/**
 * Reads the input of a job, which a stranger may have named: no device or pipe, which might never end.
 *
 * @param maxBytes - bytes from the beginning that are wanted; default all
 * @throws DdpmError `ERR_DDPM_INPUT` if it is no file; otherwise as {@link readInput}; the signal's reason
 */
export async function readInputOf(
  location: string,
  io: CliIo,
  signal: AbortSignal,
  maxBytes?: number,
): Promise<Uint8Array> {
  const stats = isLocal(location) ? statsOf(localPath(location)) : undefined;
  if (stats && !stats.isFile()) {
    throw new DdpmError('ERR_DDPM_INPUT', `cannot read ${shownLocation(location)}: it is no file`);
  }
  return readInput(location, io, maxBytes, signal);
}
