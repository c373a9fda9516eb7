import { DdpmError } from '../base/errors.ts';
import { shownLocation } from './location.ts';

/** Largest input in bytes that is read from another machine: more than a picture of the largest size has. */
export const MAX_INPUT_BYTES: number = 2 ** 31;

/**
 * Checks the size of an input, as far as it is known.
 *
 * @throws DdpmError `ERR_DDPM_LIMIT` if it is too large
 */
export function assertReadable(location: string, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  const why = `it has more than ${maxBytes} bytes, the largest input from another machine`;
  throw new DdpmError('ERR_DDPM_LIMIT', `cannot read ${shownLocation(location)}: ${why}. Copy it to a disk first`);
}
