/** How `.ddpm` files are named and recognised. */
import { DdpmError } from '../../base/errors.ts';
import { IncompleteError } from './fields.ts';
import { FORMAT_VERSION, MAGIC, readHeader } from './header.ts';

/** Media type of `.ddpm` streams, for the header Content-Type; not registered. */
export const MEDIA_TYPE = 'image/x-ddpm';

/** Extension of the names of `.ddpm` files, with its dot. */
export const FILE_EXTENSION = '.ddpm';

/**
 * Whether bytes are the beginning of a `.ddpm` stream of the version that this code reads: by magic and version, and, if the
 * whole header is there (at most 31 bytes), by its checksum and values. Sizes are not limited.
 *
 * @param bytes - 2 bytes or more of the beginning; of fewer the answer is false
 */
export function isDdpm(bytes: Uint8Array): boolean {
  if (!(bytes instanceof Uint8Array) || bytes[0] !== MAGIC || (bytes[1] & 0x0f) !== FORMAT_VERSION) return false;
  try {
    readHeader(bytes, Number.POSITIVE_INFINITY);
    return true;
  } catch (error) {
    if (error instanceof DdpmError) return error instanceof IncompleteError;
    throw error;
  }
}
