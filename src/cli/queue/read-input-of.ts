import { DdpmError } from '../../base/errors.ts';
import { isLocal, localPath, shownLocation } from '../../storage/location.ts';
import { openStore } from '../../storage/open-store.ts';
import { assertReadable, MAX_INPUT_BYTES } from '../../storage/read-limit.ts';
import { statsOf } from '../../storage/stats-of.ts';

/**
 * Reads the input of a job, which a stranger may have named: no device or pipe, which might never end, and no more than 2 GiB.
 *
 * @param maxBytes - bytes from the beginning that are wanted; default all
 * @throws DdpmError `ERR_DDPM_INPUT` if it cannot be read, or is empty; `ERR_DDPM_LIMIT` if it is longer
 */
export async function readInputOf(
  location: string,
  signal: AbortSignal,
  maxBytes: number = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const name = shownLocation(location);
  const stats = isLocal(location) ? statsOf(localPath(location)) : undefined;
  if (stats && !stats.isFile()) throw new DdpmError('ERR_DDPM_INPUT', `cannot read ${name}: it is no file`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (await openStore(location)).read(location, signal)) {
    length += part.length;
    assertReadable(location, length, MAX_INPUT_BYTES);
    parts.push(part);
    if (length >= maxBytes) break;
  }
  if (length === 0) throw new DdpmError('ERR_DDPM_INPUT', `cannot read ${name}: it is empty`);
  return (parts.length === 1 ? parts[0] : Buffer.concat(parts)).subarray(0, maxBytes);
}
